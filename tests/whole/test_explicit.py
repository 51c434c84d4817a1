"""The second handshake over HTTP: who may name values, and what a wrong secret does."""

import time

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from shared.api.caller import RELOAD_INTERVAL_S
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.calls import Answer, accept_rotated, call, handshake, runbook, vault_reads
from tests.whole.conftest import HostMaker

BJORN = "bjorn.berg@contoso.com"
NAME = "webhook-handshake-explicit"
ON = {"ALLOW_EXPLICIT_VALUES": "true"}
VALUES = b'[{"userPrincipalName": "bjorn.berg@contoso.com", "mobile": "+46 701740690"}]'
TABLE = (
    b"UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval\r\n"
    b"bjorn.berg@contoso.com,+46 701740690,,,true,false\r\n"
)
PLAN = (
    b'<ProvisioningPlan><AccountRequest op="Modify" nativeIdentity="bjorn.berg@contoso.com">'
    b'<AttributeRequest name="mfa_phoneNumber_mobile" op="Set" value="+46 701740690"/>'
    b"</AccountRequest></ProvisioningPlan>"
)
ROUTES = pytest.mark.parametrize(
    ("path", "body"), [("/api/set", VALUES), ("/api/set", TABLE), ("/api/provision", PLAN)], ids=["set", "csv", "plan"]
)


def send(host: HostProcess, path: str, body: bytes, secret: str, query: str = "") -> Answer:
    return call(host, body, query, handshake(secret), path=path)


@ROUTES
def test_the_explicit_handshake_opens_and_the_ordinary_one_does_not(
    explicit_host: HostProcess, box: SandboxTenant, path: str, body: bytes
) -> None:
    refused = send(explicit_host, path, body, HANDSHAKE)
    assert (refused.status, refused.body["code"]) == (403, "rightMissing")
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []
    dry = send(explicit_host, path, body, EXPLICIT_HANDSHAKE, "dryRun=true")
    assert (dry.status, dry.codes, dry.body["source"], box.tenant.writes()) == (200, ["planned"], "explicit", [])
    answer = send(explicit_host, path, body, EXPLICIT_HANDSHAKE)
    assert (answer.status, answer.codes) == (200, ["updated"])
    assert {result["source"] for result in answer.body["results"]} == {"explicit"}
    assert box.tenant.user(BJORN).phones["mobile"].number == "+46 701740690"


@ROUTES
@pytest.mark.parametrize(
    ("secret", "refusal"),
    [
        (EXPLICIT_HANDSHAKE, (403, "explicitDisabled")),
        (HANDSHAKE, (403, "explicitDisabled")),
        ("wrong", (401, "unauthorized")),
        ("", (401, "unauthorized")),
    ],
    ids=["explicit", "ordinary", "wrong", "none"],
)
def test_where_it_is_off_only_who_knows_a_handshake_is_told_so(
    host: HostProcess, box: SandboxTenant, path: str, body: bytes, secret: str, refusal: tuple[int, str]
) -> None:
    for sent, query in ((body, ""), (body, "dryRun=true"), (body, "dryRun=maybe"), (b"faulty", "")):
        answer = send(host, path, sent, secret, query)
        assert (answer.status, answer.body["code"]) == refusal
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []


def test_where_it_is_off_the_explicit_handshake_opens_no_route(host: HostProcess, box: SandboxTenant) -> None:
    answer = send(host, "/api/reconcile", runbook(BJORN), EXPLICIT_HANDSHAKE)
    assert (answer.status, answer.body["code"]) == (403, "explicitDisabled")
    assert box.tenant.calls("graph") == []


def test_it_opens_the_ordinary_route_where_the_directory_still_decides(
    explicit_host: HostProcess, box: SandboxTenant
) -> None:
    answer = send(explicit_host, "/api/reconcile", VALUES, EXPLICIT_HANDSHAKE)
    assert (answer.codes, answer.body["source"]) == (["updated"], "directory")
    assert box.tenant.user(BJORN).phones["mobile"].number == "+46 701740606"


