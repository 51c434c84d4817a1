"""Who has changed since the last sweep, and where the next one begins. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.core.models import Target, fold


@dataclass(frozen=True, slots=True)
class Changed:
    """A page of who has changed: targets by object id, and where it goes on. `is_last`: with the changes after these,
    else with the next page. `gone`: who is not looked at any more, though an earlier page may have had the user."""

    users: Mapping[str, Target]
    link: str
    is_last: bool
    gone: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SweepFound:
    """Whom a sweep looks at: users, or a `scope`. `link`, `tracked`: as in SweepState. `running`: jobs of earlier
    sweeps that were not over, so that it is not known yet whom they leave behind. `since`: of users who are there only
    because they are tried again, the time of the first try, by name or id. `ids`: by name too, for a deletion bears no
    name."""

    users: tuple[Target, ...]
    scope: str
    link: str
    tracked: str
    running: tuple[str, ...]
    since: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def again_among(self, targets: Iterable[Target]) -> list[Target]:
        return [target for target in targets if name_of(target) in self.since]


@dataclass(frozen=True, slots=True)
class SweepState:
    """Where the next sweep begins, what its link tracks, and sweeps whose jobs may have left users behind. `link` "": a
    full run is due."""

    link: str
    tracked: str
    jobs: tuple[str, ...] = ()
    version: str | None = None


def name_of(target: Target) -> str:
    return fold(target.upn or target.id or "")
