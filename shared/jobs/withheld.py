"""A user's plan without its mobile number, which too many users of the job share, or without SMS sign-in with it, which
more than one of them should have. Pure.

Only when all chunks are planned is it known that there are too many. By then a plan is a result, with masked numbers,
and the planner cannot be asked again: this is what `guard.numbers` and the planner would make of it.
"""

from shared.core.apply import SMS_NOT_UNIQUE
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.guard.numbers import NUMBER_SHARED
from shared.core.models import Action, Change, ChangeResult, Method, SmsState, Stop
from shared.core.plan import NO_MOBILE
from shared.core.report import Json
from shared.core.results import stopped, unchanged
from shared.jobs.bodies import changes_of, changes_with, is_planned, overwrites, removals
from shared.jobs.weighed import WITHHELD
from shared.services import Weighed

_FIRST = (Method.MOBILE, Method.ALTERNATE_MOBILE)


def without_number(body: Json) -> Json:
    """The same result where no mobile number is to be written."""
    mobile = next((change for change in changes_of(body) if _is_written_number(change)), None)
    if mobile is None:
        return body
    changes = [_without(change, adds=mobile["action"] == Action.ADD) for change in changes_of(body)]
    # Removals stand last in a plan, and an alternate that was to be removed is kept.
    changes.sort(key=lambda change: change["method"] not in _FIRST)
    return _failed(body, changes)


def without_sign_in(body: Json) -> Json:
    """The same result where SMS sign-in is not to be switched on."""
    changes = [
        _kept(change, SMS_NOT_UNIQUE, after=change["before"]) if _is_switched_on(change) else change
        for change in changes_of(body)
    ]
    return body if changes == changes_of(body) else _failed(body, changes)


def is_number_shared(body: Json) -> bool:
    """Whether the user's mobile number must not be written because too many users have it."""
    return any(
        change["method"] == Method.MOBILE and change["code"] == Code.NUMBER_SHARED for change in changes_of(body)
    )


def is_sign_in_taken(body: Json) -> bool:
    """Whether SMS sign-in must not be switched on because another user should sign in with the same number."""
    return any(map(_is_taken, changes_of(body)))


def should_sign_in(body: Json) -> bool:
    """Whether the user should sign in by SMS, and no other reason is against it."""
    return any(
        change["method"] == Method.SMS_SIGN_IN and (not _is_stopped(change) or _is_taken(change))
        for change in changes_of(body)
    )


def _failed(body: Json, changes: list[Json]) -> Json:
    failed = [change for change in changes if change["status"] == ChangeStatus.FAILED]
    return body | {
        "status": UserStatus.FAILED.value,
        "code": failed[0]["code"],
        "message": " ".join(dict.fromkeys(str(change["message"]) for change in failed)),
        "changes": changes,
    }


def left(user: Weighed, body: Json) -> Weighed:
    """What the plan counts for without that. `user`, `body`: all of it, and what is left.

    There may be more removals than before: switching off SMS sign-in counts while its number stays. Where Graph masks
    numbers and they are rewritten, one overwrite too many may be counted: masked texts do not tell whether the number
    was one.
    """
    planned = changes_with(body, ChangeStatus.PLANNED)
    return Weighed(
        removals(planned),
        min(user.overwrites, overwrites(planned)),
        user.number,
        f"{WITHHELD}{user.writes}" if is_planned(body) else "",
    )


def _is_written_number(change: Json) -> bool:
    is_write = change["status"] == ChangeStatus.PLANNED and change["action"] in (Action.ADD, Action.UPDATE)
    return is_write and change["method"] == Method.MOBILE


def _is_switched_on(change: Json) -> bool:
    return change["status"] == ChangeStatus.PLANNED and change["action"] == Action.ENABLE


def _is_taken(change: Json) -> bool:
    return change["method"] == Method.SMS_SIGN_IN and change["code"] == Code.PHONE_NUMBER_NOT_UNIQUE


def _without(change: Json, *, adds: bool) -> Json:
    """`adds`: the user has no mobile number yet. As `plan_user` has it for a number that is unfit."""
    match change["method"], change["action"]:
        case (Method.MOBILE, _) | (Method.ALTERNATE_MOBILE, Action.REMOVE):
            return _kept(change, NUMBER_SHARED, after=None)
        case Method.ALTERNATE_MOBILE, Action.ADD if adds:
            return _kept(change, NO_MOBILE, after=change["after"])
        case Method.SMS_SIGN_IN, Action.DISABLE if change["before"] != SmsState.READY:
            return _kept(change, None, after=change["before"])
        case Method.SMS_SIGN_IN, action if action == Action.ENABLE or _is_stopped(change):
            return _kept(change, NO_MOBILE if adds else NUMBER_SHARED, after=change["before"])
    return change


def _is_stopped(change: Json) -> bool:
    return change["status"] in (ChangeStatus.SKIPPED, ChangeStatus.FAILED)


def _kept(change: Json, stop: Stop | None, after: object) -> Json:
    keep = Change(Action.KEEP, Method(str(change["method"])))
    told: ChangeResult = unchanged(keep) if stop is None else stopped(keep, stop)
    return {
        **change,
        "action": Action.KEEP.value,
        "after": after,
        "status": told.status.value,
        "code": told.code.value,
        "message": told.message,
    }
