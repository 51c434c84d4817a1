"""accept.py: one Idempotency-Key is one job, whatever comes between."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from shared.api.frame import WebResponse
from shared.api.lists import handle_reconcile
from shared.core.models import Target
from shared.errors import JobsUnavailable
from shared.jobs.activities import plan_chunk
from shared.jobs.engine import EngineState, Run
from shared.jobs.store import BlobJobStore
from shared.services import Job, Phase
from tests.unit.api.stored_jobs import job_id
from tests.unit.jobs.worlds import JobWorld, Remembering
from tests.unit.world import HEADERS, refusal

MANY = b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]'
KEY = "4711"


def keyed(world: JobWorld, raw: bytes = MANY, query: str = "", key: str = KEY) -> WebResponse:
    return world.ask(handle_reconcile, raw, {**HEADERS, "idempotency-key": key}, query)


def test_without_a_key_every_request_is_a_job(world: JobWorld) -> None:
    assert len({job_id(world.ask(handle_reconcile, MANY)) for _ in range(2)}) == 2
    assert job_id(keyed(world, key="")) != job_id(keyed(world, key="  "))


def test_the_same_request_again_is_the_same_job(world: JobWorld) -> None:
    first, again = keyed(world, query="dryRun=true"), keyed(world, query="dryRun=true")
    assert job_id(first) == job_id(again)
    assert len(world.engine.started) == 1


@pytest.mark.parametrize("run", list(Run))
def test_however_far_the_job_is_it_is_not_begun_again(world: JobWorld, run: Run) -> None:
    made = job_id(keyed(world))
    world.engine.states[made] = EngineState(run, None, None, None)
    assert job_id(keyed(world)) == made
    assert len(world.engine.started) == 1


@pytest.mark.parametrize(
    ("raw", "query"),
    [(MANY + b" ", ""), (MANY.replace(b"anna", b"dee"), ""), (MANY, "dryRun=true"), (MANY, "dryRun=false")],
)
def test_the_same_key_for_anything_else(world: JobWorld, raw: bytes, query: str) -> None:
    made = job_id(keyed(world))
    assert refusal(keyed(world, raw, query)) == (422, "idempotencyConflict")
    assert [name for name, _ in world.engine.started] == [made]
    assert next(iter(world.store.users(made, 0))) == Target("anna@contoso.com")


def test_another_key_is_another_job(world: JobWorld) -> None:
    assert job_id(keyed(world)) != job_id(keyed(world, key=f"{KEY}0"))


def test_the_id_does_not_tell_the_key(world: JobWorld) -> None:
    made = job_id(keyed(world))
    assert UUID(made).version == 4
    assert KEY not in made


class Killed(Exception):
    pass


class Dying(BlobJobStore):
    """The process is killed, once, when it stores the list: before it is stored, or after."""

    def __init__(self, connect: Any, *, after: bool) -> None:
        super().__init__(connect)
        self._after, self._dies = after, True

    def put_list(self, job_id: str, packed: bytes) -> None:
        if self._dies and not self._after:
            self._dies = False
            raise Killed
        super().put_list(job_id, packed)
        if self._dies:
            self._dies = False
            raise Killed


class Interrupted(BlobJobStore):
    """When the first request has taken the id, something else happens before it goes on."""

    def __init__(self, connect: Any, meanwhile: Callable[[], object]) -> None:
        super().__init__(connect)
        self._todo = [meanwhile]

    def claim(self, job: Job) -> Job:
        claimed = super().claim(job)
        for happens in self._todo[:]:
            self._todo.clear()
            happens()
        return claimed


def test_a_request_that_falls_behind_does_not_clear_the_job_that_a_repeat_of_it_has_begun(
    world: JobWorld, connect: Any
) -> None:
    begun: list[str] = []

    def repeat() -> None:
        begun.append(job_id(keyed(world)))
        plan_chunk(world.services(), {"jobId": begun[0], "chunk": 0})

    world.words["store"] = Interrupted(connect, repeat)
    assert job_id(keyed(world)) == begun[0]
    assert len(world.engine.started) == 1
    assert world.store.results(begun[0], Phase.PLAN, 0).bodies is not None


@pytest.mark.parametrize("after", [False, True], ids=["before the list", "after the list"])
def test_a_request_that_was_cut_off_is_finished_by_the_next(world: JobWorld, connect: Any, after: bool) -> None:
    world.words["store"] = Dying(connect, after=after)
    assert keyed(world).status == 500
    assert world.engine.started == []
    made = job_id(keyed(world))
    assert [name for name, _ in world.engine.started] == [made]
    assert len(world.store.users(made, 0)) == 3


def test_the_engine_was_away_at_the_first_try(world: JobWorld) -> None:
    world.engine.trouble = JobsUnavailable("away")
    assert keyed(world).status == 503
    world.engine.trouble = None
    assert [name for name, _ in world.engine.started] == [] != job_id(keyed(world))
    assert len(world.engine.started) == 1


class Meeting(Remembering):
    """All requests see that the job is not known, before the first of them starts it."""

    def __init__(self, requests: int) -> None:
        super().__init__()
        self._meet, self._lock = threading.Barrier(requests), threading.Lock()
        self._seen = threading.local()

    def state(self, job_id: str) -> EngineState | None:
        if not getattr(self._seen, "before", False):
            self._seen.before = True
            self._meet.wait(10)
            return None
        return super().state(job_id)

    def start(self, job_id: str, job: dict[str, Any]) -> None:
        with self._lock:
            super().start(job_id, job)


def test_two_requests_with_one_key_at_once(world: JobWorld) -> None:
    world.engine = Meeting(2)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(job_id(keyed(world)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 2
    assert len(world.engine.started) == 1
