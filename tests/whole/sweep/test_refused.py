"""Sweeps of a service account whose role does not reach administrators, although it reads them."""

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.recorded import lines_in
from tests.whole.plans.people import get, move, settled
from tests.whole.sweep.clock import job_of, run
from tests.whole.sweep.conftest import Sweeping

pytestmark = pytest.mark.waits

WITH_AN_ACCOUNT = {"GRAPH_AUTH": "service_account", "MAX_OVERWRITES": "1000"}


@pytest.fixture
def host(sweeping: Sweeping, box: SandboxTenant) -> HostProcess:
    """A Global Reader sees the methods of everybody, and an Authentication Administrator writes those of others than
    administrators."""
    box.tenant.change_user("svc-mfa@contoso.com", roles=["Authentication Administrator", "Global Reader"])
    return sweeping.host(**WITH_AN_ACCOUNT)


def sweep(host: HostProcess) -> dict[str, str]:
    """The code of each user whom the next sweep looks at."""
    found = run(host)
    job_of(host, found)
    results = get(host, f"{found['jobId']}/result", "operator").body["results"]
    return {body["userPrincipalName"]: body["code"] for body in results}


def test_administrators_who_gather_one_by_one_tell_nothing_of_mfa(host: HostProcess, box: SandboxTenant) -> None:
    people = settled(box, 3)
    run(host)
    for place, upn in enumerate(people):
        box.tenant.change_user(upn, roles=["User Administrator"])
        move(box, upn, 750 + place)
        assert sweep(host) == dict.fromkeys(people[: place + 1], "forbidden")
    assert sweep(host) == dict.fromkeys(people, "forbidden")
    # The last sweep tells of the one before it.
    assert [line["code"] for line in lines_in(host.log(), "sweepFailed")] == ["forbidden"] * 3


def test_where_nobody_can_be_written_a_sweep_of_others_tells_it(host: HostProcess, box: SandboxTenant) -> None:
    people = settled(box, 4)
    run(host)
    box.tenant.faults.append(Fault("status", host="graph", method="PATCH", status=403))
    move(box, people[0], 750)
    assert sweep(host) == {people[0]: "forbidden"}
    for place, upn in enumerate(people[1:], 1):
        move(box, upn, 750 + place)
    assert sweep(host) == dict.fromkeys(people, "mfaRequired")
