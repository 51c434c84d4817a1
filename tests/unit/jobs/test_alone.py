"""jobs/alone.py: what a clock begins, one at a time."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ContainerClient

from shared.core.models import Stop
from shared.errors import ConfigurationError, JobsUnavailable
from shared.jobs.alone import LONGEST, check, run_check, run_sweep, sweep, tick
from shared.jobs.engine import EngineState, Run
from shared.jobs.store import BlobJobStore
from tests.unit.jobs.driver import BEGIN, Engine
from tests.unit.jobs.sweeps import SweepWorld
from tests.unit.jobs.worlds import Remembering


@pytest.fixture
def world(store: BlobJobStore, connect: Callable[[], ContainerClient]) -> SweepWorld:
    return SweepWorld(store, connect)


def is_running(since: timedelta) -> EngineState:
    return EngineState(Run.RUNNING, datetime.now(UTC) - since, None, None)


@pytest.mark.parametrize("run", [None, Run.COMPLETED, Run.FAILED, Run.TERMINATED])
def test_a_clock_begins_what_does_not_run(run: Run | None) -> None:
    engine = Remembering()
    if run is not None:
        engine.states["sweep"] = EngineState(run, datetime.now(UTC), None, None)
    tick(engine, "sweep")
    assert [name for name, _ in engine.started] == ["sweep"]


@pytest.mark.parametrize(("name", "said"), [("sweep", "sweep"), ("check", "drift check")])
def test_what_runs_is_let_alone_until_an_hour_is_over(name: str, said: str, caplog: pytest.LogCaptureFixture) -> None:
    engine = Remembering()
    engine.states[name] = is_running(LONGEST - timedelta(minutes=1))
    tick(engine, name)
    assert engine.started == []
    engine.states[name] = is_running(LONGEST + timedelta(minutes=1))
    with caplog.at_level(logging.ERROR):
        tick(engine, name)
    assert [started for started, _ in engine.started] == [name]
    assert f"The {said} has not ended after an hour" in caplog.text


def test_a_host_that_was_slower_than_another_one_says_nothing() -> None:
    engine = Remembering()

    def lost(job_id: str, _job: dict[str, object], _orchestrator: str = "") -> None:
        engine.states[job_id] = is_running(timedelta())
        raise JobsUnavailable("it is running")

    engine.start = lost  # type: ignore[method-assign,assignment]
    tick(engine, "sweep")


def test_an_engine_that_does_not_answer_is_told() -> None:
    engine = Remembering()
    engine.trouble = JobsUnavailable("away")
    with pytest.raises(JobsUnavailable):
        tick(engine, "sweep")


@pytest.mark.parametrize(("orchestrator", "activity"), [(sweep, "begin_sweep"), (check, "begin_check")])
def test_each_is_one_activity_that_knows_when_it_was_begun(orchestrator: object, activity: str) -> None:
    asked: list[object] = []

    class Once(Engine):
        def _do(self, step: object) -> object:
            asked.append(step.asked)  # type: ignore[attr-defined]
            return {"jobId": "a"}

    assert Once(lambda *_: {}).run(orchestrator, {}) == {"jobId": "a"}  # type: ignore[arg-type]
    assert asked == [(activity, {"at": BEGIN.isoformat()})]


def test_what_fails_is_told_and_the_next_one_tries_again(world: SweepWorld, caplog: pytest.LogCaptureFixture) -> None:
    world.changes.newest = Stop("forbidden", "No.", ConfigurationError("to list users, the app needs User.Read.All"))  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        assert run_sweep(world.services(), world.engine, {}) == {"jobId": None, "error": "configuration"}
    assert "User.Read.All" in caplog.text
    world.changes.newest = "link-0"
    assert run_sweep(world.services(), world.engine, {}) == {"jobId": None}


def test_an_unforeseen_fault_leaves_nothing_of_a_user_in_the_history(world: SweepWorld) -> None:
    def bad(*_: object) -> None:
        raise ValueError("anna@contoso.com")

    world.changes.latest = bad  # type: ignore[method-assign,assignment]
    with pytest.raises(RuntimeError) as fault:
        run_sweep(world.services(), world.engine, {})
    assert "anna" not in str(fault.value)
    assert fault.value.__cause__ is None


def test_a_check_is_a_dry_run_of_everyone_and_begun_once(world: SweepWorld) -> None:
    first, again = (run_check(world.services(), world.engine, {"at": "noon"}) for _ in range(2))
    assert first == again
    ((job_id, order),) = world.engine.started
    job = world.job(job_id)
    assert (job.dry_run, job.scope, job.caller, job.tells_drift) == (True, "everyone", "sweep", True)
    assert json.loads(json.dumps(order)) == order
    assert (order["tellsDrift"], order["lists"], order["dryRun"]) == (True, True, True)
    assert run_check(world.services(), world.engine, {"at": "midnight"}) != first


def test_a_check_that_is_repeated_when_it_has_listed_keeps_its_list(world: SweepWorld) -> None:
    job_id = run_check(world.services(), world.engine, {"at": "noon"})["jobId"]
    world.store.put_listing(job_id, 1, b"the list")
    world.engine.ended(job_id)
    run_check(world.services(), world.engine, {"at": "noon"})
    assert world.store.get_list(job_id) == b"the list"
    assert len(world.engine.started) == 1
