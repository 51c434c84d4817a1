"""Results of users, as JSON: reads one, counts those of a chunk, makes one for a user left alone. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from shared.core.codes import ChangeStatus
from shared.core.models import Action, Method, SmsState, Stop
from shared.core.plan_id import MAY_PASS
from shared.core.report import Json
from shared.services import Tally

# Worth another try while the job has patience.
UNFINISHED = frozenset(code.value for code in MAY_PASS)


def changes_of(body: Json) -> list[Json]:
    """A row of the report has none."""
    changes = body.get("changes")
    return changes if isinstance(changes, list) else []


def changes_with(body: Json, *statuses: ChangeStatus) -> list[Json]:
    return [change for change in changes_of(body) if change["status"] in statuses]


def codes_of(body: Json) -> set[object]:
    """Of the user and of each change: of a user who failed, any change may be the one to try again."""
    return {body["code"], *(change["code"] for change in changes_of(body))}


def is_planned(body: Json) -> bool:
    """Whether something is to be written for the user, whatever else came to nothing."""
    return bool(changes_with(body, ChangeStatus.PLANNED))


def nothing_done(stop: Stop) -> Json:
    """What is told of a user, whatever was planned."""
    return {
        "status": stop.code.user_status.value,
        "code": stop.code.value,
        "message": stop.message,
        "changes": [],
    }


def tally(bodies: Sequence[Json]) -> Tally:
    return Tally(
        _by_status(bodies),
        _by_status(body for body in bodies if is_planned(body)),
        sum(map(planned_removals, bodies)),
    )


def planned_removals(body: Json) -> int:
    """How many removals are planned for one user: what `guard.ceilings.weigh` counts, or where masked texts do not tell
    one more."""
    return removals(changes_with(body, ChangeStatus.PLANNED))


def removals(changes: Sequence[Json]) -> int:
    keeps_mobile = all(change["method"] != Method.MOBILE or _may_be_same(change) for change in changes)
    return sum(change["action"] == Action.REMOVE or (keeps_mobile and _switches_off(change)) for change in changes)


def overwrites(changes: Sequence[Json]) -> int:
    """At most so many: a masked number that is rewritten cannot be told from another one."""
    return sum(change["action"] == Action.UPDATE for change in changes)


def _may_be_same(change: Json) -> bool:
    """Whether a number is replaced by one that looks the same. Whoever masks it, the last two digits can be seen."""
    before, after = change.get("before"), change.get("after")
    return isinstance(before, str) and isinstance(after, str) and before[-2:] == after[-2:]


def _switches_off(change: Json) -> bool:
    return change["action"] == Action.DISABLE and change.get("before") == SmsState.READY


def _by_status(bodies: Iterable[Json]) -> dict[str, int]:
    return dict(Counter(str(body["status"]) for body in bodies))
