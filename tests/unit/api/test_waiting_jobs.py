"""api/accept.py, api/jobs.py, jobs/order.py: jobs that wait for users, as their callers see them."""

import json
from dataclasses import replace

import pytest

from shared.api.jobs import handle_job, handle_result
from shared.api.lists import handle_reconcile
from shared.core.models import Target
from shared.jobs.chunks import pack
from shared.services import FIRST_CALLER, Job, JobLimits, Phase
from tests.unit.api.stored_jobs import CREATED, as_csv, pages, result, seen
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import HEADERS, body, refusal

LIST = json.dumps([f"user{number}@contoso.com" for number in range(3)]).encode()
WAITS = {"counts": {"changed": 1, "pending": 2}, "pass": "wait"}


@pytest.fixture
def patient(world: JobWorld) -> JobWorld:
    """A world with WAIT_FOR_USERS_MINUTES."""
    world.words["jobs"] = replace(world.words["jobs"], wait_minutes=45)
    return world


@pytest.fixture
def waiting(world: JobWorld) -> JobWorld:
    """A job that waits for two of three users, one of whom was found."""
    users = [f"user{index}@contoso.com" for index in range(3)]
    world.store.claim(Job(JOB, "f", CREATED, 3, 1, False, wait_minutes=45))
    world.store.put_list(JOB, pack([Target(upn) for upn in users], {}))
    bodies = [result(users[0], "changed"), *(result(upn, "pending") | {"changes": []} for upn in users[1:])]
    bodies[2]["userId"] = None
    for phase in Phase:
        world.store.put_results(JOB, phase, 0, bodies)
    world.engine.running(**WAITS)
    return world


def begun(world: JobWorld, query: str = "") -> tuple[int | None, int]:
    """`waitMinutes` of the order, and what the job's record says."""
    response = world.ask(handle_reconcile, LIST, query=query)
    assert response.status == 202, response.body
    job_id, order = world.engine.started[-1]
    job = world.store.find(job_id)
    assert job is not None
    return order.get("waitMinutes"), job.wait_minutes


def test_a_list_that_becomes_a_job_waits(patient: JobWorld) -> None:
    assert begun(patient) == (45, 45)


def test_a_dry_run_waits_for_nobody(patient: JobWorld) -> None:
    assert begun(patient, "dryRun=true") == (None, 0)


def test_without_the_setting_no_job_waits(world: JobWorld) -> None:
    assert begun(world) == (None, 0)


def test_a_list_that_is_answered_at_once_waits_for_nobody(patient: JobWorld) -> None:
    found = body(patient.ask(handle_reconcile, b'["nobody@contoso.com"]'))
    assert [each["code"] for each in found["results"]] == ["userNotFound"]
    assert "pending" not in found["counts"]


def test_the_status_counts_those_it_waits_for_and_promises_no_end(waiting: JobWorld) -> None:
    found = seen(waiting)
    assert (found["status"], found["counts"]["pending"], found["counts"]["changed"]) == ("running", 2, 1)
    assert (found["progress"]["done"], found["progress"]["etaSeconds"]) == (4, None)


def test_whom_it_waits_for_can_be_seen_meanwhile_and_nothing_else(waiting: JobWorld) -> None:
    (page,) = pages(waiting, "status=pending")
    assert [each["userPrincipalName"] for each in page["results"]] == ["user1@contoso.com", "user2@contoso.com"]
    assert {(each["status"], each["code"]) for each in page["results"]} == {("pending", "pending")}
    assert page["status"] == "running"
    assert as_csv(waiting, "status=pending").body.count(b"pending") >= 2
    for query in ("", "status=changed"):
        assert waiting.ask(handle_result, query=query).status == 202


def test_a_job_that_waits_for_nobody_shows_nothing_before_its_end(waiting: JobWorld) -> None:
    waiting.store._blobs.remove(f"{JOB}/job.json")
    waiting.store.claim(Job(JOB, "f", CREATED, 3, 1, False))
    assert waiting.ask(handle_result, query="status=pending").status == 202
    assert "pending" not in body(waiting.ask(handle_job))["counts"]


@pytest.mark.parametrize("output", [{"cancelled": True}, {"error": {"code": "vaultUnavailable", "detail": "d"}}])
def test_ended_early_nobody_is_pending(waiting: JobWorld, output: dict[str, object]) -> None:
    waiting.engine.ended(counts={"changed": 1, "pending": 2}, **output)
    counts = seen(waiting)["counts"]
    assert (counts["pending"], counts["skipped"], counts["failed"]) == (0, 1, 1)
    (page,) = pages(waiting)
    assert [each["code"] for each in page["results"]] == ["added", "sourceEmpty", "userNotFound"]
    assert pages(waiting, "status=pending")[0]["results"] == []


def test_whom_it_waited_for_by_id_is_not_found_and_named(waiting: JobWorld) -> None:
    waiting.store.put_list(JOB, pack([Target(id=f"id-{number}") for number in range(3)], {}))
    unread = [result("", "pending") | {"userPrincipalName": None, "userId": None, "changes": []}] * 3
    for phase in Phase:
        waiting.store.put_results(JOB, phase, 0, unread, waiting.store.results(JOB, phase, 0).version)
    (page,) = pages(waiting, "status=pending")
    assert [each["userId"] for each in page["results"]] == ["id-0", "id-1", "id-2"]
    waiting.engine.ended(cancelled=True, counts={"pending": 3})
    (page,) = pages(waiting)
    assert [each["userId"] for each in page["results"]] == ["id-0", "id-1", "id-2"]
    assert {each["code"] for each in page["results"]} == {"userNotFound"}


# MAX_OPEN_JOBS


def test_jobs_that_only_wait_are_not_open(patient: JobWorld) -> None:
    limits: JobLimits = patient.words["jobs"]
    for _ in range(limits.most_open):
        begun(patient)
    assert refusal(patient.ask(handle_reconcile, LIST, HEADERS)) == (429, "tooManyJobs")
    first = patient.engine.started[0][0]
    patient.engine.running(first, **WAITS | {"pass": "apply_chunk"})
    assert refusal(patient.ask(handle_reconcile, LIST, HEADERS)) == (429, "tooManyJobs")
    patient.engine.running(first, **WAITS)
    begun(patient)
    assert first not in patient.store.open_jobs(FIRST_CALLER)
