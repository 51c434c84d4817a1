"""The routes for one user over HTTP: names and types in the path as connectors send them, who may write and see."""

import json
from urllib.parse import quote

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE, UNUSUAL_UPNS
from tests.whole.calls import Answer, call, handshake
from tests.whole.conftest import HostMaker

ANNA, BJORN, CARLA = "anna.andersson@contoso.com", "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
MIA = "mia.manymethods@contoso.com"
MOBILE_ID = "3179e48a-750b-4051-897c-87b9720928f7"
NUMBER = b'{"phoneNumber": "+46 701740690"}'
WRITES = [
    ("POST", "/phone-methods", b'{"phoneType": "office", "phoneNumber": "+46 701740690"}'),
    ("PATCH", "/phone-methods/mobile", NUMBER),
    ("DELETE", "/phone-methods/mobile", b""),
    ("POST", "/phone-methods/mobile/enable-sms-sign-in", b""),
    ("POST", "/phone-methods/mobile/disable-sms-sign-in", b""),
]
READS = ["/methods", "/phone-methods", "/phone-methods/mobile"]


def send(
    host: HostProcess,
    method: str,
    path: str,
    body: bytes = b"",
    query: str = "",
    *,
    user: str = ANNA,
    secret: str = EXPLICIT_HANDSHAKE,
) -> Answer:
    where = f"/api/users/{user if '%' in user else quote(user, safe='')}{path}"
    return call(host, body, query, handshake(secret), method=method, path=where)


def test_the_whole_life_of_a_number(explicit_host: HostProcess, box: SandboxTenant) -> None:
    box.tenant.set_switches(sms_allowed=True, sms_auto_registration=False)
    created = send(
        explicit_host, "POST", "/phone-methods", b'{"phoneType":"mobile","phoneNumber":"+12065550101"}', user=CARLA
    )
    assert (created.status, created.body["code"], created.body["phoneNumber"]) == (201, "added", "+1 ********01")
    again = send(
        explicit_host, "POST", "/phone-methods", b'{"phoneType":"mobile","phoneNumber":"+12065550101"}', user=CARLA
    )
    assert (again.status, again.body["code"]) == (409, "methodExists")
    updated = send(explicit_host, "PATCH", "/phone-methods/mobile", b'{"phoneNumber":"(206) 555-0102"}', user=CARLA)
    assert (updated.status, updated.body["phoneNumber"]) == (200, "+1 ********02")
    on = send(explicit_host, "POST", "/phone-methods/mobile/enable-sms-sign-in", user=CARLA)
    assert (on.status, on.body["smsSignInState"]) == (200, "ready")
    off = send(explicit_host, "POST", "/phone-methods/mobile/disable-sms-sign-in", user=CARLA)
    assert (off.status, off.body["smsSignInState"]) == (200, "notEnabled")
    gone = send(explicit_host, "DELETE", "/phone-methods/mobile", user=CARLA)
    assert (gone.status, gone.text) == (204, "")
    assert gone.headers["cache-control"] == "no-store"
    assert send(explicit_host, "GET", "/phone-methods/mobile", user=CARLA).body["code"] == "methodNotFound"
    assert [(write.method, write.target, write.status) for write in box.tenant.writes()] == [
        ("POST", "mobile", 201),
        ("PATCH", "mobile", 204),
        ("POST", "mobile/enableSmsSignIn", 204),
        ("POST", "mobile/disableSmsSignIn", 204),
        ("DELETE", "mobile", 204),
    ]


@pytest.mark.parametrize("upn", [ANNA, *UNUSUAL_UPNS])
@pytest.mark.parametrize("times", [1, 2])
def test_a_name_percent_encoded_once_or_twice(
    explicit_host: HostProcess, box: SandboxTenant, upn: str, times: int
) -> None:
    user = upn
    for _ in range(times):
        user = quote(user, safe="")
    assert send(explicit_host, "GET", "/phone-methods", user=user).body["userPrincipalName"] == upn
    body = b'{"phoneType": "office", "phoneNumber": "+46 701740690"}'
    assert send(explicit_host, "POST", "/phone-methods", body, user=user).status == 201
    assert box.tenant.user(upn).phones["office"].number == "+46 701740690"


@pytest.mark.parametrize(
    "user", ["..%2Fgroups%40contoso.com", "a%2Fb%40contoso.com", "me", "%2524count", "%2500%40a", "4711"]
)
def test_what_names_no_user_never_reaches_graph(explicit_host: HostProcess, box: SandboxTenant, user: str) -> None:
    for method, path, body in (("GET", "/phone-methods", b""), ("DELETE", "/phone-methods/mobile", b""), *WRITES):
        answer = send(explicit_host, method, path, body, user=quote(user) if "%" not in user else user)
        assert (answer.status, answer.body["code"]) == (404, "userNotFound")
    assert box.tenant.calls() == []


@pytest.mark.parametrize("phone_type", ["mobile", "MOBILE", MOBILE_ID, MOBILE_ID.upper(), quote("m%6Fbile")])
def test_a_type_by_name_or_id(explicit_host: HostProcess, box: SandboxTenant, phone_type: str) -> None:
    answer = send(explicit_host, "PATCH", f"/phone-methods/{phone_type}", NUMBER)
    assert (answer.status, answer.body["phoneType"]) == (200, "mobile")
    assert box.tenant.user(ANNA).phones["mobile"].number == "+46 701740690"


def test_a_method_seen_in_the_list_is_removed_by_its_id(explicit_host: HostProcess, box: SandboxTenant) -> None:
    box.tenant.change_user(MIA, defaultMethod="mobile")
    listed = send(explicit_host, "GET", "/methods", user=MIA, secret=HANDSHAKE).body["value"]
    (authenticator,) = [entry["id"] for entry in listed if entry["method"] == "microsoftAuthenticator"]
    attribute = {
        "name": "mfa_microsoftAuthenticatorAuthenticationMethod",
        "op": "Remove",
        "value": json.dumps({"id": authenticator}),
    }
    plan = {"accountRequests": [{"op": "Modify", "nativeIdentity": MIA, "attributeRequests": [attribute]}]}
    answer = call(
        explicit_host, json.dumps(plan).encode(), headers=handshake(EXPLICIT_HANDSHAKE), path="/api/provision"
    )
    assert answer.codes == ["removed"], answer.text
    after = send(explicit_host, "GET", "/methods", user=MIA, secret=HANDSHAKE).body["value"]
    assert after == [entry for entry in listed if entry["id"] != authenticator]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_who_may_not_write(
    explicit_host: HostProcess, host: HostProcess, box: SandboxTenant, method: str, path: str, body: bytes
) -> None:
    before = box.tenant.snapshot()
    assert send(explicit_host, method, path, body, secret=HANDSHAKE).status == 403
    assert send(explicit_host, method, path, body, secret="").status == 401
    assert send(explicit_host, method, path, body, "dryRun=true").status == 400
    assert send(explicit_host, method, path, body, user="svc-mfa@contoso.com").body["code"] == "serviceAccount"
    for secret, status in ((HANDSHAKE, 403), (EXPLICIT_HANDSHAKE, 403), ("", 401), ("wrong", 401)):
        assert send(host, method, path, body, secret=secret).status == status
    assert box.tenant.snapshot() == before
    assert box.tenant.writes() == []


@pytest.mark.parametrize("path", READS)
def test_a_number_is_seen_in_full_with_the_explicit_handshake_only_and_that_is_logged(
    explicit_host: HostProcess, host: HostProcess, box: SandboxTenant, path: str
) -> None:
    for reader in (host, explicit_host):
        masked = send(reader, "GET", path, secret=HANDSHAKE)
        assert (masked.status, "701740605" in masked.text) == (200, False)
    assert send(host, "GET", path, query="show=full", secret=HANDSHAKE).body["code"] == "rightMissing"
    seen = len(explicit_host.log())
    assert send(explicit_host, "GET", path, query="show=full", secret=HANDSHAKE).status == 403
    assert '"fullRead"' not in explicit_host.log()[seen:]
    full = send(explicit_host, "GET", path, query="show=full")
    assert (full.status, "+46 701740605" in full.text) == (200, True)
    log = explicit_host.log()[seen:]
    (line,) = [line for line in log.splitlines() if '"fullRead"' in line]
    assert box.tenant.user(ANNA).id in line
    assert full.body["correlationId"] in line
    assert "701740605" not in log


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/methods"),
        ("DELETE", "/methods"),
        ("DELETE", f"/methods/{MOBILE_ID}"),
        ("PUT", "/phone-methods/mobile"),
        ("PATCH", "/phone-methods"),
        ("DELETE", "/phone-methods"),
        ("GET", "/phone-methods/mobile/enable-sms-sign-in"),
        ("POST", "/phone-methods/office/enable-sms-sign-in"),
        ("POST", "/phone-methods/mobile"),
        ("GET", ""),
    ],
)
def test_what_is_no_route(explicit_host: HostProcess, box: SandboxTenant, method: str, path: str) -> None:
    answer = send(explicit_host, method, path, NUMBER)
    assert (answer.status, answer.text) == (404, "")
    assert box.tenant.calls() == []


def test_without_the_function_key_no_route_is_reached(explicit_host: HostProcess, box: SandboxTenant) -> None:
    box.tenant.clear_requests()
    for method, path, body in (*WRITES, *(("GET", path, b"") for path in READS)):
        answer = call(explicit_host, body, method=method, path=f"/api/users/{ANNA}{path}", key="not-the-key")
        assert (answer.status, answer.text) == (401, "")
    assert box.tenant.requests == []


def test_a_protected_user(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host(ALLOW_EXPLICIT_VALUES="true", PROTECTED_GROUP_ID="9009a000-0000-4000-8000-00000000009a")
    for method, path, body in WRITES:
        answer = send(host, method, path, body, user="breakglass1@contoso.com")
        assert (answer.status, answer.body["code"]) == (403, "protectedUser")
    assert box.tenant.writes() == []
