"""Graph throttles or hangs, the vault or the sign-in is away: a job slows down, waits, or says why it ended."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.host import HostProcess, Switches
from sandbox.tenant import Fault, SandboxTenant
from sandbox.tenant.throttle import Throttle
from tests.recorded import lines_in
from tests.whole.calls import call
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.test_lost_machines import expect_all_done
from tests.whole.jobs.watching import Job, begin, names

pytestmark = pytest.mark.waits

VIRTUAL = Switches(virtual_time=True)


def test_a_storm_of_429_slows_a_job_and_fails_nobody(host: HostProcess, box: SandboxTenant) -> None:
    who = add_people(box, 100)
    box.tenant.throttle = Throttle(40, retry_after=1)
    job = begin(host, names(who))
    expect_all_done(who, job, box)
    assert len([call for call in box.tenant.calls() if call.status == 429]) > 5


def interrupted(jobs: Jobs, box: SandboxTenant, body: bytes, patience_minutes: int) -> Job:
    """A job whose host was lost with everything that it had cached of the vault and of the sign-in."""
    box.tenant.faults.append(Fault("hang", host="graph", seconds=3))
    host = jobs.host(VIRTUAL, JOB_PATIENCE_MINUTES=str(patience_minutes))
    job = begin(host, body)
    job.wait(lambda: box.tenant.calls(), bool)
    host.kill()
    box.tenant.faults.clear()
    return job


@pytest.mark.parametrize(
    ("kind", "code"),
    [("vault", "vaultUnavailable"), pytest.param("login", "signInUnavailable", marks=pytest.mark.long)],
)
def test_a_service_that_stays_away_ends_the_job_when_its_patience_is_over(
    jobs: Jobs, box: SandboxTenant, kind: str, code: str
) -> None:
    who = add_people(box, 250)
    job = interrupted(jobs, box, names(who), patience_minutes=10)
    box.tenant.faults.append(Fault("close", host=kind))
    waiting = job.on(jobs.host(VIRTUAL))
    waiting.wait(lambda: jobs.is_running(job.id), lambda running: not running, seconds=300)
    assert {line["code"] for line in lines_in(waiting.host.log(), "jobWaiting")} == {code}
    (end,) = lines_in(waiting.host.log(), "jobEnded")
    assert end == end | {"jobId": job.id, "status": "failed", "code": code}
    waiting.host.kill()

    box.tenant.faults.clear()
    ended = job.on(jobs.host())
    status = ended.finished()
    assert (status["status"], status["error"]["code"]) == ("failed", code)
    assert status["error"]["detail"]
    assert status["counts"] == {"users": 250, "unchanged": 0, "changed": 0, "planned": 0, "skipped": 250, "failed": 0}
    assert {result["code"] for result in ended.results()} == {"notAttempted"}
    assert box.tenant.writes() == []


@pytest.mark.parametrize("kind", ["vault", pytest.param("login", marks=pytest.mark.long)])
def test_a_job_waits_for_a_service_that_is_away_and_then_ends_right(jobs: Jobs, box: SandboxTenant, kind: str) -> None:
    """Key Vault is left alone for half a minute after a failure; a new host does not know of it."""
    who = add_people(box, 250)
    job = interrupted(jobs, box, names(who), patience_minutes=1440)
    box.tenant.faults.append(Fault("close", host=kind))
    waiting = job.on(jobs.host(VIRTUAL))
    waiting.wait(lambda: waiting.host.log().count(f"Job {job.id} waits"), lambda times: times >= 6, seconds=300)
    waiting.host.kill()
    box.tenant.faults.clear()
    expect_all_done(who, job.on(jobs.host(VIRTUAL)), box)


@pytest.mark.long
def test_a_job_goes_on_by_itself_when_the_vault_is_back(jobs: Jobs, box: SandboxTenant) -> None:
    """In real time: one pause of half a minute."""
    who = add_people(box, 250)
    job = interrupted(jobs, box, names(who), patience_minutes=60)
    box.tenant.faults.append(Fault("close", host="vault"))
    host = jobs.host()
    job.wait(host.log, lambda log: f"job {job.id} waits" in log)
    box.tenant.faults.clear()
    job.wait(lambda: jobs.is_running(job.id), lambda running: not running, seconds=120)
    expect_all_done(who, job.on(host), box)


def test_health_and_status_answer_while_graph_hangs(jobs: Jobs, box: SandboxTenant) -> None:
    """More lists at once than there are threads that work wait for Graph; the threads that watch are others."""
    who = add_people(box, 900)
    host = jobs.host()
    job = begin(host, names(who), "dryRun=true")
    job.finished()
    box.tenant.faults.append(Fault("hang", host="graph", seconds=20))
    hanging = begin(host, names(who))
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(call, host, names(who[:2])) for _ in range(20)]
        hanging.wait(lambda: len(box.tenant.calls()), lambda count: count >= 16)
        slowest = 0.0
        for _ in range(5):
            health = call(host, method="GET", path="/api/health", headers=[])
            running, result = hanging.get(), job.get("/result")
            assert (health.status, running.body["status"], result.status) == (200, "running", 200)
            slowest = max(slowest, health.seconds, running.seconds, result.seconds)
        cancelled = hanging.cancel()
        assert (cancelled.status, cancelled.body["status"]) == (200, "cancelling")
        assert not any(one.done() for one in waiting)
        assert slowest < 10
        host.kill()
        assert all(one.exception() for one in waiting)


def test_cancelled_at_half_the_first_half_is_done_and_the_rest_untouched(jobs: Jobs, box: SandboxTenant) -> None:
    who = add_people(box, 1000)
    host = jobs.host(JOB_PARALLEL_ACTIVITIES="1")
    third_chunk = next(person for person in who[400:600] if person.kind == "wrong")
    box.tenant.faults.append(Fault("delay", host="graph", method="PATCH", user=third_chunk.upn, seconds=3))
    before = box.tenant.snapshot()
    job = begin(host, names(who))
    job.wait(lambda: [write.user for write in box.tenant.writes()], lambda seen: third_chunk.upn in seen)
    assert job.cancel().body["status"] == "cancelling"
    ended = job.finished()
    assert ended["status"] == "cancelled"
    assert ended["progress"]["percent"] == 80  # all was planned, three chunks of five were done

    results = job.results()
    assert [result["userPrincipalName"] for result in results] == [person.upn for person in who]
    for person, result in list(zip(who, results, strict=True))[:600]:
        expected = {"right": "unchanged", "missing": "added", "wrong": "updated", "empty": "sourceEmpty"}[person.kind]
        assert result["code"] == expected
    for person, result in list(zip(who, results, strict=True))[600:]:
        expected = {"right": "unchanged", "empty": "sourceEmpty"}.get(person.kind, "notAttempted")
        assert (result["code"], bool(result["changes"])) == (expected, expected == "unchanged")
    after = box.tenant.snapshot()
    touched = {upn for upn in after if after[upn] != before[upn]}
    assert touched == {person.upn for person in who[:600] if person.kind.needs_write}
    assert ended["counts"]["changed"] == len(touched)
    # What is cancelled stays so, and can be cancelled again.
    assert job.cancel().body["status"] == "cancelled"
