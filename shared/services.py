"""Services: all that a request or an activity needs, built once for the process by `wiring`."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.core.desired import DirectorySource
from shared.core.models import ServiceAccount, Target
from shared.core.plan import Policy
from shared.core.reconcile import Directory
from shared.core.report import Json
from shared.deadline import Deadline
from shared.errors import Busy
from shared.settings.callers import NamedCaller, Require


@dataclass(frozen=True, slots=True)
class Handshake:
    """A value that opens the door until `expires_on` (None: no end)."""

    value: str = field(repr=False)
    expires_on: datetime | None = None


# The current handshake and, after a rotation, the previous one.
Secrets = tuple[Handshake, Handshake | None]


# Whose jobs they are that were accepted before callers had names: all of them came with the ordinary handshake.
FIRST_CALLER = "webhook-handshake"


class Handshakes(Protocol):
    """Handshake secrets, current and previous; with `reload_every_s` asked for again, unless that was so recently."""

    def __call__(self, deadline: Deadline, reload_every_s: float | None = None) -> Secrets: ...


class OneTimeIds(Protocol):
    """Ids of signed calls, each of which is good once. Raises StorageUnavailable."""

    def claim(self, caller: str, webhook_id: str) -> bool:
        """False if the id was used before."""
        ...

    def give_back(self, caller: str, webhook_id: str) -> None: ...


class Attempts(Protocol):
    """How often callers have failed to prove who they are, by address, in this process."""

    def wait_s(self, address: str) -> int | None:
        """None while another failure may be answered as one, else the seconds until then."""
        ...

    def note_failure(self, address: str) -> int | None:
        """Counts one more failure, unless there were too many: then as `wait_s`."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call, and what is needed to find out who does.

    While `allow_explicit` is false, `explicit_handshakes` may be empty. `callers` without a secret have no handshakes.
    """

    handshake_header: str
    handshakes: Handshakes
    explicit_handshakes: Handshakes
    allow_explicit: bool
    callers: tuple[tuple[NamedCaller, Handshakes | None], ...]
    require: Require
    believes_entra: bool
    trusted_proxies: int
    attempts: Attempts
    one_time_ids: OneTimeIds


class Phase(StrEnum):
    """A pass over all chunks, and the folder of what came of it."""

    PLAN = "plan"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Job:
    """What was accepted, from whom, and why they say it was sent. `fingerprint` tells another request under the same
    Idempotency-Key apart. `applies`: the job whose plan it carries out. `is_approved`: ceilings may be exceeded."""

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
    is_mixed: bool = True  # some users are named by name, some by id
    applies: str = ""
    is_approved: bool = False


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


class Digest(Protocol):
    """HMAC-SHA256 of the parts under the app's own key. Raises VaultUnavailable and StorageUnavailable."""

    def __call__(self, deadline: Deadline, *parts: str) -> bytes: ...


class Ledger(Protocol):
    """What everybody together removes and overwrites in a day. `id`: of a job or a request."""

    def counts(self, removals: int, overwrites: int) -> bool:
        """Whether so much has to be reserved at all."""
        ...

    def reserve(
        self, id: str, caller: str, removals: int, overwrites: int, deadline: Deadline, *, approved: bool = False
    ) -> bool:
        """Whether it fits; the same id again changes nothing. Raises StorageUnavailable."""
        ...

    def settle(self, id: str, removals: int, overwrites: int) -> None:
        """What was done of it; the rest is given back."""
        ...


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

    def put_results(
        self,
        job_id: str,
        phase: Phase,
        chunk: int,
        results: list[Json],
        version: str | None = None,
        weighed: Sequence[Weighed | None] = (),
    ) -> bool:
        """Takes the place of that version; None: of nothing. False, and nothing is stored, if that is not there."""
        ...

    def results(self, job_id: str, phase: Phase, chunk: int) -> Stored: ...

    def tallies(self, job_id: str, phase: Phase) -> dict[int, Tally]:
        """What came of every chunk that has been dealt with."""
        ...

    def weighed(self, job_id: str) -> dict[int, Sequence[Weighed | None]]:
        """What the plans of all chunks count for, user by user."""
        ...

    def verdict(self, job_id: str) -> Json | None:
        """What the guards have said about the whole plan; None until they have."""
        ...

    def put_verdict(self, job_id: str, verdict: Json) -> Json:
        """What stands: the first one, where several activities judge at once."""
        ...

    def begin(self, job_id: str, chunk: int) -> None:
        """From now on users of this chunk may be changed."""
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

    def clear(self, job: Job) -> None:
        """Removes all that an earlier job of the same id has left, and keeps the record of this one."""
        ...

    def cancel(self, job_id: str) -> None: ...
    def is_cancelled(self, job_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Longer lists than `inline_users` become jobs; `parallel` activities of one job run at once. `most_open`: how many
    jobs may be unfinished."""

    inline_users: int
    parallel: int
    patience_minutes: int
    retention_days: int
    most_open: int


class Lane:
    """Bounds one kind of work: so much of it at once, so much more that waits. Others go past it."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.threads = at_once + waiting
        self._entrance, self._places = threading.Semaphore(self.threads), threading.Semaphore(at_once)

    @contextmanager
    def entered(self, deadline: Deadline) -> Iterator[None]:
        """Waits for a place, for half of the time that is left at most. Raises Busy."""
        if not self._entrance.acquire(blocking=False):
            raise Busy("Too many requests of this kind are waiting. Nothing was done. Send it again.")
        try:
            if not self._places.acquire(timeout=deadline.remaining() / 2):
                raise Busy(
                    "Half of the time went by while this request waited for others. Nothing was done. Send it again."
                )
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._entrance.release()


@dataclass(frozen=True, slots=True)
class Lanes:
    """`lists` are those that are worked on at once; `jobs` are read and stored."""

    lists: Lane
    jobs: Lane


@dataclass(frozen=True, slots=True)
class Services:
    public_url: str | None
    access: Access
    max_body_bytes: int
    max_users: int
    deadline_s: int
    policy: Policy
    source: DirectorySource
    sign_in: Callable[[Deadline], ServiceAccount | None]
    directory: Directory
    jobs: JobLimits
    store: JobStore
    digest: Digest
    ledger: Ledger
    lanes: Lanes
