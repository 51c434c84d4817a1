from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import msal
import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant

from .conftest import CLIENT_SECRET, GRAPH, LOGIN, PASSWORD, SVC, GraphClient, sign_in, token_of

SCOPES = [f"{GRAPH}/.default"]


def msal_app(box: SandboxTenant, session: requests.Session, **options: Any) -> Any:
    return msal.ConfidentialClientApplication(
        options.pop("client_id", box.environment()["CLIENT_ID"]),
        client_credential=options.pop("client_credential", CLIENT_SECRET),
        authority=f"{LOGIN}/{options.pop('tenant', box.tenant.tenant_id)}",
        http_client=session,
        **options,
    )


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_msal_signs_in_with_the_password_and_then_uses_its_cache(box: SandboxTenant, web: requests.Session) -> None:
    app = msal_app(box, web)
    answer = app.acquire_token_by_username_password(SVC, PASSWORD, scopes=SCOPES)
    assert {"access_token", "refresh_token", "id_token", "client_info", "scope"} <= answer.keys()
    account = app.get_accounts()[0]
    assert app.acquire_token_silent(SCOPES, account=account)["token_source"] == "cache"
    assert [call.path.split("/")[-1] for call in box.tenant.calls("login")] == [
        "openid-configuration",
        f"{SVC}?api-version=1.0",
        "token",
    ]


def test_msal_renews_with_the_refresh_token(box: SandboxTenant, web: requests.Session) -> None:
    app = msal_app(box, web)
    app.acquire_token_by_username_password(SVC, PASSWORD, scopes=SCOPES)
    renewed = app.acquire_token_silent(SCOPES, account=app.get_accounts()[0], force_refresh=True)
    assert renewed["token_source"] == "identity_provider"


def test_msal_signs_in_as_the_app_and_gets_no_scope(box: SandboxTenant, web: requests.Session) -> None:
    app = msal_app(box, web)
    answer = app.acquire_token_for_client(SCOPES)
    assert "access_token" in answer
    assert "scope" not in answer
    assert app.acquire_token_for_client(SCOPES)["token_source"] == "cache"


def test_msal_finds_the_instance_of_an_unknown_authority(box: SandboxTenant, web: requests.Session) -> None:
    found = web.get(f"{LOGIN}/common/discovery/instance?api-version=1.0", timeout=5).json()
    assert found["tenant_discovery_endpoint"].startswith(LOGIN)


def test_a_delegated_token_carries_the_claims_of_a_real_one(box: SandboxTenant, web: requests.Session) -> None:
    claims = claims_of(token_of(box, web, "password")["access_token"])
    assert claims["oid"] == box.tenant.user(SVC).id
    assert (claims["upn"], claims["aud"], claims["tid"]) == (SVC, GRAPH, box.tenant.tenant_id)
    assert claims["appid"] == box.environment()["CLIENT_ID"]
    assert claims["wids"] == ["7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"]
    assert "UserAuthenticationMethod.ReadWrite.All" in claims["scp"].split()
    assert claims["exp"] - claims["iat"] == 3599


def test_an_app_token_carries_roles(box: SandboxTenant, web: requests.Session) -> None:
    claims = claims_of(token_of(box, web, "client_credentials")["access_token"])
    assert "User.Read.All" in claims["roles"]
    assert "scp" not in claims


def test_any_app_of_the_tenant_gets_a_token_for_an_app_that_exposes_an_api(
    box: SandboxTenant, web: requests.Session
) -> None:
    api = next(app for app in box.tenant.apps.values() if app.exposes_api)
    token = token_of(box, web, "client_credentials", scope=f"api://{api.client_id}/.default")["access_token"]
    key = jwt.PyJWK(web.get(f"{LOGIN}/{box.tenant.tenant_id}/discovery/v2.0/keys", timeout=5).json()["keys"][0])
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=api.client_id)
    assert (claims["ver"], claims["iss"]) == ("2.0", f"{LOGIN}/{box.tenant.tenant_id}/v2.0")
    assert claims["azp"] == box.environment()["CLIENT_ID"]
    assert claims["oid"] == box.tenant.apps[claims["azp"]].object_id


def test_an_app_that_exposes_no_api_is_no_resource(box: SandboxTenant, web: requests.Session) -> None:
    scope = f"api://{box.environment()['CLIENT_ID']}/.default"
    assert refused_with(sign_in(box, web, "client_credentials", scope=scope)) == (400, "invalid_resource", [500011])


