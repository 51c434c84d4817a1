"""A job that waits for users, run by its orchestrator in virtual time with the real activities and real blobs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.core.models import Target
from shared.core.report import Json
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.orchestrate import Data, run_job
from shared.jobs.order import is_mixed, order_of
from shared.jobs.results import JobResults
from shared.jobs.whole import judge_plan, mark_duplicates, settle_job
from shared.services import Job, Services
from tests.unit.jobs.driver import BEGIN, Engine
from tests.unit.jobs.worlds import JOB, JobWorld

ACTIVITIES: dict[str, Callable[[Services, Data], Data]] = {
    "plan_chunk": plan_chunk,
    "apply_chunk": apply_chunk,
    "judge_plan": judge_plan,
    "mark_duplicates": mark_duplicates,
    "settle_job": settle_job,
}


class Waiting:
    """`at(40, ...)` changes the world when 40 minutes have gone by. `before_each` is asked before each activity."""

    def __init__(self, world: JobWorld, *names: str, minutes: int = 60, **words: Any) -> None:
        self.world, self.engine = world, Engine(self._do)
        self._later: list[tuple[float, Callable[[], object]]] = []
        self.watch: Callable[[str], None] = lambda _: None
        targets = [Target(id=name) if name.startswith("id-") else Target(f"{name}@contoso.com") for name in names]
        chunks = count_chunks(len(targets))
        usual = {"dry_run": False, "is_mixed": is_mixed(targets), "wait_minutes": minutes}
        self.job = Job(JOB, "f", "2026-11-22T00:00:00.000Z", len(targets), chunks, **{**usual, **words})
        world.store.claim(self.job)
        world.store.put_list(JOB, pack(targets, {}))

    def at(self, minute: float, change: Callable[[], object]) -> None:
        self._later.append((minute, change))

    @property
    def minute(self) -> float:
        return (self.engine.now - BEGIN) / timedelta(minutes=1)

    def run(self) -> Data:
        order = order_of(self.job, self.world.services().jobs, "5b3d6c1e-0000-4000-8000-00000000000c")
        return self.engine.run(run_job, order)

    def _do(self, name: str, _chunk: int) -> Data:
        due = [entry for entry in self._later if entry[0] <= self.minute]
        self._later = [entry for entry in self._later if entry not in due]
        for _, change in due:
            change()
        self.watch(name)
        return ACTIVITIES[name](self.world.services(), self.engine.sent)

    def results(self, *, is_over: bool = True) -> list[Json]:
        found = JobResults(self.job, self.world.store, ends_with_plan=False, is_over=is_over)
        return [body for _, body in found.bodies(0, None)]

    def codes(self, *, is_over: bool = True) -> list[object]:
        return [body["code"] for body in self.results(is_over=is_over)]

    def counts(self) -> dict[str, int]:
        found = JobResults(self.job, self.world.store, ends_with_plan=False).counts()
        return {status: count for status, count in found.items() if count}
