"""api/jobs.py: who may look, how a job is getting on, its cancellation."""

from typing import Any

import pytest

from sandbox.storage import SandboxStorage
from shared.api.jobs import handle_cancel, handle_job
from shared.errors import JobsUnavailable
from shared.jobs.engine import EngineState, Run
from shared.services import Phase
from tests.unit.api.stored_jobs import CREATED, ROUTES, TOO_MANY, seen, stored
from tests.unit.jobs.worlds import JOB, HandleJob, JobWorld
from tests.unit.world import EXPLICIT_HEADERS, World, body, refusal

# Who may look


@ROUTES
def test_without_the_handshake_not_even_whether_a_job_is_known(world: JobWorld, handle: HandleJob) -> None:
    stored(world, "changed")
    answers = [world.ask(handle, headers={}), world.ask(handle, headers={}, job_id="unknown")]
    assert [refusal(answer) for answer in answers] == [(401, "unauthorized")] * 2


@ROUTES
def test_the_explicit_handshake_opens_it_too(world: JobWorld, handle: HandleJob) -> None:
    world.allow_explicit()
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    assert world.ask(handle, headers=EXPLICIT_HEADERS).status == 200


@ROUTES
@pytest.mark.parametrize(
    "job_id",
    [
        *("", "x", "..", "../jobs", f"{JOB}/../{JOB}", f"{JOB}/job.json", f"{JOB}%2Finput", f"{JOB}\n", f"{JOB}x"),
        JOB.replace("1", "2"),
    ],
)
def test_ids_that_are_no_job(world: JobWorld, handle: HandleJob, job_id: str) -> None:
    stored(world, "changed")
    assert refusal(world.ask(handle, job_id=job_id)) == (404, "jobNotFound")


@pytest.mark.parametrize("job_id", ["..", "a" * 5000, f"{JOB}/input"])
def test_what_is_no_guid_never_reaches_the_storage(world: JobWorld, job_id: str) -> None:
    world.words["store"] = World().services().store
    assert refusal(world.ask(handle_job, job_id=job_id)) == (404, "jobNotFound")


@ROUTES
@pytest.mark.parametrize("where", ["storage", "engine"])
def test_storage_or_engine_away(world: JobWorld, storage: SandboxStorage, handle: HandleJob, where: str) -> None:
    stored(world, "changed")
    if where == "storage":
        storage.fail(100)
    else:
        world.engine.trouble = JobsUnavailable("away")
    assert refusal(world.ask(handle)) == (503, "jobsUnavailable")


# Status


def test_accepted_and_not_begun(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    response = world.ask(handle_job)
    found = body(response)
    assert int(response.headers["Retry-After"]) > 0
    assert (found["jobId"], found["status"], found["createdAt"], found["updatedAt"]) == (
        *(JOB, "notStarted"),
        *(CREATED, CREATED),
    )
    assert found["counts"] == {"users": 1, "unchanged": 0, "changed": 0, "planned": 0, "skipped": 0, "failed": 0}
    assert (found["progress"]["done"], found["progress"]["total"], found["progress"]["percent"]) == (0, 2, 0)
    assert found["progress"]["etaSeconds"] is None
    assert "error" not in found


@pytest.mark.parametrize(
    ("output", "status"),
    [
        ({"counts": {"changed": 2}}, "succeeded"),
        ({"counts": {"skipped": 2}}, "succeeded"),
        ({"counts": {"changed": 1, "failed": 1}}, "partial"),
        ({"counts": {"failed": 2}}, "failed"),
        ({"counts": {"changed": 2}, "error": TOO_MANY}, "failed"),
        ({"counts": {"changed": 1}, "cancelled": True}, "cancelled"),
        ({"counts": {}, "error": {"code": "vaultUnavailable", "detail": "d"}}, "failed"),
    ],
)
def test_a_job_that_ended(world: JobWorld, output: dict[str, Any], status: str) -> None:
    stored(world, "changed", "failed")
    world.engine.ended(**output)
    response = world.ask(handle_job)
    assert body(response)["status"] == status
    assert "Retry-After" not in response.headers
    assert body(response).get("error") == output.get("error")


def test_a_job_that_broke_down_says_no_more_than_where_to_look(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    world.engine.states[JOB] = EngineState(Run.FAILED, None, None, None)
    found = seen(world)
    assert (found["status"], found["error"]["code"]) == ("failed", "internal")
    assert found["counts"]["skipped"] == 1


def test_a_job_that_an_operator_terminated(world: JobWorld) -> None:
    stored(world, "changed", phases=(Phase.PLAN,))
    world.engine.states[JOB] = EngineState(Run.TERMINATED, None, None, None)
    assert seen(world)["status"] == "cancelled"


# Cancelling


@pytest.mark.parametrize("run", [Run.PENDING, Run.RUNNING])
def test_cancelling_leaves_a_marker(world: JobWorld, run: Run) -> None:
    stored(world, "changed")
    world.engine.states[JOB] = EngineState(run, None, None, None)
    response = world.ask(handle_cancel)
    assert response.status == 200
    assert int(response.headers["Retry-After"]) > 0
    assert world.store.is_cancelled(JOB)


def test_a_job_that_was_accepted_and_not_begun_is_cancelled_too(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    world.ask(handle_cancel)
    assert world.store.is_cancelled(JOB)


def test_a_finished_job_stays_what_it_is(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    assert body(world.ask(handle_cancel))["status"] == "succeeded"
    assert not world.store.is_cancelled(JOB)
