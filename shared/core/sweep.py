"""Who has changed since the last sweep, and where the next one begins. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.models import Target


@dataclass(frozen=True, slots=True)
class Changed:
    """A page of who has changed: targets by object id, and where the next page is or, behind the last one, the changes
    after these (`link`)."""

    users: Mapping[str, Target]
    next: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class SweepState:
    """Where the next sweep begins, what its link tracks, and sweeps whose jobs may have left users behind. `link` "": a
    full run is due."""

    link: str
    tracked: str
    jobs: tuple[str, ...] = ()
    version: str | None = None