def refused_with(answer: requests.Response) -> tuple[int, str, list[int]]:
    body = answer.json()
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= body.keys()
    return answer.status_code, body["error"], body["error_codes"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"password": "wrong"}, (400, "invalid_grant", [50126])),
        ({"username": "nobody@contoso.com"}, (400, "invalid_grant", [50034])),
        ({"client_secret": "wrong"}, (401, "invalid_client", [7000215])),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, (400, "unauthorized_client", [700016])),
        ({"scope": "https://management.azure.com/.default"}, (400, "invalid_resource", [500011])),
        ({"grant_type": "device_code"}, (400, "unsupported_grant_type", [70003])),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, (400, "invalid_grant", [70000])),
        ({"grant_type": ""}, (400, "invalid_request", [90014])),
    ],
)
def test_a_wrong_credential_is_answered_with_its_number(
    box: SandboxTenant, web: requests.Session, fields: dict[str, str], expected: tuple[int, str, list[int]]
) -> None:
    assert refused_with(sign_in(box, web, "password", **fields)) == expected


@pytest.mark.parametrize("number", [50055, 50076, 50079, 53003, 65001])
def test_a_switch_on_the_account_refuses_a_right_password(
    box: SandboxTenant, web: requests.Session, number: int
) -> None:
    box.tenant.change_user(SVC, signInError=number)
    assert refused_with(sign_in(box, web, "password")) == (400, "invalid_grant", [number])


def test_a_disabled_account_is_50057(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.change_user(SVC, accountEnabled=False)
    assert refused_with(sign_in(box, web, "password")) == (400, "invalid_grant", [50057])


def test_an_expired_client_secret_is_7000222(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.apps[box.environment()["CLIENT_ID"]].secrets[0].expires = time.time() - 1
    assert refused_with(sign_in(box, web, "client_credentials")) == (401, "invalid_client", [7000222])


def test_a_switch_on_the_app_refuses_both_flows(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.apps[box.environment()["CLIENT_ID"]].sign_in_error = 53003
    for grant in ("password", "client_credentials"):
        assert refused_with(sign_in(box, web, grant)) == (400, "invalid_grant", [53003])


def test_a_request_without_client_secret_is_7000218(box: SandboxTenant, web: requests.Session) -> None:
    url = f"{LOGIN}/{box.tenant.tenant_id}/oauth2/v2.0/token"
    form = {"client_id": box.environment()["CLIENT_ID"], "grant_type": "client_credentials"}
    assert refused_with(web.post(url, data=form, timeout=5)) == (401, "invalid_client", [7000218])


def test_an_unknown_tenant_is_90002_and_msal_says_so(box: SandboxTenant, web: requests.Session) -> None:
    unknown = "00000000-0000-0000-0000-00000000dead"
    answer = web.get(f"{LOGIN}/{unknown}/v2.0/.well-known/openid-configuration", timeout=5)
    assert refused_with(answer) == (400, "invalid_request", [90002])
    with pytest.raises(ValueError, match="tenant"):
        msal_app(box, web, tenant=unknown).acquire_token_for_client(SCOPES)


def test_msal_hands_the_error_to_its_caller(box: SandboxTenant, web: requests.Session) -> None:
    answer = msal_app(box, web).acquire_token_by_username_password(SVC, "wrong", scopes=SCOPES)
    assert answer["error_codes"] == [50126]


def test_wrong_passwords_lock_the_account(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.set_switches(lockout_threshold=3)
    for _ in range(3):
        assert refused_with(sign_in(box, web, "password", password="wrong"))[2] == [50126]
    assert refused_with(sign_in(box, web, "password"))[2] == [50053]
    assert box.tenant.user(SVC).failed_sign_ins == 4
    box.tenant.clock = lambda: time.time() + 61
    assert sign_in(box, web, "password").status_code == 200
    assert box.tenant.user(SVC).failed_sign_ins == 0


def test_a_token_expires(box: SandboxTenant, graph: GraphClient) -> None:
    assert graph.get("/users?$top=1").status_code == 200
    box.tenant.clock = lambda: time.time() + 3600
    answer = graph.get("/users?$top=1")
    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]


def test_the_lifetime_of_a_token_can_be_chosen(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.set_switches(token_lifetime=300)
    assert token_of(box, web, "password")["expires_in"] == 300


def test_revoked_tokens_are_refused_by_graph_and_so_is_the_refresh_token(
    box: SandboxTenant, web: requests.Session, service_account: GraphClient
) -> None:
    refresh_token = token_of(box, web, "password")["refresh_token"]
    box.tenant.revoke_tokens()
    assert service_account.get("/users?$top=1").status_code == 401
    answer = sign_in(box, web, "refresh_token", refresh_token=refresh_token)
    assert refused_with(answer)[2] == [70000]


def test_sign_in_can_be_down(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.faults.append(Fault("status", host="login", path="token$", status=503, retry_after=7))
    answer = sign_in(box, web, "password")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_no_secret_is_recorded(box: SandboxTenant, web: requests.Session) -> None:
    token = token_of(box, web, "password")["access_token"]
    seen = repr(box.tenant.requests)
    assert not any(secret in seen for secret in (PASSWORD, CLIENT_SECRET, token))


def test_the_user_realm_tells_a_managed_domain(web: requests.Session) -> None:
    answer = web.get(f"{LOGIN}/common/userrealm/{SVC}?api-version=1.0", timeout=5)
    assert answer.json()["account_type"] == "Managed"
