"""accept.py: the key of a job that storage has forgotten and the engine has not: a new job with the same id."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.api.frame import WebResponse
from shared.api.lists import handle_reconcile
from shared.errors import JobsUnavailable
from shared.jobs.engine import EngineState, Run
from shared.jobs.store import BlobJobStore
from shared.services import Job, Phase
from tests.unit.api.stored_jobs import job_id
from tests.unit.jobs.worlds import JobWorld, Remembering
from tests.unit.world import HEADERS, refusal

MANY = b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]'


def ask(world: JobWorld) -> WebResponse:
    return world.ask(handle_reconcile, MANY, {**HEADERS, "idempotency-key": "monthly"})


@pytest.fixture
def forgotten(world: JobWorld, connect: Callable[[], Any], days_later: Callable[..., None]) -> str:
    """A job of the same key that ended eight days ago; a plan of it is left, and the history of the engine."""
    made = job_id(ask(world))
    world.store.put_results(made, Phase.PLAN, 0, [])
    world.store.cancel(made)
    world.engine.states[made] = EngineState(Run.COMPLETED, datetime.now(UTC) - timedelta(8), None, {"counts": {}})
    days_later(8)
    connect().delete_blob(f"{made}/job.json")
    world.engine.started.clear()
    return made


def is_begun(world: JobWorld, made: str) -> bool:
    """Once, and with nothing of the earlier one."""
    assert world.engine.states[made].run is Run.PENDING
    assert world.store.results(made, Phase.PLAN, 0).bodies is None
    assert not world.store.is_cancelled(made)
    assert len(world.store.users(made, 0)) == 3
    return len(world.engine.started) == 1


def test_it_begins_anew(world: JobWorld, forgotten: str) -> None:
    assert job_id(ask(world)) == forgotten
    assert is_begun(world, forgotten)


@pytest.mark.parametrize("run", [Run.FAILED, Run.TERMINATED])
def test_however_the_earlier_one_ended(world: JobWorld, forgotten: str, run: Run) -> None:
    world.engine.states[forgotten] = replace(world.engine.states[forgotten], run=run)
    assert job_id(ask(world)) == forgotten
    assert is_begun(world, forgotten)


@pytest.mark.parametrize("step", ["put_list", "clear", "put_index", "open_job"])
def test_a_first_request_that_fails_on_the_way_is_made_good_by_its_repeat(
    world: JobWorld, forgotten: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise JobsUnavailable("away")

    with monkeypatch.context() as away:
        away.setattr(world.store, step, fail)
        assert refusal(ask(world)) == (503, "jobsUnavailable")
    assert world.engine.started == []
    assert job_id(ask(world)) == forgotten
    assert is_begun(world, forgotten)


def test_the_engine_was_away_at_the_first_try(world: JobWorld, forgotten: str) -> None:
    world.engine.trouble = JobsUnavailable("away")
    assert ask(world).status == 503
    world.engine.trouble = None
    assert job_id(ask(world)) == forgotten
    assert is_begun(world, forgotten)


def test_the_engine_fails_once_when_it_is_told_to_start(
    world: JobWorld, forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state that it has is that of the earlier job, and says nothing of this one."""
    with monkeypatch.context() as patched:
        patched.setattr(world.engine, "start", _away)
        assert refusal(ask(world)) == (503, "jobsUnavailable")
    assert world.engine.started == []
    assert job_id(ask(world)) == forgotten
    assert is_begun(world, forgotten)


def test_an_engine_that_says_no_and_has_begun_it_is_believed(
    world: JobWorld, forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = world.engine.start

    def lose_the_answer(*args: Any) -> None:
        start(*args)
        _away()

    monkeypatch.setattr(world.engine, "start", lose_the_answer)
    assert job_id(ask(world)) == forgotten
    assert is_begun(world, forgotten)


def _away(*_: object) -> None:
    raise JobsUnavailable("away")


def test_the_new_job_is_not_begun_again_when_it_has_ended(world: JobWorld, forgotten: str) -> None:
    ask(world)
    world.engine.ended(forgotten)
    assert job_id(ask(world)) == forgotten
    assert len(world.engine.started) == 1


def test_an_earlier_job_that_the_engine_still_runs_is_left_to_it(world: JobWorld, forgotten: str) -> None:
    world.engine.states[forgotten] = replace(world.engine.states[forgotten], run=Run.RUNNING)
    assert job_id(ask(world)) == forgotten
    assert world.engine.started == []


class Together(Remembering):
    """Both requests see the earlier job before one of them begins the new one."""

    def __init__(self, states: dict[str, EngineState]) -> None:
        super().__init__()
        self.states = states
        self._meet, self._seen, self._lock = threading.Barrier(2), threading.local(), threading.Lock()

    def state(self, job_id: str) -> EngineState | None:
        found = super().state(job_id)
        if not getattr(self._seen, "before", False):
            self._seen.before = True
            self._meet.wait(10)
        return found

    def start(self, job_id: str, job: dict[str, Any], orchestrator: str = "run_job") -> None:
        with self._lock:
            super().start(job_id, job, orchestrator)


class Waiting(BlobJobStore):
    """The second to clear comes to it when the job has begun and stored a plan."""

    def __init__(self, connect: Any) -> None:
        super().__init__(connect)
        self._lock, self._is_first, self.planned = threading.Lock(), True, threading.Event()

    def clear(self, job_id: str, before: datetime) -> None:
        with self._lock:
            is_first, self._is_first = self._is_first, False
        if not is_first:
            assert self.planned.wait(10)
        super().clear(job_id, before)

    def open_job(self, caller: str, job_id: str) -> None:
        super().open_job(caller, job_id)
        if not self.planned.is_set():
            self.put_results(job_id, Phase.PLAN, 0, [])
            self.planned.set()


def test_of_two_requests_at_once_none_clears_what_the_job_has_stored(
    world: JobWorld, connect: Any, forgotten: str
) -> None:
    world.engine, world.words["store"] = Together(world.engine.states), Waiting(connect)
    threads = [threading.Thread(target=ask, args=(world,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.engine.started) == 1
    assert world.store.results(forgotten, Phase.PLAN, 0).bodies == []


def test_what_was_claimed_is_what_counts(world: JobWorld, forgotten: str) -> None:
    """A repeat that comes after an hour finds the job of the first request, not one of its own time."""
    world.engine.trouble = JobsUnavailable("away")
    ask(world)
    first = world.store.find(forgotten)
    world.engine.trouble = None
    ask(world)
    assert isinstance(first, Job)
    assert world.store.find(forgotten) == first
