"""Sweeps in trouble: the host dies, two hosts hear the clock, a job is cancelled. Nothing is lost, nothing twice."""

from collections import Counter

import pytest

from sandbox.host import Switches
from sandbox.tenant import Fault, SandboxTenant
from shared.jobs.engine import Run
from tests.recorded import lines_in
from tests.waiting import wait_for
from tests.whole.calls import call
from tests.whole.plans.people import finished, get, hires, mobile, move, named, number, settled, written
from tests.whole.sweep.clock import job_of, ring, run
from tests.whole.sweep.conftest import Sweeping

pytestmark = pytest.mark.waits

# Its ceilings are not the point here.
FREE = {"MAX_OVERWRITES": "1000", "PROTECT_ADMINISTRATORS": "off"}


def moved(box: SandboxTenant, people: list[str], first: int) -> list[str]:
    for place, upn in enumerate(people, first):
        move(box, upn, place)
    return [number(place) for place in range(first, first + len(people))]


def expect_written_once(box: SandboxTenant, people: list[str], numbers: list[str]) -> None:
    assert [mobile(box, upn) for upn in people] == numbers
    assert set(Counter(written(box)).values()) == {1}
    assert len(written(box)) == len(people)


def test_the_host_is_killed_while_the_job_of_a_sweep_writes(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, 60)
    host = sweeping.host(**FREE)
    run(host)
    numbers = moved(box, people, 400)
    # It dies while it waits for the answer about a write that Graph has done.
    box.tenant.faults.append(Fault("drip", host="graph", method="PATCH", user=people[30], seconds=1))
    sweep = run(host)
    wait_for(lambda: people[30] in written(box), bool)
    host.kill()
    box.tenant.faults.clear()
    again = sweeping.host(**FREE)
    assert job_of(again, sweep).run is Run.COMPLETED
    expect_written_once(box, people, numbers)
    assert run(again) == {"jobId": None}
    expect_written_once(box, people, numbers)


def test_the_host_is_killed_while_a_sweep_looks_for_changes(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, 3)
    host = sweeping.host(**FREE)
    run(host)
    numbers = moved(box, people, 400)
    box.tenant.clear_requests()
    box.tenant.faults.append(Fault("drip", host="graph", path="users/delta", seconds=5))
    ring(host)
    wait_for(lambda: [record for record in box.tenant.calls("graph") if "users/delta" in record.path], bool)
    host.kill()
    box.tenant.faults.clear()
    again = sweeping.host(**FREE)
    sweep = run(again)
    if sweep["jobId"]:
        job_of(again, sweep)
    wait_for(lambda: len(written(box)), lambda count: count == len(people))
    expect_written_once(box, people, numbers)
    assert run(again)["jobId"] is None


def test_two_hosts_that_hear_the_clock_at_once_make_one_sweep(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, 5)
    hosts = [sweeping.host(**FREE), sweeping.host(**FREE)]
    run(hosts[0])
    numbers = moved(box, people, 400)
    ring(*hosts)
    wait_for(lambda: len(written(box)), lambda count: count >= len(people))
    assert run(hosts[1]) == {"jobId": None}
    listed = call(hosts[0], headers=named("operator"), method="GET", path="/api/jobs").body["value"]
    assert [(job["caller"], job["users"]) for job in listed] == [("sweep", 5)]
    expect_written_once(box, people, numbers)


def test_users_of_a_sweep_that_was_cancelled_join_the_next_one(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, 4)
    # A Graph that does not answer is waited for; here the pauses take no time.
    host = sweeping.host(Switches(virtual_time=True), **FREE)
    run(host)
    numbers = moved(box, people[:3], 400)
    box.tenant.faults.append(Fault("status", host="graph", status=503, path="phoneMethods"))
    job_id = run(host)["jobId"]
    cancelled = call(host, headers=named("operator"), method="DELETE", path=f"/api/jobs/{job_id}")
    assert cancelled.status in (200, 202), cancelled.text
    assert finished(host, job_id, "operator")["status"] == "cancelled"
    box.tenant.faults.clear()
    assert written(box) == []
    numbers += moved(box, people[3:], 410)
    sweep = run(host)
    job_of(host, sweep)
    assert [mobile(box, upn) for upn in people] == numbers
    assert get(host, sweep["jobId"], "operator").body["counts"]["users"] == 4


def test_whoever_operates_sees_jobs_of_sweeps_and_nobody_else(sweeping: Sweeping, box: SandboxTenant) -> None:
    host = sweeping.host(**FREE)
    people = settled(box, 1)
    run(host)
    moved(box, people, 400)
    sweep = run(host)
    job_of(host, sweep)
    assert get(host, sweep["jobId"], "other").status == 404
    assert get(host, sweep["jobId"], "operator").body["caller"] == "sweep"
    lines = b"".join(content for _, content in sweeping.audit()).decode()
    assert '"caller": "sweep"' in lines or '"caller":"sweep"' in lines
    assert '"route": "sweep"' in lines or '"route":"sweep"' in lines


def test_users_whom_graph_does_not_answer_for_join_the_next_one(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, 3)
    # Time goes by on its own: the job has no patience left.
    host = sweeping.host(Switches(virtual_time=True), JOB_PATIENCE_MINUTES="0", **FREE)
    run(host)
    numbers = moved(box, people, 400)
    box.tenant.faults.append(Fault("status", host="graph", status=503, path="phoneMethods"))
    ended = job_of(host, run(host)).output or {}
    assert (ended["counts"], written(box)) == ({"failed": 3}, [])
    box.tenant.faults.clear()
    job_of(host, run(host))
    expect_written_once(box, people, numbers)
    assert run(host) == {"jobId": None}


def test_a_hire_whom_graph_names_and_does_not_find_yet_joins_the_next_one(
    sweeping: Sweeping, box: SandboxTenant
) -> None:
    host = sweeping.host(**FREE)
    run(host)
    (hire,) = hires(box, 1, 300)
    unseen = {"code": "Request_ResourceNotFound", "path": hire.partition("@")[0]}
    box.tenant.faults.append(Fault("status", host="graph", status=404, method="GET", **unseen))
    assert (job_of(host, run(host)).output or {})["counts"] == {"failed": 1}
    box.tenant.faults.clear()
    job_of(host, run(host))
    expect_written_once(box, [hire], [number(300)])
    assert run(host) == {"jobId": None}
    assert lines_in(host.log(), "sweepFailed") == []
