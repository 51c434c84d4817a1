"""A world with sweeps: the changes as a test wants them, the record in real blobs, jobs that end as they are told."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from azure.storage.blob import ContainerClient

from shared.core.models import Stop, Target
from shared.core.report import Json
from shared.core.sweep import Changed, SweepState
from shared.deadline import Deadline
from shared.jobs.chunks import USERS_IN_A_CHUNK
from shared.jobs.store import BlobJobStore
from shared.jobs.sweep import begin_sweep
from shared.records.sweeps import Sweeps
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JobWorld

Page = Changed | Stop | None


class Changes:
    """The ChangedUsers protocol: pages by link. A link nobody has prepared has no changes behind it."""

    def __init__(self) -> None:
        self.tracked = "mobile=extensionAttribute15"
        self.pages: dict[str, Page] = {}
        self.newest: str | Stop = "link-0"
        self.users: int | Stop = 0
        self.asked: list[str] = []

    def latest(self, _deadline: Deadline) -> str | Stop:
        self.asked.append("latest")
        return self.newest

    def read(self, path: str, _deadline: Deadline) -> Page:
        self.asked.append(path)
        return self.pages.get(path, Changed({}, path, is_last=True)) if path else None

    def count(self, _deadline: Deadline) -> int | Stop:
        self.asked.append("count")
        return self.users


class SweepWorld(JobWorld):
    def __init__(self, store: BlobJobStore, connect: Callable[[], ContainerClient]) -> None:
        super().__init__(store)
        self.changes, self.sweeps = Changes(), Sweeps(connect)
        self.words |= {"changed": self.changes, "sweeps": self.sweeps}

    def sweep(self) -> str | None:
        return begin_sweep(self.services(), self.engine)

    def begun(self) -> "SweepWorld":
        """The first sweep is over."""
        assert self.sweep() is None
        self.changes.asked.clear()
        return self

    @property
    def state(self) -> SweepState:
        found = self.sweeps.read()
        assert found is not None
        return replace(found, version=None)

    def change(self, link: str, *names: str, then: str, is_last: bool = True) -> None:
        """Behind this link these users have changed."""
        self.changes.pages[link] = Changed(users(*names), then, is_last)

    def listed(self, job_id: str | None) -> list[str]:
        """Whom the job is about."""
        job = self.job(job_id)
        targets = [target for chunk in range(job.chunks) for target in self.store.users(job.id, chunk)]
        return [(target.upn or target.id or "").partition("@")[0] for target in targets]

    def job(self, job_id: str | None) -> Job:
        found = self.store.find(job_id or "")
        assert found is not None
        return found

    def over(self, job_id: str | None, codes: Mapping[str, str] | None = None, **output: Any) -> None:
        """The job ends; of whom no code is told nothing is stored."""
        job = self.job(job_id)
        if codes is not None:
            bodies = [_body(name, codes[name]) for name in self.listed(job_id)]
            for begin in range(0, len(bodies), USERS_IN_A_CHUNK):
                part = bodies[begin : begin + USERS_IN_A_CHUNK]
                self.store.put_results(job.id, Phase.PLAN, begin // USERS_IN_A_CHUNK, part)
        self.engine.ended(job.id, **output)


def users(*names: str) -> dict[str, Target]:
    return {name: Target(id=name) if name.startswith("id-") else Target(f"{name}@contoso.com") for name in names}


def _body(name: str, code: str) -> Json:
    from shared.core.codes import Code

    status = Code(code).user_status.value
    is_planned = code == "planned"
    changes = [{"method": "mobile", "action": "update", "status": "planned", "code": "planned", "before": None}]
    return {
        **{"userPrincipalName": None if name.startswith("id-") else f"{name}@contoso.com", "userId": None},
        **{"status": status, "code": code, "message": "", "changes": changes if is_planned else []},
    }
