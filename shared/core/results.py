"""From what happened to one user to the result the caller reads: codes and sentences, change by change. Pure."""

from collections.abc import Sequence

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.models import Action, Change, ChangeResult, Method, SmsState, Stop, Target, UserResult
from shared.core.plan import UserPlan

_DONE = {
    Action.ADD: (Code.ADDED, "added"),
    Action.UPDATE: (Code.UPDATED, "updated"),
    Action.REMOVE: (Code.REMOVED, "removed"),
    Action.ENABLE: (Code.ENABLED, "switched on"),
    Action.DISABLE: (Code.DISABLED, "switched off"),
}
_KEPT_MASKED = (
    "Already up to date as far as visible: Graph masked the {method}, and all visible digits match. A Privileged "
    "Authentication Administrator or an application permission sees the full number."
)
_SMS_NOT_UNIQUE = " SMS sign-in was not enabled: another user already signs in with this number."
DUPLICATE = Stop(Code.DUPLICATE_USER, "This user is already in the list under another name.")
NOT_ATTEMPTED = Stop(Code.NOT_ATTEMPTED, "Not attempted: an earlier change that this one depends on was not made.")
_CHANGE_STATUS = {UserStatus.SKIPPED: ChangeStatus.SKIPPED, UserStatus.FAILED: ChangeStatus.FAILED}
# Skipped for good reason on every run: no cause to call a user skipped who is otherwise right.
_EXPECTED_SKIPS = (Code.SOURCE_EMPTY, Code.OFFICE_SYNCED)


def planned(change: Change) -> ChangeResult:
    """The result as long as nothing is written: final for what needs no write, the announcement of the rest."""
    if change.stop is not None:
        return stopped(change, change.stop)
    if not change.is_write:
        return unchanged(change)
    sentence = f"{_name(change.method)} would be {_DONE[change.action][1]}."
    return ChangeResult(change, ChangeStatus.PLANNED, Code.PLANNED, sentence)


def made(method: Method, action: Action) -> tuple[Code, str]:
    """What is said of a write that was made."""
    code, done = _DONE[action]
    return code, f"{_name(method)} was {done}."


def unchanged(change: Change) -> ChangeResult:
    if change.masked_match:
        message = _KEPT_MASKED.format(method=f"{change.method} method")
        return ChangeResult(change, ChangeStatus.UNCHANGED, Code.MASKED_MATCH, message)
    is_other = change.before is not None and change.after is None
    message = "Left as it is: a value is already registered." if is_other else "Already up to date."
    return ChangeResult(change, ChangeStatus.UNCHANGED, Code.UNCHANGED, message)


def applied(change: Change, sms_sign_in_state: SmsState | None = None) -> ChangeResult:
    """`sms_sign_in_state` is that after the write, where it is known."""
    code, message = made(change.method, change.action)
    if sms_sign_in_state is SmsState.PHONE_NUMBER_NOT_UNIQUE and change.method is Method.MOBILE:
        message += _SMS_NOT_UNIQUE
    return ChangeResult(change, ChangeStatus.APPLIED, code, message)


def stopped(change: Change, stop: Stop, *, outcome_unknown: bool = False) -> ChangeResult:
    """Skipped or failed, as the code says. `outcome_unknown`: the write was sent and may have been done."""
    status = ChangeStatus.UNKNOWN if outcome_unknown else _CHANGE_STATUS[stop.code.user_status]
    return ChangeResult(change, status, stop.code, stop.message)


def not_attempted(change: Change) -> ChangeResult:
    return stopped(change, NOT_ATTEMPTED)


def announced(user: UserPlan) -> UserResult:
    """A user's result before anything is written."""
    stop, user_id = user.plan.stop, user.user_id or None
    if stop is not None:
        return UserResult(user.target, user_id, stop.code, stop.message, ignored=user.ignored)
    return summary(user.target, user_id, [planned(change) for change in user.plan.changes], user.ignored)


def summary(
    target: Target, user_id: str | None, changes: Sequence[ChangeResult], ignored: tuple[str, ...] = ()
) -> UserResult:
    """The most important change gives the user's code: failed, then a plan that changed, changed, planned, skipped,
    unchanged."""
    if len(changes) == 1:
        (only,) = changes
        return UserResult(target, user_id, only.code, only.message, (only,), ignored)
    telling = _telling(changes)
    codes = list(dict.fromkeys(change.code for change in telling))
    code = codes[0] if codes else Code.UNCHANGED
    if telling and _is_open(telling[0]) and any(change.status is ChangeStatus.APPLIED for change in changes):
        code = Code.PARTIAL
    elif code.user_status is UserStatus.CHANGED and len(codes) > 1:
        code = Code.CHANGED
    message = " ".join(dict.fromkeys(change.message for change in telling)) or "Nothing to do."
    return UserResult(target, user_id, code, message, tuple(changes), ignored)


def _telling(changes: Sequence[ChangeResult]) -> list[ChangeResult]:
    """The changes that give the user its code and sentence."""
    by_weight = (
        [change for change in changes if _is_failed(change)],
        [change for change in changes if _is_open(change)],
        [change for change in changes if change.status is ChangeStatus.APPLIED],
        [change for change in changes if change.status is ChangeStatus.PLANNED],
        [change for change in changes if change.status is ChangeStatus.SKIPPED and change.code not in _EXPECTED_SKIPS],
        [change for change in changes if change.status is ChangeStatus.UNCHANGED],
    )
    return next((group for group in by_weight if group), list(changes))


def _is_failed(change: ChangeResult) -> bool:
    return change.status in (ChangeStatus.FAILED, ChangeStatus.UNKNOWN)


def _is_open(change: ChangeResult) -> bool:
    """Whether the change was not made, but another run may make it."""
    return _is_failed(change) or change.code is Code.PLAN_CHANGED


def _name(method: Method) -> str:
    return "SMS sign-in" if method is Method.SMS_SIGN_IN else f"The {method} method"
