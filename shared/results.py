"""From what happened to one user to the result the caller reads: code, sentence, change. Pure."""

from shared.models import Action, Change, ChangeResult, ChangeStatus, Code, Plan, Stop, Target, UserResult, UserStatus

_APPLIED = {
    Action.ADD: (Code.ADDED, "The number from the directory was added as mobile method."),
    Action.UPDATE: (Code.UPDATED, "The mobile method was updated to the number in the directory."),
    Action.REMOVE: (Code.REMOVED, "The mobile method was removed: the directory holds no number."),
}
_PLANNED = {
    Action.ADD: "The number from the directory would be added as mobile method.",
    Action.UPDATE: "The mobile method would be updated to the number in the directory.",
    Action.REMOVE: "The mobile method would be removed: the directory holds no number.",
}
_KEPT = "The mobile method is as the directory wants it."
_KEPT_MASKED = (
    "All digits of the mobile method that can be seen agree with the directory; the rest is masked. A Privileged "
    "Authentication Administrator, or an app permission, sees all digits."
)
_SMS_NOT_UNIQUE = " SMS sign-in was not registered for it: another user signs in with this number."
_CHANGE_STATUS = {UserStatus.SKIPPED: ChangeStatus.SKIPPED, UserStatus.FAILED: ChangeStatus.FAILED}


def planned(target: Target, user_id: str | None, plan: Plan) -> UserResult:
    """The result as long as nothing is written: final for whoever needs no write, the announcement for the others."""
    change = plan.change
    if plan.stop is not None:
        return stopped(target, user_id, change, plan.stop)
    if change is None:
        raise ValueError("a plan holds a change or the reason why there is none")
    if change.is_write:
        result = ChangeResult(change, ChangeStatus.PLANNED, Code.PLANNED)
        return UserResult(target, user_id, Code.PLANNED, _PLANNED[change.action], result)
    return unchanged(target, user_id, change)


def unchanged(target: Target, user_id: str | None, change: Change) -> UserResult:
    code, message = (Code.MASKED_MATCH, _KEPT_MASKED) if change.masked_match else (Code.UNCHANGED, _KEPT)
    return UserResult(target, user_id, code, message, ChangeResult(change, ChangeStatus.UNCHANGED, code))


def applied(target: Target, user_id: str, change: Change, sms_sign_in_state: str | None) -> UserResult:
    """`sms_sign_in_state` is Graph's smsSignInState after the write, where it is known."""
    code, message = _APPLIED[change.action]
    if sms_sign_in_state == "phoneNumberNotUnique":
        message += _SMS_NOT_UNIQUE
    return UserResult(target, user_id, code, message, ChangeResult(change, ChangeStatus.APPLIED, code))


def stopped(
    target: Target, user_id: str | None, change: Change | None, stop: Stop, *, outcome_unknown: bool = False
) -> UserResult:
    """Skipped or failed, as the code says. `outcome_unknown`: the write was sent and may have been done."""
    status = ChangeStatus.UNKNOWN if outcome_unknown else _CHANGE_STATUS[stop.code.user_status]
    result = ChangeResult(change, status, stop.code) if change else None
    return UserResult(target, user_id, stop.code, stop.message, result)
