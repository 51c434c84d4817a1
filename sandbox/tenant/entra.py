"""Entra's sign-in host: discovery documents and the v2.0 token endpoint."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs

from .aadsts import PROBLEMS, SignInRefused
from .accounts import App, app_principal, delegated_principal
from .adfs import assertion_id, user_realm
from .carry import answer_simply
from .clouds import Cloud
from .directory import User
from .exchange import Delivery, Json, Request, Response, json_response
from .journal import Record
from .roles import ROLE_TEMPLATES
from .sign_in import check_client, check_password
from .tenant import Tenant
from .tokens import Principal, client_info, public_keys

ALIASES = ("common", "organizations")
SAML_GRANT = "urn:ietf:params:oauth:grant-type:saml1_1-bearer"
OPENID_SCOPES = ("email", "openid", "profile")


class Entra:
    def __init__(self, tenant: Tenant, cloud: Cloud) -> None:
        self._tenant = tenant
        self._cloud = cloud

    def handle(self, request: Request) -> Delivery:
        trace_id = str(uuid.uuid4())
        correlation_id = request.headers.get("client-request-id") or str(uuid.uuid4())

        def answer(record: Record) -> Response:
            try:
                return self._answer(request, record)
            except SignInRefused as refused:
                return _refusal(refused.number, trace_id, correlation_id)

        def fail(status: int, code: str | None, message: str | None) -> Response:
            return json_response(
                status,
                {
                    "error": code or "temporarily_unavailable",
                    "error_description": message or "The sandbox was told so.",
                },
            )

        return answer_simply(self._tenant, "login", request, answer, fail, trace_id)

    def _answer(self, request: Request, record: Record) -> Response:
        parts = request.path.strip("/").split("/")
        if parts[:2] == ["common", "userrealm"] and len(parts) == 3:
            return self._user_realm(parts[2])
        if parts == ["common", "discovery", "instance"]:
            return self._instances()
        if parts[1:] == ["v2.0", ".well-known", "openid-configuration"]:
            self._check_tenant(parts[0])
            return self._openid_configuration(parts[0])
        if parts[1:] == ["discovery", "v2.0", "keys"]:
            self._check_tenant(parts[0])
            return json_response(200, public_keys())
        if parts[1:] == ["oauth2", "v2.0", "token"] and request.method == "POST":
            self._check_tenant(parts[0])
            return self._token(request, record)
        return json_response(404, {"error": "not_found", "error_description": "The sandbox has no such endpoint."})

    def _check_tenant(self, name: str) -> None:
        if name.lower() not in (self._tenant.tenant_id, *self._tenant.domains, *ALIASES):
            raise SignInRefused(90002)

    def _user_realm(self, user_name: str) -> Response:
        domain = user_name.rpartition("@")[2].lower()
        if domain in self._tenant.switches.federated_domains:
            return json_response(200, user_realm(domain, self._cloud.login_host))
        managed = domain in self._tenant.domains
        realm: Json = {"ver": "1.0", "account_type": "Managed" if managed else "Unknown", "domain_name": domain}
        return json_response(200, realm | {"cloud_instance_name": self._cloud.login_host})

    def _instances(self) -> Response:
        host = self._cloud.login_host
        found: Json = {
            "tenant_discovery_endpoint": f"https://{host}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
        return json_response(200, found)

    def _openid_configuration(self, name: str) -> Response:
        base = f"https://{self._cloud.login_host}/{name}"
        issuer_tenant = "{tenantid}" if name.lower() in ALIASES else self._tenant.tenant_id
        found: Json = {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "issuer": f"https://{self._cloud.login_host}/{issuer_tenant}/v2.0",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return json_response(200, found)

    def _token(self, request: Request, record: Record) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        for field in ("grant_type", "client_id"):
            if field not in form:
                raise SignInRefused(90014)
        with self._tenant.lock:
            app = check_client(self._tenant, form["client_id"], form.get("client_secret"))
            if form["grant_type"] == "client_credentials":
                principal = replace(app_principal(app), claims=form.get("claims"))
                record.principal = str(principal)
                api = self._api(form)
                token = (
                    self._api_token(api, app, principal)
                    if api
                    else access_token(self._tenant, self._resource(form), app, principal)
                )
                lifetime = self._tenant.switches.token_lifetime
                # No scope here: real Entra sends none, and MSAL would not use its cache otherwise.
                return json_response(
                    200,
                    {
                        "token_type": "Bearer",
                        "expires_in": lifetime,
                        "ext_expires_in": lifetime,
                        "access_token": token,
                    },
                )
            if form["grant_type"] == "password":
                user = check_password(self._tenant, form.get("username", ""), form.get("password", ""))
            elif form["grant_type"] == "refresh_token":
                user = self._user_of_refresh_token(form.get("refresh_token", ""), app)
            elif form["grant_type"] == SAML_GRANT:
                user = self._user_of_assertion(form.get("assertion", ""))
            else:
                raise SignInRefused(70003)
            principal = replace(delegated_principal(app, user), claims=form.get("claims"))
            record.principal = str(principal)
            return json_response(200, self._delegated_answer(app, user, principal, self._resource(form)))

    def _delegated_answer(self, app: App, user: User, principal: Principal, resource: str) -> Json:
        lifetime = self._tenant.switches.token_lifetime
        now = int(self._tenant.clock())
        refresh_token = f"1.sandbox-refresh-{secrets.token_urlsafe(32)}"
        self._tenant.refresh_tokens[refresh_token] = principal
        id_claims = {
            "aud": app.client_id,
            "iss": f"https://{self._cloud.login_host}/{self._tenant.tenant_id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "name": user.property("displayName"),
            "oid": user.id,
            "preferred_username": user.user_principal_name,
            "sub": f"sub-{user.id}",
            "tid": self._tenant.tenant_id,
            "ver": "2.0",
        }
        scopes = [*OPENID_SCOPES, *(f"{resource}/{scope}" for scope in [*sorted(app.delegated_scopes), ".default"])]
        return {
            "token_type": "Bearer",
            "scope": " ".join(scopes),
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": access_token(self._tenant, resource, app, principal, user),
            "refresh_token": refresh_token,
            "id_token": self._tenant.tokens.sign(id_claims),
            "client_info": client_info(user.id, self._tenant.tenant_id),
        }

    def _user_of_refresh_token(self, refresh_token: str, app: App) -> User:
        principal = self._tenant.refresh_tokens.get(refresh_token)
        user = self._tenant.find_user(principal.object_id) if principal else None
        if principal is None or user is None or principal.app_id != app.client_id:
            raise SignInRefused(70000)
        if not user.property("accountEnabled"):
            raise SignInRefused(50057)
        if user.sign_in_error is not None:
            raise SignInRefused(user.sign_in_error)
        return user

    def _user_of_assertion(self, assertion: str) -> User:
        user = self._tenant.find_user(self._tenant.assertions.get(assertion_id(assertion), ""))
        if user is None:
            raise SignInRefused(50008)
        return user

    def _api(self, form: dict[str, str]) -> App | None:
        """The registration of this tenant that the scope api://<its client id>/.default names."""
        api = self._tenant.apps.get(form.get("scope", "").removeprefix("api://").removesuffix("/.default").lower())
        return api if api is not None and api.exposes_api else None

    def _api_token(self, api: App, app: App, principal: Principal) -> str:
        """For an API that asks for tokens of version 2.0: any app of the tenant gets one, unless roles are required."""
        claims: Json = {
            "iss": f"https://{self._cloud.login_host}/{self._tenant.tenant_id}/v2.0",
            "tid": self._tenant.tenant_id,
            "oid": principal.object_id,
            "sub": principal.object_id,
            "azp": app.client_id,
            "azpacr": "1",
            "ver": "2.0",
        }
        return self._tenant.tokens.issue(api.client_id, principal, self._tenant.switches.token_lifetime, claims)

    def _resource(self, form: dict[str, str]) -> str:
        """The API that the scopes ask for; those of OpenID Connect belong to none."""
        plain = {"openid", "profile", "email", "offline_access"}
        named = {scope.rpartition("/")[0] for scope in form.get("scope", "").split() if scope not in plain}
        if len(named) != 1 or not named <= set(self._cloud.audiences):
            raise SignInRefused(500011)
        return named.pop()


def access_token(
    tenant: Tenant, audience: str, app: App, principal: Principal, user: User | None = None, lifetime: int | None = None
) -> str:
    """A token with the claims that real ones carry; `user` for a delegated one."""
    claims: Json = {
        "iss": f"https://sts.windows.net/{tenant.tenant_id}/",
        "tid": tenant.tenant_id,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "appid": app.client_id,
        "app_displayname": app.display_name,
        "ver": "1.0",
    }
    if user is None:
        claims |= {"idtyp": "app", "roles": sorted(app.app_roles)}
    else:
        claims |= {
            "idtyp": "user",
            "upn": user.user_principal_name,
            "unique_name": user.user_principal_name,
            "scp": " ".join(sorted(app.delegated_scopes)),
            "wids": sorted(ROLE_TEMPLATES.get(role, role) for role in user.roles),
            "amr": ["pwd"],
        }
    return tenant.tokens.issue(audience, principal, lifetime or tenant.switches.token_lifetime, claims)


def _refusal(number: int, trace_id: str, correlation_id: str) -> Response:
    problem = PROBLEMS[number]
    timestamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    body: Json = {
        "error": problem.error,
        "error_description": f"AADSTS{number}: {problem.text} Trace ID: {trace_id} Correlation ID: {correlation_id} "
        f"Timestamp: {timestamp}",
        "error_codes": [number],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    if problem.suberror is not None:
        body["suberror"] = problem.suberror
    return json_response(problem.status, body)
