"""The result of one user as a job stores it and the API answers it: what it says, and one of a user for whom nothing is
done. Pure."""

from shared.core.codes import ChangeStatus
from shared.core.models import Stop
from shared.core.plan_id import MAY_PASS
from shared.core.report import Json

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
