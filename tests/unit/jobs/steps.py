"""The steps of a whole job one by one, as its orchestrator takes them."""

from collections.abc import Callable
from typing import Any

from shared.core.models import Target
from shared.core.report import Json
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.whole import judge_plan, settle_job
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JOB, JobWorld, codes
from tests.unit.people import MOBILE
from tests.unit.world import NEW, OLD

APPLIED = "5b3d6c1e-0000-4000-8000-000000000002"
OTHER = "+46 701740607"
TWIN = "+46 709999905"  # looks like NEW when it is masked


class Run:
    """One job that was accepted."""

    def __init__(self, world: JobWorld, job_id: str, *names: str, **words: Any) -> None:
        self.world, self.id = world, job_id
        targets = [Target(f"{name}@contoso.com") for name in names]
        self.job = Job(job_id, "f", "2026-11-22T00:00:00.000Z", len(targets), count_chunks(len(targets)), **words)
        world.store.claim(self.job)
        world.store.put_list(job_id, pack(targets, {}))

    def plan(self) -> "Run":
        for chunk in range(self.job.chunks):
            self._do(plan_chunk, chunk)
        return self

    def judge(self) -> dict[str, Any]:
        return self._do(judge_plan, 0)

    def apply(self, chunk: int = 0) -> dict[str, Any]:
        return self._do(apply_chunk, chunk)

    def settle(self) -> None:
        self._do(settle_job, 0)

    def _do(self, activity: Callable[..., dict[str, Any]], chunk: int) -> dict[str, Any]:
        return activity(self.world.services(), {"jobId": self.id, "chunk": chunk})

    @property
    def verdict(self) -> Json:
        return self.world.store.verdict(self.id) or {}

    def codes(self, phase: Phase = Phase.RESULT, chunk: int = 0) -> list[object]:
        return codes(self.bodies(phase, chunk))

    def bodies(self, phase: Phase = Phase.RESULT, chunk: int = 0) -> list[Json]:
        return self.world.store.results(self.id, phase, chunk).bodies or []


def rehearsed(world: JobWorld, *names: str) -> Run:
    """A dry run that has ended."""
    run = Run(world, JOB, *names, dry_run=True).plan()
    run.judge()
    return run


def applying(world: JobWorld, *names: str, **words: Any) -> Run:
    return Run(world, APPLIED, *names, dry_run=False, applies=JOB, **words)


def mover(world: JobWorld, *names: str, desired: str = NEW) -> None:
    for name in names:
        world.directory.add(name, desired, mobile=OLD)


def desire(world: JobWorld, name: str, number: str | None) -> None:
    world.directory.users[name].attributes[MOBILE] = number  # type: ignore[index]