def test_a_rotated_one_is_accepted_within_ten_seconds_and_guessing_does_not_flood_the_vault(
    box: SandboxTenant, new_host: HostMaker
) -> None:
    host = new_host(**ON)
    assert send(host, "/api/set", VALUES, EXPLICIT_HANDSHAKE, "dryRun=true").status == 200
    box.tenant.clear_requests()
    box.tenant.set_secret(NAME, "rotated-handshake")
    began = time.monotonic()
    accept_rotated(lambda secret: send(host, "/api/set", VALUES, secret, "dryRun=true"))
    assert send(host, "/api/set", VALUES, EXPLICIT_HANDSHAKE).status == 401
    for _ in range(5):
        assert send(host, "/api/set", VALUES, "guess").status == 401
    for name in (NAME, "webhook-handshake"):
        assert 1 <= vault_reads(box, name) <= 1 + (time.monotonic() - began) / RELOAD_INTERVAL_S
    assert box.tenant.writes() == []


def test_the_previous_one_is_accepted_until_its_expiry(box: SandboxTenant, forgetful_host: HostProcess) -> None:
    assert send(forgetful_host, "/api/set", VALUES, EXPLICIT_HANDSHAKE, "dryRun=true").status == 200
    box.tenant.set_secret(f"{NAME}-previous", EXPLICIT_HANDSHAKE, exp=int(time.time()) + 3600)
    box.tenant.set_secret(NAME, "rotated-handshake")
    for secret in (EXPLICIT_HANDSHAKE, "rotated-handshake"):
        assert send(forgetful_host, "/api/set", VALUES, secret, "dryRun=true").status == 200
    box.tenant.set_secret(f"{NAME}-previous", EXPLICIT_HANDSHAKE, exp=int(time.time()) - 1)
    assert send(forgetful_host, "/api/set", VALUES, EXPLICIT_HANDSHAKE, "dryRun=true").status == 401
    assert send(forgetful_host, "/api/set", VALUES, "rotated-handshake", "dryRun=true").status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (NAME, HANDSHAKE),
        (f"{NAME}-previous", HANDSHAKE),
        ("webhook-handshake-previous", EXPLICIT_HANDSHAKE),
        (NAME, ""),
        (NAME, None),
    ],
    ids=["the same", "the same as its previous one", "the same as the other's previous one", "empty", "missing"],
)
def test_a_wrong_secret_closes_every_route(
    box: SandboxTenant, forgetful_host: HostProcess, name: str, value: str | None
) -> None:
    if value is None:
        box.tenant.delete_secret(name)
    else:
        box.tenant.set_secret(name, value)
    before = box.tenant.snapshot()
    for secret in (HANDSHAKE, EXPLICIT_HANDSHAKE):
        for path, body in (("/api/reconcile", runbook(BJORN)), ("/api/set", VALUES), ("/api/provision", PLAN)):
            seen = len(forgetful_host.log())
            answer = send(forgetful_host, path, body, secret)
            assert (answer.status, answer.body["code"]) == (500, "configuration")
            assert not [word for word in ("handshake", "vault", "secret") if word in answer.text.lower()]
            assert "explicit" in forgetful_host.log()[seen:]
        answer = call(
            forgetful_host, b"", "", handshake(secret), method="GET", path=f"/api/users/{BJORN}/phone-methods"
        )
        assert answer.body["code"] == "configuration"
    assert box.tenant.snapshot() == before
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []


def test_names_of_secrets_that_overlap_are_refused_before_any_is_read(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host(HANDSHAKE_EXPLICIT_SECRET_NAME="Webhook-Handshake-Previous", **ON)
    assert send(host, "/api/set", VALUES, EXPLICIT_HANDSHAKE).body["code"] == "configuration"
    assert "HANDSHAKE_EXPLICIT_SECRET_NAME" in host.log()
    assert box.tenant.requests == []
