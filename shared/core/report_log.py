"""The line that the log has of each user, whatever became of them: by object id, values masked."""

from collections.abc import Sequence

from shared.core.codes import UserStatus
from shared.core.models import RunReport
from shared.core.report import Json
from shared.log import get_logger

_TELLS_WHY = (UserStatus.SKIPPED, UserStatus.FAILED)
_OF_A_CHANGE = ("method", "id", "action", "before", "after", "status", "code")
_log = get_logger(__name__)


def log_report(report: RunReport, users: Sequence[Json], *, names: bool, **asked: str) -> None:
    """`users`: its answered_bodies. `asked`: who asked for it and where, and `stoppedBy` where a guard stopped it."""
    for position, body in enumerate(users):
        log_user(body, position, names=names, dryRun=report.dry_run, **asked)


def log_user(body: Json, position: int, /, *, names: bool, **asked: object) -> None:
    """`body`: the user's result. `position`: in the whole list. `names`: the name that the caller sent as well."""
    user_id, status, code, changes = body["userId"], body["status"], body["code"], body["changes"]
    _log.event(
        "user",
        f"User {user_id or '(not found)'}: {status}, {code}.",
        objectId=user_id,
        userPrincipalName=body["userPrincipalName"] if names else None,
        position=position,
        status=status,
        code=code,
        detail=body["message"] if status in _TELLS_WHY else None,
        changes=[_of_change(change) for change in changes] if isinstance(changes, list) and changes else None,
        source=body["source"],
        **asked,
    )


def _of_change(change: Json) -> Json:
    return {name: change[name] for name in _OF_A_CHANGE if change.get(name) is not None}
