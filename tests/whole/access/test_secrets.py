"""What may be wrong with a caller's secret shuts out that caller alone; rotation, by `-previous` and by time."""

import time
from collections.abc import Callable

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.access.people import (
    LISTS,
    OTHER,
    SECRETS,
    named,
    post,
    reconcile,
    refusal,
    secret_name,
    users,
)
from tests.whole.calls import handshake

NOBODY = (401, "unauthorized")
MINE = secret_name("lists")
NEW = "sandbox-rotated-not-real"


def in_an_hour() -> int:
    return int(time.time()) + 3600


Spoil = Callable[[SandboxTenant], object]
SPOILT: dict[str, tuple[Spoil, str]] = {
    "missing": (lambda box: box.tenant.delete_secret(MINE), ""),
    "disabled": (lambda box: box.tenant.set_secret(MINE, SECRETS["lists"], enabled=False), SECRETS["lists"]),
    "short": (lambda box: box.tenant.set_secret(MINE, "fifteen-letters"), "fifteen-letters"),
    "empty": (lambda box: box.tenant.set_secret(MINE, ""), ""),
    "with white space": (lambda box: box.tenant.set_secret(MINE, f"{NEW}\n"), NEW),
    "not ASCII": (lambda box: box.tenant.set_secret(MINE, "sändbox-lists-not-real"), "sändbox-lists-not-real"),
    "the ordinary handshake": (lambda box: box.tenant.set_secret(MINE, HANDSHAKE), HANDSHAKE),
    "the explicit handshake": (lambda box: box.tenant.set_secret(MINE, EXPLICIT_HANDSHAKE), EXPLICIT_HANDSHAKE),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_secret_that_cannot_serve_shuts_out_its_caller_alone(
    rereading_host: HostProcess, box: SandboxTenant, how: str
) -> None:
    assert reconcile(rereading_host, named("lists")).status == 200
    spoil, value = SPOILT[how]
    spoil(box)
    seen = len(rereading_host.log())
    for secret in (value, SECRETS["lists"]):
        headers = [("Message", f"lists.{secret}".encode())]
        assert refusal(reconcile(rereading_host, headers)) == NOBODY
    if value.isascii() and value:
        assert refusal(post(rereading_host, type(LISTS)("lists", value), users(dryRun=True))) == NOBODY
    log = rereading_host.log()[seen:]
    assert "lists" in log
    assert not [each for each in (value, SECRETS["lists"]) if each and each in log]
    assert [reconcile(rereading_host, headers).status for headers in (named("other-lists"), handshake())] == [200, 200]
    assert post(rereading_host, OTHER, users(dryRun=True)).status == 200


def test_two_callers_with_one_secret_are_both_shut_out(rereading_host: HostProcess, box: SandboxTenant) -> None:
    box.tenant.set_secret(MINE, SECRETS["other-lists"])
    assert refusal(reconcile(rereading_host, named("lists", SECRETS["other-lists"]))) == NOBODY
    assert refusal(reconcile(rereading_host, named("other-lists"))) == NOBODY
    assert refusal(post(rereading_host, OTHER, users(dryRun=True))) == NOBODY
    assert "other-lists has the same value as another secret" in rereading_host.log()
    assert reconcile(rereading_host, handshake()).status == 200


@pytest.mark.parametrize("name", ["webhook-handshake", MINE])
@pytest.mark.parametrize(("expiry", "status"), [("in an hour", 200), ("over", 401), (None, 401)])
def test_the_previous_one_counts_until_its_expiry_date_and_not_at_all_without_one(
    rereading_host: HostProcess, box: SandboxTenant, name: str, expiry: str | None, status: int
) -> None:
    old = box.tenant.secrets.get(name, "").value
    prefix = "lists." if name == MINE else ""
    exp = {"in an hour": in_an_hour(), "over": in_an_hour() - 3601, None: None}[expiry]
    box.tenant.set_secret(f"{name}-previous", old, exp=exp)
    box.tenant.set_secret(name, NEW)
    assert reconcile(rereading_host, handshake(f"{prefix}{NEW}")).status == 200
    assert reconcile(rereading_host, handshake(f"{prefix}{old}")).status == status
    if name == MINE:
        assert post(rereading_host, LISTS, users(dryRun=True)).status == status
        assert post(rereading_host, type(LISTS)("lists", NEW), users(dryRun=True)).status == 200


@pytest.mark.parametrize("trouble", ["short", "missing", "disabled"])
def test_an_ordinary_handshake_that_cannot_serve_is_a_configuration_error_for_everybody(
    rereading_host: HostProcess, box: SandboxTenant, trouble: str
) -> None:
    match trouble:
        case "short":
            box.tenant.set_secret("webhook-handshake", "fifteen-letters")
        case "missing":
            box.tenant.delete_secret("webhook-handshake")
        case "disabled":
            box.tenant.set_secret("webhook-handshake", HANDSHAKE, enabled=False)
    for headers in (handshake("fifteen-letters"), handshake(), named("lists"), []):
        assert refusal(reconcile(rereading_host, headers)) == (500, "configuration")


def test_the_explicit_one_may_be_missing_or_short_while_the_feature_is_off(
    closed_host: HostProcess, box: SandboxTenant
) -> None:
    box.tenant.delete_secret("webhook-handshake-explicit")
    assert reconcile(closed_host, handshake()).status == 200
    assert reconcile(closed_host, named("lists")).status == 200


def test_a_vault_that_refuses_one_callers_secret_stops_nobody_else(
    rereading_host: HostProcess, box: SandboxTenant
) -> None:
    box.tenant.faults.append(Fault("status", host="vault", path="/secrets/webhook-caller-reader", status=403))
    assert reconcile(rereading_host, named("lists")).status == 200
    assert refusal(reconcile(rereading_host, named("reader"))) == NOBODY
