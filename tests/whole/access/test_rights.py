"""What each right opens, and what is closed without it: every route, explicit values on and off."""

from collections.abc import Callable, Mapping

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.access.people import ANNA, RIGHTS, named, plan, refusal, values
from tests.whole.calls import Answer, Headers, call, handshake, runbook

UNKNOWN_JOB = "/api/jobs/00000000-0000-4000-8000-000000000000"
PHONES = f"/api/users/{ANNA}/phone-methods"
NUMBER = b'{"phoneNumber": "+46 701740605"}'

Send = Callable[[HostProcess, Headers], Answer]


def route(method: str, path: str, body: bytes = b"", query: str = "") -> Send:
    return lambda host, headers: call(host, body, query, headers, method=method, path=path)


# By the rights that open them. What comes of it differs; that it comes to that is what counts here.
LISTS = {"reconcile": route("POST", "/api/reconcile", runbook(ANNA), "dryRun=true")}
JOBS = {
    "jobs": route("GET", "/api/jobs"),
    "job": route("GET", UNKNOWN_JOB),
    "result": route("GET", f"{UNKNOWN_JOB}/result"),
    "cancel": route("DELETE", UNKNOWN_JOB),
}
READS = {"phones": route("GET", PHONES), "methods": route("GET", f"/api/users/{ANNA}/methods")}
READS |= {"phone": route("GET", f"{PHONES}/mobile"), "masked": route("GET", PHONES, query="show=masked")}
FULL = {
    "full": route("GET", PHONES, query="show=full"),
    "full phone": route("GET", f"{PHONES}/mobile", b"", "show=full"),
}
EXPLICIT = {
    "set": route("POST", "/api/set", values().replace(b'"operation": "set", ', b""), "dryRun=true"),
    "provision": route("POST", "/api/provision", plan().replace(b'"operation": "provision", ', b""), "dryRun=true"),
    "create": route("POST", PHONES, b'{"phoneType": "mobile", "phoneNumber": "+46 701740605"}'),
    "update": route("PATCH", f"{PHONES}/mobile", NUMBER),
    "delete": route("DELETE", f"{PHONES}/office"),
    "sms on": route("POST", f"{PHONES}/mobile/enable-sms-sign-in"),
    "sms off": route("POST", f"{PHONES}/mobile/disable-sms-sign-in"),
}
ROUTES: Mapping[str, tuple[Send, set[str]]] = {
    **{name: (send, {"reconcile"}) for name, send in LISTS.items()},
    **{name: (send, {"reconcile", "operate"}) for name, send in JOBS.items()},
    **{name: (send, {"read"}) for name, send in READS.items()},
    **{name: (send, {"readFull"}) for name, send in FULL.items()},
    **{name: (send, {"explicit"}) for name, send in EXPLICIT.items()},
}
EVERY_ROUTE = pytest.mark.parametrize("name", ROUTES)
# The two handshakes of before.
OLD: Mapping[str, tuple[Headers, set[str]]] = {
    "ordinary": (handshake(HANDSHAKE), {"reconcile", "read"}),
    "explicit": (handshake(EXPLICIT_HANDSHAKE), {"reconcile", "read", "readFull", "explicit"}),
}
CALLERS = {**{name: (named(name), set(rights)) for name, rights in RIGHTS.items()}, **OLD}


@EVERY_ROUTE
def test_a_route_is_open_to_those_who_have_the_right_and_to_nobody_else(
    open_host: HostProcess, box: SandboxTenant, name: str
) -> None:
    send, opening = ROUTES[name]
    for caller, (headers, rights) in CALLERS.items():
        answer = send(open_host, headers)
        if rights & opening:
            assert answer.status not in (401, 403), (caller, answer.text)
        else:
            assert refusal(answer) == (403, "rightMissing"), caller
    assert "/users" not in "".join(write.path for write in box.tenant.calls("graph") if write.method == "PATCH")


@pytest.mark.parametrize("name", [*EXPLICIT, *LISTS])
def test_without_a_proof_it_is_401_whatever_is_off(closed_host: HostProcess, name: str) -> None:
    for headers in ([], handshake("wrong"), named("writer", "wrong")):
        assert refusal(ROUTES[name][0](closed_host, headers)) == (401, "unauthorized")


@pytest.mark.parametrize("name", EXPLICIT)
def test_where_explicit_values_are_off_everybody_is_told_so_before_the_right_is_missed(
    closed_host: HostProcess, box: SandboxTenant, name: str
) -> None:
    for caller, (headers, _) in CALLERS.items():
        assert refusal(EXPLICIT[name](closed_host, headers)) == (403, "explicitDisabled"), caller
    assert box.tenant.calls("graph") == []


@pytest.mark.parametrize("name", [*LISTS, *JOBS, *READS, *FULL])
def test_where_explicit_values_are_off_other_routes_are_as_open_as_before_but_to_the_explicit_handshake(
    closed_host: HostProcess, name: str
) -> None:
    send, opening = ROUTES[name]
    for caller, (headers, rights) in CALLERS.items():
        answer = send(closed_host, headers)
        if caller == "explicit":
            assert refusal(answer) == (403, "explicitDisabled")
        elif rights & opening:
            assert answer.status not in (401, 403), (caller, answer.text)
        else:
            assert answer.status == 403, (caller, answer.text)


def test_a_right_is_missed_before_the_query_and_the_body_are_read(open_host: HostProcess) -> None:
    for path, body in (("/api/reconcile", b"no json"), ("/api/set", b"no json"), ("/api/provision", b"<no plan")):
        answer = call(open_host, body, "dryRun=maybe", named("reader"), path=path)
        assert refusal(answer) == (403, "rightMissing")


def test_a_write_that_asks_for_full_numbers_needs_both_rights(open_host: HostProcess, box: SandboxTenant) -> None:
    path = f"{PHONES}/mobile"
    answer = call(open_host, NUMBER, "show=full", named("writer"), method="PATCH", path=path)
    assert refusal(answer) == (403, "rightMissing")
    assert box.tenant.writes() == []


def test_full_numbers_need_no_explicit_values(closed_host: HostProcess) -> None:
    answer = call(closed_host, b"", "show=full", named("full"), method="GET", path=PHONES)
    assert (answer.status, "701740605" in answer.text) == (200, True)
    masked = call(closed_host, b"", "", named("reader"), method="GET", path=PHONES)
    assert (masked.status, "701740605" in masked.text) == (200, False)
