"""Jobs: what is kept of them, and the store that keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.core.listed import ListedUser
from shared.core.models import Target
from shared.core.report import Json
from shared.core.sweep import SweepFound
from shared.services.access import FIRST_CALLER

# The caller of jobs that nobody has asked for.
SWEEP = "sweep"
# The scope of a job that lists all users.
EVERYONE = "everyone"


class Phase(StrEnum):
    """A pass over all chunks, and the folder of what came of it."""

    PLAN = "plan"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Job:
    """What was accepted, from whom, and why they say it was sent. `fingerprint` tells another request under the same
    Idempotency-Key apart. `applies`: the job whose plan it carries out. `is_approved`: ceilings may be exceeded.
    `scope`: whom the job itself lists, EVERYONE or the id of a group; `users` and `chunks` are 0 until that is done.
    `delta_link`: of a sweep, where the next one goes on. `tells_drift`: its plan is reported as drift.
    `wait_minutes`: how long it waits for users who are not there yet. `callback`: the path at Graph by which it resumes
    the workflow that began it."""

    id: str
    fingerprint: str
    created_at: str
    users: int
    chunks: int
    dry_run: bool
    # Not in records of earlier versions:
    caller: str = FIRST_CALLER
    proof: str = ""
    reason: str = ""
    is_mixed: bool = True  # a user may be named twice: by name and by id, or in two spellings
    applies: str = ""
    is_approved: bool = False
    address: str = ""
    is_report: bool = False  # rows of the report instead of a plan; nothing is written
    scope: str = ""
    delta_link: str = ""
    tells_drift: bool = False
    caller_correlation_id: str = ""
    wait_minutes: int = 0
    callback: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one user's plan counts for when the whole job is judged. `number`: the tag of the mobile number desired;
    `writes`: that of all that would be written."""

    removals: int
    overwrites: int
    number: str = ""
    writes: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """The users' results of one chunk, and which version of them that is; both None where nothing is stored.

    `weighed`: one for each user of a plan, None for who was not found. Plans of earlier versions have none.
    """

    bodies: list[Json] | None
    version: str | None
    weighed: Sequence[Weighed | None] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Users by status; those of them for whom something is planned, by status too; removals planned."""

    counts: Mapping[str, int] = field(default_factory=dict)
    to_be_written: Mapping[str, int] = field(default_factory=dict)
    removals: int = 0


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job as the list of jobs knows it. `position` is where it stands there; what stands behind it is older."""

    position: str
    id: str
    caller: str
    created_at: datetime
    users: int
    dry_run: bool
    is_report: bool


@dataclass(frozen=True, slots=True)
class ListedPage:
    """`users`: each with the userPrincipalName; `next`: the path of the page behind this one."""

    users: Sequence[tuple[str, ListedUser]]
    next: str | None


class JobStore(Protocol):
    """What is kept of jobs. Raises JobsUnavailable when storage does not do what it is asked."""

    def claim(self, job: Job) -> Job:
        """Writes what was accepted, unless the id is taken: then what it was taken for."""
        ...

    def find(self, job_id: str) -> Job | None: ...
    def put_list(self, job_id: str, packed: bytes) -> None: ...
    def get_list(self, job_id: str) -> bytes | None: ...

    def users(self, job_id: str, chunk: int) -> dict[Target, tuple[str, ...]]:
        """The users of one chunk in order, with the ignored names of each."""
        ...

    def listed_users(self, job_id: str, chunk: int) -> dict[Target, ListedUser]:
        """The same of users whom the job has listed, as they were then."""
        ...

    def page(self, job_id: str, page: int) -> ListedPage | None:
        """A page of the listing; None: not read yet."""
        ...

    def put_page(self, job_id: str, page: int, content: ListedPage) -> ListedPage:
        """What stands: the first one, where several activities list at once."""
        ...

    def put_listing(self, job_id: str, users: int, packed: bytes) -> None:
        """The list of a job that has read all pages."""
        ...

    def swept(self, job_id: str) -> SweepFound | None:
        """What the sweep of this job has found; None: it has not looked yet."""
        ...

    def put_swept(self, job_id: str, found: SweepFound) -> SweepFound:
        """What stands: the first, where two look at once."""
        ...

    def put_results(
        self,
        job_id: str,
        phase: Phase,
        chunk: int,
        results: list[Json],
        version: str | None = None,
        weighed: Sequence[Weighed | None] = (),
    ) -> bool:
        """Replaces the results of this version, or with None stores the first ones. Returns False and stores nothing if
        another version is there."""
        ...

    def results(self, job_id: str, phase: Phase, chunk: int) -> Stored: ...

    def tallies(self, job_id: str, phase: Phase) -> dict[int, Tally]:
        """What came of every chunk that has been dealt with."""
        ...

    def weighed(self, job_id: str) -> dict[int, Sequence[Weighed | None]]:
        """What the plans of all chunks count for, user by user."""
        ...

    def verdict(self, job_id: str, round: int = 0) -> Json | None:
        """What the guards have said about the whole plan; None until they have. `round`: how often the job had waited
        for users by then."""
        ...

    def put_verdict(self, job_id: str, verdict: Json, round: int = 0) -> Json:
        """What stands: the first one, where several activities judge at once."""
        ...

    def verdicts(self, job_id: str) -> list[Json]:
        """What was said in all rounds."""
        ...

    def begin(self, job_id: str, chunk: int, round: int = 0, version: str | None = None) -> None:
        """From now on users of this chunk may be changed. `version`: of the results that there are by now."""
        ...

    def begun_on(self, job_id: str, round: int, chunk: int | None = None) -> dict[int, str]:
        """The chunks, or this one, that were begun in this round, and the version that was given ("": none)."""
        ...

    def has_begun_on(self, job_id: str, chunk: int, version: str | None) -> bool:
        """Whether a run, in whichever round, has begun on this version of the results."""
        ...

    def begun(self, job_id: str) -> set[int]:
        """The chunks of which users may have been changed."""
        ...

    def count_chunks(self, job_id: str, phase: Phase) -> int:
        """How many chunks have been dealt with."""
        ...

    def put_index(self, caller: str, job: Job) -> None:
        """Lists a job among those of its caller. Doing it again changes nothing."""
        ...

    def listed(self, callers: Sequence[str] | None, after: str, count: int) -> list[ListedJob]:
        """The newest jobs of these callers behind the position `after` ("": from the newest on). None: everybody's."""
        ...

    def open_jobs(self, caller: str) -> list[str]:
        """The ids of the jobs of a caller that may be unfinished."""
        ...

    def open_job(self, caller: str, job_id: str) -> None: ...
    def close_job(self, caller: str, job_id: str) -> None: ...

    def clear(self, job_id: str, before: datetime) -> None:
        """Removes the blobs of a job that have not been changed since then: what an earlier one of that id has left."""
        ...

    def cancel(self, job_id: str) -> None: ...
    def is_cancelled(self, job_id: str) -> bool: ...


class Parts(Protocol):
    """What the activities of a report leave for each other, by name. Raises StorageUnavailable."""

    def __hash__(self) -> int: ...

    def get(self, job_id: str, name: str) -> bytes | None: ...

    def put(self, job_id: str, name: str, content: bytes) -> None:
        """The first one stands: an activity may run twice."""
        ...
