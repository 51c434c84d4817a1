"""api/jobs.py: a job that is being cancelled, and times that do not run backwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.api.jobs import handle_cancel, handle_job, handle_result
from shared.jobs.engine import EngineState, Run
from tests.unit.api.stored_jobs import CREATED, seen, stored
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import body

RUNNING = EngineState(Run.RUNNING, None, None, None)
STATES = [None, replace(RUNNING, run=Run.PENDING), RUNNING]


@pytest.mark.parametrize("state", STATES, ids=["not begun", "pending", "running"])
def test_a_cancelled_job_that_is_not_over_is_cancelling(world: JobWorld, state: EngineState | None) -> None:
    stored(world, "changed")
    if state is not None:
        world.engine.states[JOB] = state
    assert body(world.ask(handle_cancel))["status"] == "cancelling"
    response = world.ask(handle_job)
    assert (body(response)["status"], int(response.headers["Retry-After"]) > 0) == ("cancelling", True)
    result = world.ask(handle_result)
    assert (result.status, body(result)["status"]) == (202, "cancelling")
    assert body(world.ask(handle_cancel))["status"] == "cancelling"


def test_when_it_is_over_it_is_cancelled(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.states[JOB] = RUNNING
    world.ask(handle_cancel)
    world.engine.ended(cancelled=True)
    assert seen(world)["status"] == "cancelled"
    assert world.ask(handle_result).status == 200


def test_a_job_that_was_done_before_it_saw_the_marker_says_so(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.states[JOB] = RUNNING
    world.ask(handle_cancel)
    world.engine.ended(counts={"changed": 1})
    assert seen(world)["status"] == "succeeded"


@pytest.mark.parametrize("seconds", [-3600, -0.4, 0])
def test_the_engines_clock_never_dates_news_before_the_beginning(world: JobWorld, seconds: float) -> None:
    stored(world, "changed")
    updated = datetime.fromisoformat(CREATED) + timedelta(seconds=seconds)
    world.engine.states[JOB] = replace(RUNNING, updated_at=updated)
    found = seen(world)
    assert found["updatedAt"] == found["createdAt"] == CREATED


def test_later_news_have_their_own_time(world: JobWorld) -> None:
    stored(world, "changed")
    updated = datetime.fromisoformat(CREATED) + timedelta(seconds=90)
    world.engine.states[JOB] = replace(RUNNING, updated_at=updated.astimezone(UTC))
    assert datetime.fromisoformat(seen(world)["updatedAt"]) == updated
