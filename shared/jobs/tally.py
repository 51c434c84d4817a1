"""What the results of a chunk come to, so that nobody has to read them to count them. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from shared.core.codes import ChangeStatus
from shared.core.models import Action
from shared.core.report import Json
from shared.jobs.credit import changes_of, is_planned
from shared.services import Tally


def tally(bodies: Sequence[Json]) -> Tally:
    return Tally(
        _by_status(bodies),
        _by_status(body for body in bodies if is_planned(body)),
        sum(map(planned_removals, bodies)),
    )


def planned_removals(body: Json) -> int:
    """How many methods of one user would be removed."""
    return sum(c["action"] == Action.REMOVE and c["status"] == ChangeStatus.PLANNED for c in changes_of(body))


def _by_status(bodies: Iterable[Json]) -> dict[str, int]:
    return dict(Counter(str(body["status"]) for body in bodies))
