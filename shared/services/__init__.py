"""Services: all that a request or an activity needs, built once for the process by `wiring`."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.core.audit import Tags
from shared.core.desired import DirectorySource
from shared.core.listed import UserPage
from shared.core.models import ServiceAccount, Stop
from shared.core.plan import Policy
from shared.core.reconcile import Directory
from shared.core.report import Json
from shared.core.survey.graph import Survey
from shared.core.sweep import Changed, SweepState
from shared.deadline import Deadline
from shared.errors import Busy, StorageUnavailable, VaultUnavailable
from shared.log import get_logger
from shared.services.access import FIRST_CALLER, Access, Handshake, Handshakes, Secrets
from shared.services.check import Probes
from shared.services.jobs import (
    EVERYONE,
    SWEEP,
    Job,
    JobStore,
    ListedJob,
    ListedPage,
    Parts,
    Phase,
    Stored,
    Tally,
    Weighed,
)

__all__ = [
    "EVERYONE",
    "FIRST_CALLER",
    "SWEEP",
    "Access",
    "Handshake",
    "Handshakes",
    "Job",
    "JobLimits",
    "JobStore",
    "Lane",
    "Lanes",
    "ListedJob",
    "ListedPage",
    "Parts",
    "Phase",
    "Probes",
    "Secrets",
    "Services",
    "Stored",
    "Tally",
    "Weighed",
    "Workflows",
]

# An audit record without the tag of its number is better than one that comes too late.
KEY_LIMIT_S = 2.0

_log = get_logger(__name__)


class Digest(Protocol):
    """HMAC-SHA256 of the parts under the app's own key. Raises VaultUnavailable and StorageUnavailable."""

    def __call__(self, deadline: Deadline, *parts: str) -> bytes: ...


class Audit(Protocol):
    """The trail of who did what to whom (core/audit)."""

    def note(self, records: Sequence[Json]) -> None:
        """What has happened. Never raises: what cannot be kept is in the log."""
        ...

    def intend(self, records: Sequence[Json]) -> None:
        """What is about to be written. Raises StorageUnavailable if that cannot be kept: it must not be written."""
        ...


class Ledger(Protocol):
    """What everybody together removes and overwrites in a day. `id`: of a job or a request."""

    def counts(self, removals: int, overwrites: int, caller: str = "") -> bool:
        """Whether so much has to be reserved at all."""
        ...

    def used(self, caller: str, but: str, deadline: Deadline) -> tuple[int, int]:
        """Removals and overwrites that a caller holds today, without those of one id. Raises StorageUnavailable."""
        ...

    def reserve(
        self, id: str, caller: str, removals: int, overwrites: int, deadline: Deadline, *, approved: bool = False
    ) -> bool:
        """Whether it fits; `approved`: it is held in any case. The same id again changes nothing.
        Raises StorageUnavailable."""
        ...

    def settle(self, id: str, removals: int, overwrites: int) -> None:
        """What was done of it; the rest is given back."""
        ...


class UserPages(Protocol):
    """Everyone, or the members of a group, page by page."""

    def first(self, group_id: str) -> str:
        """The path of the first page; `group_id` "": of everyone."""
        ...

    def read(self, path: str, deadline: Deadline) -> UserPage | Stop:
        """A page, or why there is none. Its Stop has a cause where asking again would not help. Raises
        ConfigurationError."""
        ...


class ChangedUsers(Protocol):
    """Who has changed in what is read of users. A link goes with `tracked` only."""

    tracked: str

    def latest(self, deadline: Deadline) -> str | Stop:
        """The link from now on."""
        ...

    def read(self, path: str, deadline: Deadline) -> Changed | Stop | None:
        """None: Graph does not know this link any more."""
        ...

    def count(self, deadline: Deadline) -> int | Stop:
        """How many users there are in the directory."""
        ...


class SweepRecord(Protocol):
    """Raises StorageUnavailable."""

    def read(self) -> SweepState | None:
        """None: there has never been a sweep."""
        ...

    def replace(self, new: SweepState, old: SweepState | None) -> bool:
        """False, and nothing is written, where another one was faster."""
        ...


class Workflows(Protocol):
    """Lifecycle workflows that wait for a job."""

    def resume(self, path: str, deadline: Deadline, *, is_completed: bool) -> bool:
        """`path`: at Graph, checked. Doing it again changes nothing. False: the task does not wait. Raises
        WorkflowNotResumed."""
        ...


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Longer lists than `inline_users` become jobs; `parallel` activities of one job run at once. `most_open`: how many
    jobs may be unfinished. `wait_minutes`: how long a job waits for users who are not there yet; 0: not at all."""

    inline_users: int
    parallel: int
    patience_minutes: int
    retention_days: int
    most_open: int
    wait_minutes: int = 0


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
                raise Busy("This request waited in the queue for half of its time. Nothing was done. Send it again.")
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
    # For requests whose values the caller names: what attributes hold does not matter, and is not asked for.
    explicit_directory: Directory
    pages: UserPages
    changed: ChangedUsers
    sweeps: SweepRecord
    jobs: JobLimits
    store: JobStore
    digest: Digest
    ledger: Ledger
    audit: Audit
    lanes: Lanes
    survey: Survey
    parts: Parts
    workflows: Workflows
    logs_user_names: bool
    # The expiry date of each secret in use that has one. Raises VaultUnavailable.
    secret_ends: Callable[[Deadline], Mapping[str, datetime]]
    probes: Probes

    def tags(self) -> Tags:
        """Tags of numbers for audit records. The log says why they have none."""
        deadline = Deadline(KEY_LIMIT_S)

        def keyed(*parts: str) -> bytes:
            try:
                return self.digest(deadline, *parts)
            except (StorageUnavailable, VaultUnavailable) as exc:
                _log.warning("audit records have no numberTag: %s", exc.detail)
                raise

        return Tags(keyed)
