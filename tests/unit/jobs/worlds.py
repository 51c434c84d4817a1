"""A world with jobs: services with real blobs, an engine that remembers, and the steps of a job one by one."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.api.frame import WebRequest, WebResponse
from shared.core.models import Target
from shared.core.report import Json
from shared.errors import JobsUnavailable
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import Engine, EngineState, Run
from shared.jobs.store import BlobJobStore
from shared.services import Job, JobLimits, Phase, Services
from tests.unit.world import HEADERS, NEW, OLD, ORIGIN, World

JOB = "5b3d6c1e-0000-4000-8000-000000000001"
NOBODY = [f"nobody{index}" for index in range(200)]  # as many as a chunk holds
HandleJob = Callable[[WebRequest, Callable[[], Services], Engine], WebResponse]


class Remembering:
    """The Engine protocol over a dictionary. As the real one, it refuses to start what is running."""

    def __init__(self) -> None:
        self.states: dict[str, EngineState] = {}
        self.started: list[tuple[str, dict[str, Any]]] = []
        self.trouble: Exception | None = None

    def start(self, job_id: str, job: dict[str, Any], orchestrator: str = "run_job") -> None:  # noqa: ARG002 - one kind
        if self.trouble is not None:
            raise self.trouble
        if job_id in self.states and self.states[job_id].run in (Run.PENDING, Run.RUNNING):
            raise JobsUnavailable("an orchestration with this id is running")
        self.started.append((job_id, job))
        self.states[job_id] = EngineState(Run.PENDING, None, None, None)

    def terminate(self, job_id: str) -> None:
        self.states[job_id] = EngineState(Run.TERMINATED, datetime.now(UTC), None, None)

    def state(self, job_id: str) -> EngineState | None:
        if self.trouble is not None:
            raise self.trouble
        return self.states.get(job_id)

    def ended(self, job_id: str = JOB, **output: Any) -> None:
        nothing = {"counts": {}, "removals": 0, "throttled": 0, "cancelled": False, "error": None}
        self.states[job_id] = EngineState(Run.COMPLETED, datetime.now(UTC), None, {**nothing, **output})

    def running(self, job_id: str = JOB, **custom: Any) -> None:
        self.states[job_id] = EngineState(Run.RUNNING, datetime.now(UTC), custom, None)


class JobWorld(World):
    def __init__(self, store: BlobJobStore) -> None:
        super().__init__()
        self.store, self.engine = store, Remembering()
        limits = JobLimits(inline_users=2, parallel=4, patience_minutes=60, retention_days=7, most_open=5)
        self.words |= {"store": store, "jobs": limits, "max_users": 2000, "max_body_bytes": 1_000_000}

    def ask(
        self,
        handle: HandleJob,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: str = "",
        job_id: str = JOB,
    ) -> WebResponse:
        sent = WebRequest(body, HEADERS if headers is None else headers, query, {"id": job_id}, ORIGIN)
        return handle(sent, self.services, self.engine)

    def accepted(self, *names: str, dry_run: bool = False, ids: tuple[str, ...] = ()) -> None:
        """A job with these users, by name and by object id, as the route would leave it."""
        targets = [*(Target(f"{name}@contoso.com") for name in names), *(Target(id=user_id) for user_id in ids)]
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.store.claim(Job(JOB, "f", created, len(targets), count_chunks(len(targets)), dry_run))
        self.store.put_list(JOB, pack(targets, {}))

    def plan(self, chunk: int = 0) -> dict[str, Any]:
        return plan_chunk(self.services(), {"jobId": JOB, "chunk": chunk})

    def apply(self, chunk: int = 0) -> dict[str, Any]:
        return apply_chunk(self.services(), {"jobId": JOB, "chunk": chunk})

    def planned(self, chunk: int = 0) -> list[Json]:
        return self._stored(Phase.PLAN, chunk)

    def results(self, chunk: int = 0) -> list[Json]:
        return self._stored(Phase.RESULT, chunk)

    def _stored(self, phase: Phase, chunk: int) -> list[Json]:
        found = self.store.results(JOB, phase, chunk).bodies
        assert found is not None
        return found


def with_anna_bo_and_cy(world: JobWorld) -> JobWorld:
    """Anna's number is old, Bo has the right one, Cy has none yet."""
    world.directory.add("anna", NEW, mobile=OLD)
    world.directory.add("bo", NEW, mobile=NEW)
    world.directory.add("cy", NEW)
    return world


def codes(bodies: list[Json]) -> list[object]:
    return [body["code"] for body in bodies]
