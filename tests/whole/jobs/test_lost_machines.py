"""The host dies in the middle of a job, activities run twice: everybody is reported once and written once."""

import json
from collections import Counter

import pytest

from bench.people import Person
from sandbox.host import Switches
from sandbox.tenant import Fault, SandboxTenant
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.watching import Job, Result, begin, names, upns

# What goes on with a job orders its sets in another way than what began it.
pytestmark = pytest.mark.usefixtures("new_interpreters")


def written(box: SandboxTenant) -> list[str]:
    """Users whose write Graph has done, one entry for each write."""
    with box.tenant.lock:
        return [str(write.user) for write in box.tenant.writes() if write.status and write.status < 300]


def expect_all_done(who: list[Person], job: Job, box: SandboxTenant, *, once: bool = True) -> None:
    """Everybody has the right number and the right result, and was written as often as needed."""
    ended = job.finished()
    assert ended["status"] == "succeeded", ended
    results: list[Result] = job.results()
    assert upns(results) == [person.upn for person in who]
    codes = {"right": "unchanged", "missing": "added", "wrong": "updated", "empty": "sourceEmpty"}
    assert [result["code"] for result in results] == [codes[person.kind] for person in who]
    numbers = {person.upn: box.tenant.user(person.upn).phones.get("mobile") for person in who}
    assert [found.number if (found := numbers[person.upn]) else None for person in who] == [
        person.number for person in who
    ]
    writes = Counter(written(box))
    assert set(writes) == {person.upn for person in who if person.kind.needs_write}
    if once:
        assert set(writes.values()) == {1}


def expect_all_audited(jobs: Jobs, box: SandboxTenant) -> Counter[str]:
    """Every write has its record, and no record counts twice. How often each outcome is there."""
    lines = [line for _, content in jobs.audit() for line in content.splitlines()]
    writes = [record for record in map(json.loads, lines) if record["event"] == "write"]
    users = [user for user, _ in {(record["objectId"], record["recordId"]) for record in writes}]
    assert sorted(users) == sorted({box.tenant.user(upn).id for upn in written(box)})
    assert {(record["caller"], record["proof"]) for record in writes} == {("webhook-handshake", "handshake")}
    return Counter(record["outcome"] for record in writes)


def test_a_job_goes_on_after_the_host_was_killed(jobs: Jobs, box: SandboxTenant) -> None:
    """At 30 and at 70 %; each time it dies while it waits for the answer about a write that Graph has done."""
    who = add_people(box, 800)
    host = jobs.host(JOB_PARALLEL_ACTIVITIES="1")
    job = None
    for percent in (30, 70):
        last = next(person for person in who[8 * percent :] if person.kind == "wrong")
        box.tenant.faults[:] = [Fault("drip", host="graph", method="PATCH", user=last.upn, seconds=1)]
        job = job.on(jobs.host()) if job else begin(host, names(who))
        job.wait(lambda upn=last.upn: upn in written(box), bool)
        job.host.kill()
        assert len(written(box)) < sum(person.kind.needs_write for person in who)
    assert job is not None
    box.tenant.faults.clear()
    expect_all_done(who, job.on(jobs.host()), box)
    found = expect_all_audited(jobs, box)
    assert set(found) == {"applied", "foundDone"}


def test_a_job_goes_on_after_the_host_was_killed_while_it_planned(jobs: Jobs, box: SandboxTenant) -> None:
    who = add_people(box, 600)
    box.tenant.latency_ms = 30
    host = jobs.host(JOB_PARALLEL_ACTIVITIES="1")
    job = begin(host, names(who))
    job.wait(lambda: len(box.tenant.calls()), lambda count: count > 60)
    host.kill()
    assert written(box) == []
    box.tenant.latency_ms = 0
    expect_all_done(who, job.on(jobs.host()), box)


@pytest.mark.parametrize("how", ["after", "overlap"])
def test_every_activity_runs_twice(jobs: Jobs, box: SandboxTenant, how: str) -> None:
    """One after the other writes once. At the same time both may send a write, but the end is the same."""
    who = add_people(box, 600)
    host = jobs.host(Switches(repeat_activities=how))
    expect_all_done(who, begin(host, names(who)), box, once=how == "after")
    expect_all_audited(jobs, box)


def test_activities_end_in_any_order(jobs: Jobs, box: SandboxTenant) -> None:
    who = add_people(box, 1200)
    host = jobs.host(Switches(shuffle=7), JOB_PARALLEL_ACTIVITIES="3")
    expect_all_done(who, begin(host, names(who)), box)
    assert set(expect_all_audited(jobs, box)) == {"applied"}
    # One block for each of the six chunks, and for each of the three pages of results.
    assert sum(count for count, _ in jobs.audit()) == 6 + 3
