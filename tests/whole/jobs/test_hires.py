"""Users who are not there yet when the list is sent: the job waits for them, in virtual time."""

from collections.abc import Callable

import pytest

from sandbox.host import HostProcess, Switches
from sandbox.host.durable.clock import clock_of
from sandbox.tenant import SandboxTenant
from tests.whole.calls import runbook
from tests.whole.jobs.conftest import Jobs
from tests.whole.jobs.watching import Job, begin

HIRE, NEVER, BJORN = "new.hire@contoso.com", "never.comes@contoso.com", "bjorn.berg@contoso.com"
NUMBER = "+46 701740605"
MINUTE = 60.0
VIRTUAL = Switches(virtual_time=True)


@pytest.fixture
def host(jobs: Jobs, box: SandboxTenant) -> HostProcess:
    """Its jobs wait for 90 minutes, and their clock is that by which users arrive."""
    box.tenant.arrival_clock = clock_of(jobs.history)
    return jobs.host(VIRTUAL, WAIT_FOR_USERS_MINUTES="90")


def hire(box: SandboxTenant, minutes: float = 3, number_after: float = 40) -> Callable[[], float]:
    """Somebody appears, and later the number; the minute on the tenant's clock."""
    tenant = box.tenant
    began = tenant.arrival_clock()
    tenant.arrive(minutes * MINUTE, lambda: tenant.add_user(HIRE))
    tenant.arrive(number_after * MINUTE, lambda: tenant.change_user(HIRE, extensionAttribute15=NUMBER))
    return lambda: (tenant.arrival_clock() - began) / MINUTE


def registered(box: SandboxTenant) -> str | None:
    user = box.tenant.find_user(HIRE)
    phone = user.phones.get("mobile") if user else None
    return phone.number if phone else None


def test_a_hire_who_appears_after_3_minutes_and_whose_number_arrives_after_40(
    host: HostProcess, box: SandboxTenant
) -> None:
    minute = hire(box)
    job = begin(host, runbook(BJORN, HIRE), "async=true")
    ended = job.finished()
    assert ended["status"] == "succeeded", ended
    assert 40 <= minute() < 40 + 15.5
    assert registered(box) == NUMBER
    assert [result["code"] for result in job.results()] == ["updated", "added"]
    writes = [write.user for write in box.tenant.writes()]
    assert sorted(map(str, writes)) == [BJORN, HIRE]


def test_who_never_comes_is_reported_after_the_limit(host: HostProcess, box: SandboxTenant) -> None:
    minute = hire(box, 5, 1000)
    job = begin(host, runbook(HIRE, NEVER, BJORN), "async=true")
    ended = job.finished()
    assert ended["counts"]["pending"] == 0
    assert [result["code"] for result in job.results()] == ["sourceEmpty", "userNotFound", "updated"]
    assert 90 <= minute() < 92


def test_while_it_waits_they_are_pending_and_no_thread_is_held(jobs: Jobs, box: SandboxTenant) -> None:
    """In real time: the first pause takes a minute."""
    host = jobs.host(WAIT_FOR_USERS_MINUTES="90")
    job = begin(host, runbook(NEVER, BJORN), "async=true")
    seen = job.wait(job.status, lambda status: status["counts"]["pending"] == status["counts"]["changed"] == 1)
    assert (seen["status"], seen["progress"]["etaSeconds"]) == ("running", None)
    (pending,) = job.get("/result", "status=pending").body["results"]
    assert (pending["userPrincipalName"], pending["status"], pending["code"]) == (NEVER, "pending", "pending")
    counted, calls = host.durable_counters(), len(box.tenant.calls())
    job.wait(lambda: [job.status() for _ in range(5)], bool)
    assert host.durable_counters()["runs"] == counted["runs"]
    assert len(box.tenant.calls()) == calls


def test_kill_9_while_it_waits_loses_nothing(jobs: Jobs, box: SandboxTenant) -> None:
    """The first host dies with everything in its memory; what remains is in storage, and the second one goes on."""
    first = jobs.host(WAIT_FOR_USERS_MINUTES="90")
    job = begin(first, runbook(BJORN, HIRE), "async=true")
    job.wait(job.status, lambda status: status["counts"]["pending"] == 1)
    first.kill()
    box.tenant.arrival_clock = clock_of(jobs.history)
    hire(box, 2, 30)
    again: Job = job.on(jobs.host(VIRTUAL, WAIT_FOR_USERS_MINUTES="90"))
    assert again.finished()["status"] == "succeeded"
    assert registered(box) == NUMBER
    assert len(box.tenant.writes()) == 2
