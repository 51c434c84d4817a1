"""Everything goes wrong a little, at once: each user ends right or reported, and nothing else is touched."""

from collections import Counter
from typing import Any

import pytest

from sandbox.tenant import Fault, SandboxTenant
from tests.whole.calls import call, runbook
from tests.whole.conftest import HostMaker

pytestmark = pytest.mark.waits

USERS = 60
PERCENT = 3


def desired(number: int) -> str:
    return f"+46 7017406{number:02}"


def upn(number: int) -> str:
    return f"chaos{number:02}@fabrikam.com"


def add_users(box: SandboxTenant) -> None:
    """In turn: right already, another number, none, another number beside two more methods, only an office phone."""
    for number in range(USERS):
        other = f"+1 20655501{number:02}"
        phones: dict[str, str] = [
            {"mobile": desired(number)},
            {"mobile": other},
            {},
            {"mobile": other, "alternateMobile": "+44 7700900700", "office": "+44 7700900701"},
            {"office": "+44 7700900702"},
        ][number % 5]
        box.tenant.add_user(upn(number), extensionAttribute15=desired(number), phones=phones)


def faults() -> list[Fault]:
    """Single calls and members of batches fail by chance; of the few exchanges four are spoilt, each in another way."""
    statuses = [{"status": 429, "retry_after": 0}, {"status": 429}, {"status": 500}, {"status": 503}, {"status": 504}]
    spoilt = ["close", "lost", "truncate", "garbage"]
    return [
        *(Fault("status", host="graph", percent=PERCENT, **words) for words in statuses),
        *(Fault(what, host="graph", after=2 * number, times=1) for number, what in enumerate(spoilt)),  # type: ignore[arg-type]
    ]


def others(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The tenant without the mobile methods of the users in question."""
    names = {upn(number) for number in range(USERS)}
    return {
        name: {
            **user,
            "phoneMethods": {
                kind: phone for kind, phone in user["phoneMethods"].items() if name not in names or kind != "mobile"
            },
        }
        for name, user in snapshot.items()
    }


def test_chaos(box: SandboxTenant, new_host: HostMaker) -> None:
    add_users(box)
    before = box.tenant.snapshot()
    # Users who cannot be read make the share smaller, of which nothing is said here.
    host = new_host(MAX_OVERWRITES_PERCENT="100")
    body = runbook(*map(upn, range(USERS)))
    assert call(host, body, "dryRun=true").body["counts"]["planned"] == 48
    box.tenant.faults.extend(faults())
    answer = call(host, body)
    happened = {fault.what for fault in box.tenant.faults if fault.fired}
    assert len(happened) >= 4

    assert answer.status == 200
    assert len(answer.body["results"]) == USERS
    after = box.tenant.snapshot()
    assert others(after) == others(before)
    for number, result in enumerate(answer.body["results"]):
        assert result["userPrincipalName"] == upn(number)
        registered = after[upn(number)]["phoneMethods"].get("mobile", {}).get("phoneNumber")
        if result["status"] in ("unchanged", "changed"):
            assert registered == desired(number), result
        else:
            assert result["status"] == "failed", result
            assert result["message"]
        if number % 5 == 0:
            assert not [write for write in box.tenant.writes() if write.user == upn(number)]

    # A POST that was saved is never sent again, and an update is never a delete and an add.
    writes = box.tenant.writes()
    assert {write.method for write in writes} == {"POST", "PATCH"}
    saved = Counter(write.user for write in writes if write.method == "POST" and write.status == 201)
    assert set(saved.values()) <= {1}
    for number in range(USERS):
        own = [write for write in writes if write.user == upn(number)]
        posts = [write.status for write in own if write.method == "POST"]
        assert 201 not in posts[:-1], own
        assert {write.target for write in own} <= {"mobile"}
        assert {write.phone_number for write in own} <= {desired(number)}

    box.tenant.faults.clear()
    again = call(host, body)
    assert again.body["status"] == "succeeded"
    box.tenant.clear_requests()
    assert call(host, body).body["counts"]["unchanged"] == USERS
    assert box.tenant.writes() == []
    assert others(box.tenant.snapshot()) == others(before)
