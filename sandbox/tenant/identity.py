"""The managed identity endpoint, in the shape of App Service (page "How to use managed identities for App Service")."""

from __future__ import annotations

import hmac
import uuid
from urllib.parse import parse_qs

from .accounts import App, app_principal
from .carry import answer_simply
from .clouds import CLOUDS, STORAGE_AUDIENCE
from .entra import access_token
from .exchange import Delivery, Request, Response, json_response
from .journal import Record
from .tenant import Tenant

PATH = "/msi/token"
AUDIENCES = {STORAGE_AUDIENCE, *(audience for cloud in CLOUDS for audience in cloud.audiences)}
LIFETIME = 24 * 3600


class IdentityEndpoint:
    def __init__(self, tenant: Tenant, secret: str) -> None:
        self._tenant = tenant
        self._secret = secret

    def handle(self, request: Request) -> Delivery:
        return answer_simply(
            self._tenant,
            "identity",
            request,
            lambda record: self._answer(request, record),
            lambda status, code, message: _error(status, message or code or "The sandbox was told to fail."),
            str(uuid.uuid4()),
        )

    def _answer(self, request: Request, record: Record) -> Response:
        if request.method != "GET" or request.path != PATH:
            return _error(404, "Not found.")
        if not hmac.compare_digest(request.headers.get("x-identity-header", "").encode(), self._secret.encode()):
            return _error(401, "The X-IDENTITY-HEADER is missing or wrong.")  # Guess: the status and the text
        query = parse_qs(request.query)
        if query.get("api-version") != ["2019-08-01"]:
            return _error(400, "The api-version is missing or not supported.")
        resource = query.get("resource", [""])[0]
        if resource.rstrip("/") not in AUDIENCES:
            return _error(400, f"The resource principal named {resource} was not found in the tenant.")
        with self._tenant.lock:
            identity = self._identity(query.get("client_id", [None])[0])
            if identity is None:
                return _error(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
            principal = app_principal(identity)
            record.principal = str(principal)
            now = int(self._tenant.clock())
            key = (identity.client_id, resource.rstrip("/"))
            token, expires = self._tenant.kept_tokens.get(key, ("", 0))
            if not self._tenant.switches.identity_keeps_tokens or expires <= now:
                expires = now + LIFETIME
                token = access_token(self._tenant, key[1], identity, principal, lifetime=LIFETIME)
                self._tenant.kept_tokens[key] = token, expires
        return json_response(
            200,
            {
                "access_token": token,
                "expires_on": str(expires),
                "not_before": str(expires - LIFETIME),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": identity.client_id,
            },
        )

    def _identity(self, client_id: str | None) -> App | None:
        """Without a client id the system-assigned identity is meant, if there is one."""
        identities = [app for app in self._tenant.apps.values() if app.is_managed_identity]
        if client_id is None:
            return next((identity for identity in identities if identity.system_assigned), None)
        return next((identity for identity in identities if identity.client_id == client_id.lower()), None)


def _error(status: int, message: str) -> Response:
    return json_response(status, {"statusCode": status, "message": message, "correlationId": str(uuid.uuid4())})
