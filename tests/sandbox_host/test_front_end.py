"""App Service in front of the local host: whose address the app is told, and who has signed in with Entra."""

import base64
import json
import re
import time
from collections.abc import Iterator

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.entra import IAM, WEBHOOK, access_token, authentication, object_id
from tests.sandbox_host.conftest import send, write_app_to

SOURCE = """
import json
import os
import azure.functions as func

app = func.FunctionApp()


@app.route(route="echo", auth_level=func.AuthLevel.ANONYMOUS)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"enabled": os.environ.get("WEBSITE_AUTH_ENABLED"), **req.headers}
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="closed")
def closed(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")
"""
FORGED = [
    ("X-MS-CLIENT-PRINCIPAL-ID", "98331b77-46d5-51d1-a329-64fd5b919a62"),
    ("x-ms-client-principal-idp", "aad"),
    ("X-Ms-Client-Principal-Name", "anna.andersson@contoso.com"),
    ("X-MS-CLIENT-PRINCIPAL", "e30="),
    ("X-MS-TOKEN-AAD-ACCESS-TOKEN", "forged"),
]
Headers = list[tuple[str, str]]


@pytest.fixture(scope="module")
def tenant() -> Iterator[SandboxTenant]:
    with SandboxTenant() as box:
        yield box


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    with HostProcess(write_app_to(tmp_path_factory.mktemp("app"), SOURCE), {}) as running:
        yield running


@pytest.fixture(scope="module")
def signing_in(tmp_path_factory: pytest.TempPathFactory, tenant: SandboxTenant) -> Iterator[HostProcess]:
    """With App Service Authentication."""
    app_dir = write_app_to(tmp_path_factory.mktemp("app"), SOURCE)
    with HostProcess(app_dir, tenant.environment(), app_service=authentication(tenant)) as running:
        yield running


def seen(host: HostProcess, headers: Headers | None = None) -> dict[str, str]:
    reply = send(host, "GET", "/api/echo", headers=[*(headers or [])])
    assert reply.status == 200
    found: dict[str, str] = json.loads(reply.body)
    return found


def bearer(token: str) -> Headers:
    return [("Authorization", f"Bearer {token}")]


def own(found: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name.startswith("x-ms-")}


def test_the_address_of_the_caller_is_the_rightmost_one_with_its_port(host: HostProcess) -> None:
    assert re.fullmatch(r"127\.0\.0\.1:\d+", seen(host)["x-forwarded-for"])
    spoofed = seen(host, [("X-Forwarded-For", "192.0.2.1, 192.0.2.2"), ("x-forwarded-for", "192.0.2.3")])
    assert re.fullmatch(r"192\.0\.2\.1, 192\.0\.2\.2, 192\.0\.2\.3, 127\.0\.0\.1:\d+", spoofed["x-forwarded-for"])


def test_nobody_can_say_who_has_signed_in(host: HostProcess, signing_in: HostProcess) -> None:
    assert own(seen(host, FORGED)) == own(seen(signing_in, FORGED)) == {}
    assert seen(host)["enabled"] is None


def test_the_host_alone_hands_on_what_callers_send(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Seen on the Functions host 4.1037, which has no App Service in front of it."""
    with HostProcess(write_app_to(tmp_path_factory.mktemp("app"), SOURCE), {}, app_service=None) as alone:
        assert own(seen(alone, FORGED)) == {name.lower(): value for name, value in FORGED}
        assert seen(alone, [("X-Forwarded-For", "192.0.2.1")])["x-forwarded-for"] == "192.0.2.1"
        assert "x-forwarded-for" not in seen(alone)


def test_a_token_becomes_the_object_id_of_the_caller(tenant: SandboxTenant, signing_in: HostProcess) -> None:
    found = seen(signing_in, [*FORGED, *bearer(access_token(tenant))])
    assert found["enabled"] == "True"
    assert found["x-ms-client-principal-id"] == object_id(tenant)
    assert found["x-ms-client-principal-idp"] == "aad"
    principal = json.loads(base64.b64decode(found["x-ms-client-principal"]))
    claims = {claim["typ"]: claim["val"] for claim in principal["claims"]}
    assert principal["auth_typ"] == "aad"
    assert claims["http://schemas.microsoft.com/identity/claims/objectidentifier"] == object_id(tenant)
    assert (claims["aud"], claims["azp"]) == (WEBHOOK, IAM)
    assert own(found).keys() == {
        "x-ms-client-principal",
        "x-ms-client-principal-id",
        "x-ms-client-principal-idp",
    }


def test_without_a_token_a_caller_is_let_through_and_the_key_still_counts(
    tenant: SandboxTenant, signing_in: HostProcess
) -> None:
    assert own(seen(signing_in)) == own(seen(signing_in, [("Authorization", "Basic eDp5")])) == {}
    assert send(signing_in, "GET", "/api/closed").status == 401
    assert send(signing_in, "GET", "/api/closed", headers=[*bearer(access_token(tenant))]).status == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "\udcff"])
def test_what_is_no_token_is_401(signing_in: HostProcess, token: str) -> None:
    headers = [("Authorization", b"Bearer " + token.encode("utf-8", "surrogateescape"))]
    reply = send(signing_in, "GET", "/api/echo", headers=[*headers])
    assert (reply.status, reply.body) == (401, b"")


def test_a_token_for_another_audience_or_of_another_tenant_or_altered_is_401(
    tenant: SandboxTenant, signing_in: HostProcess
) -> None:
    good = access_token(tenant)
    head, claims, signature = good.split(".")
    own_claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    another = {**own_claims, "iss": own_claims["iss"].replace(tenant.tenant.tenant_id, IAM)}
    refused = [
        access_token(tenant, "https://graph.microsoft.com/.default"),
        tenant.tenant.tokens.sign({**own_claims, "aud": IAM}),
        tenant.tenant.tokens.sign(another),
        f"{head}.{base64.urlsafe_b64encode(json.dumps(another).encode()).rstrip(b'=').decode()}.{signature}",
        f"{head}.{claims}.{signature[:-8]}AAAAAAAA",
    ]
    for token in refused:
        assert send(signing_in, "GET", "/api/echo", headers=[*bearer(token)]).status == 401
    for token in (good, tenant.tenant.tokens.sign({**own_claims, "aud": f"api://{WEBHOOK}"})):
        assert own(seen(signing_in, bearer(token)))


def test_a_token_is_good_until_five_minutes_after_its_end(tenant: SandboxTenant, signing_in: HostProcess) -> None:
    lifetime = tenant.tenant.switches.token_lifetime
    try:
        tenant.tenant.clock = lambda: time.time() - lifetime - 280
        just_over = access_token(tenant)
        tenant.tenant.clock = lambda: time.time() - lifetime - 320
        long_over = access_token(tenant)
    finally:
        tenant.tenant.clock = time.time
    assert own(seen(signing_in, bearer(just_over)))
    assert send(signing_in, "GET", "/api/echo", headers=[*bearer(long_over)]).status == 401


def test_without_the_keys_of_entra_nobody_is_believed(
    tmp_path_factory: pytest.TempPathFactory, tenant: SandboxTenant
) -> None:
    token = access_token(tenant)
    tenant.tenant.faults.append(Fault("status", host="login", status=503))
    try:
        app_dir = write_app_to(tmp_path_factory.mktemp("app"), SOURCE)
        with HostProcess(app_dir, tenant.environment(), app_service=authentication(tenant)) as cut_off:
            assert send(cut_off, "GET", "/api/echo", headers=[*bearer(token)]).status == 500
            assert own(seen(cut_off)) == {}
    finally:
        tenant.tenant.faults.clear()
