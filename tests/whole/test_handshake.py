"""Who gets in, and what everybody else is told: nothing."""

import time

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from shared.api.caller import RELOAD_INTERVAL_S
from tests.support import HANDSHAKE
from tests.whole.calls import Answer, Headers, accept_rotated, call, handshake, runbook, vault_reads
from tests.whole.conftest import HostMaker

BODY = runbook("bjorn.berg@contoso.com")
NAME = "webhook-handshake"


def without_id(answer: Answer) -> tuple[int, dict[str, object], str]:
    body = {key: value for key, value in answer.body.items() if key != "correlationId"}
    return answer.status, body, answer.headers["content-type"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="missing"),
        pytest.param(handshake(""), id="empty"),
        pytest.param(handshake("some-other-handshake"), id="wrong"),
        pytest.param(handshake(HANDSHAKE.upper()), id="other-case"),
        pytest.param(handshake(f"{HANDSHAKE}x"), id="longer"),
        pytest.param(handshake(HANDSHAKE[:-1]), id="shorter"),
        pytest.param([*handshake(), *handshake()], id="repeated"),
        pytest.param([*handshake("wrong"), *handshake()], id="repeated-one-right"),
        pytest.param(handshake("sändbox-händshake".encode()), id="not-ascii"),
        pytest.param(handshake(name="X-Message"), id="other-header"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same_and_nobody_else_hears_of_it(
    host: HostProcess, box: SandboxTenant, headers: Headers
) -> None:
    known = call(host, BODY, headers=handshake("a-wrong-handshake"))
    answer = call(host, BODY, headers=headers)
    assert (answer.status, answer.body["code"]) == (401, "unauthorized")
    assert without_id(answer) == without_id(known)
    assert answer.body["correlationId"] != known.body["correlationId"]
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []


def test_a_wrong_handshake_hears_nothing_of_a_faulty_body_or_query(host: HostProcess) -> None:
    known = call(host, BODY, headers=handshake("a-wrong-handshake"))
    assert without_id(call(host, b"no json", headers=[])) == without_id(known)
    assert without_id(call(host, BODY, "dryRun=maybe", headers=[])) == without_id(known)


@pytest.mark.parametrize("name", ["message", "MESSAGE", "mEsSaGe"])
def test_the_headers_name_counts_in_any_case(host: HostProcess, name: str) -> None:
    assert call(host, BODY, "dryRun=true", handshake(name=name)).status == 200


def test_white_space_around_the_header_is_not_part_of_it(host: HostProcess) -> None:
    # RFC 9110, 5.5: a field value does not include leading or trailing whitespace.
    assert call(host, BODY, "dryRun=true", handshake(f"  {HANDSHAKE} ")).status == 200


def test_a_rotated_handshake_is_accepted_within_ten_seconds_and_guessing_does_not_flood_the_vault(
    box: SandboxTenant, new_host: HostMaker
) -> None:
    host = new_host()
    assert call(host, BODY, "dryRun=true").status == 200
    box.tenant.clear_requests()
    box.tenant.set_secret(NAME, "rotated-handshake")
    began = time.monotonic()
    accept_rotated(lambda secret: call(host, BODY, "dryRun=true", handshake(secret)))
    assert call(host, BODY, "dryRun=true").status == 401
    for _ in range(5):
        assert call(host, BODY, headers=handshake("guess")).status == 401
    assert 1 <= vault_reads(box, NAME) <= 1 + (time.monotonic() - began) / RELOAD_INTERVAL_S


def test_the_previous_handshake_is_accepted_until_its_expiry(box: SandboxTenant, forgetful_host: HostProcess) -> None:
    assert call(forgetful_host, BODY, "dryRun=true").status == 200
    box.tenant.set_secret(f"{NAME}-previous", HANDSHAKE, exp=int(time.time()) + 3600)
    box.tenant.set_secret(NAME, "rotated-handshake")
    assert call(forgetful_host, BODY, "dryRun=true").status == 200
    assert call(forgetful_host, BODY, "dryRun=true", handshake("rotated-handshake")).status == 200
    box.tenant.set_secret(f"{NAME}-previous", HANDSHAKE, exp=int(time.time()) - 1)
    assert call(forgetful_host, BODY, "dryRun=true").status == 401
    assert call(forgetful_host, BODY, "dryRun=true", handshake("rotated-handshake")).status == 200


def test_a_vault_that_is_down_does_not_stop_a_warm_host(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host(SECRET_TTL_SECONDS="0")
    assert call(host, BODY, "dryRun=true").status == 200
    box.tenant.faults.append(Fault("status", host="vault", status=503))
    box.tenant.faults.append(Fault("status", host="identity", status=503))
    assert call(host, BODY, "dryRun=true").status == 200
    assert "Key Vault is unavailable" in host.log()
    # After one that failed the vault is left alone for a while.
    box.tenant.clear_requests()
    assert [call(host, BODY, "dryRun=true").status for _ in range(2)] == [200, 200]
    assert call(host, BODY, headers=handshake("guess")).status == 401
    assert box.tenant.calls("vault") == box.tenant.calls("identity") == []


def test_a_vault_that_is_down_stops_a_cold_host(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host()
    box.tenant.faults.append(Fault("status", host="vault", status=429, retry_after=40))
    answer = call(host, BODY)
    assert (answer.status, answer.body["code"]) == (503, "vaultUnavailable")
    assert int(answer.headers["retry-after"]) > 0
    box.tenant.faults.clear()
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []


@pytest.mark.parametrize("trouble", ["disabled", "deleted", "empty", "forbidden", "white-space"])
def test_a_vault_that_refuses_is_a_configuration_error_also_for_a_warm_host(
    box: SandboxTenant, forgetful_host: HostProcess, trouble: str
) -> None:
    host = forgetful_host
    assert call(host, BODY, "dryRun=true").status == 200
    box.tenant.clear_requests()
    match trouble:
        case "disabled":
            box.tenant.set_secret(NAME, HANDSHAKE, enabled=False)
        case "deleted":
            box.tenant.delete_secret(NAME)
        case "empty":
            box.tenant.set_secret(NAME, "")
        case "white-space":
            box.tenant.set_secret(NAME, f"{HANDSHAKE}\n")
        case "forbidden":
            for app in box.tenant.apps.values():
                app.reads_vault = False
    seen = len(host.log())
    answer = call(host, BODY)
    assert (answer.status, answer.body["code"]) == (500, "configuration")
    assert "handshake" not in answer.text.lower()
    assert "vault" not in answer.text.lower()
    assert NAME in host.log()[seen:]
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []
