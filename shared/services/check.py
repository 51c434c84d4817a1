"""What `GET /api/check` reads with. Each read is bounded by the deadline it is given, and never raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.core.check.mends import Place
from shared.core.check.seen import SeenDirectory, SeenSecret, SeenToken, Trouble
from shared.deadline import Deadline
from shared.settings import Settings


class ReadSecrets(Protocol):
    """`doors`: those of the names whose values must all differ."""

    def __call__(self, names: Sequence[str], doors: frozenset[str], deadline: Deadline) -> Mapping[str, SeenSecret]: ...


class ReadToken(Protocol):
    """`anew`: not the one at hand, which may be older than a grant."""

    def __call__(self, deadline: Deadline, *, anew: bool = False) -> SeenToken | Trouble: ...


class ReadDirectory(Protocol):
    def __call__(self, deadline: Deadline) -> SeenDirectory: ...


class ReadStorage(Protocol):
    """None: it answers."""

    def __call__(self, deadline: Deadline) -> Trouble | None: ...


class ReadSkew(Protocol):
    def __call__(self) -> float | None: ...


class Now(Protocol):
    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Probes:
    settings: Settings
    place: Place
    secrets: ReadSecrets
    token: ReadToken
    directory: ReadDirectory
    storage: ReadStorage
    skew_s: ReadSkew
    now: Now
