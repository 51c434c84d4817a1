"""What a chunk that ran twice says of its users: if an earlier run may have made a change, and the change
is found made, this job made it. Pure.

Where it is not found out, the change is in doubt. It stays on record, whatever is desired by then, unless a later run
sees what there was before it. What may have been changed is not changed to something else: a result tells of one write.
"""

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.models import Action, Change, Method
from shared.core.plan import UserPlan
from shared.core.report import Json
from shared.core.results import made
from shared.jobs.bodies import changes_of, changes_with

_SENT = (ChangeStatus.APPLIED, ChangeStatus.UNKNOWN)
_STOPPED = (ChangeStatus.FAILED, ChangeStatus.SKIPPED)
_TRIED = (ChangeStatus.FAILED, ChangeStatus.UNKNOWN)
_UNKNOWN = "The job stopped while this user was being changed. The outcome is unknown; send the user again."
_OPEN_USER, _OPEN_CHANGE = "An earlier run may have changed this user.", "An earlier run may have made this change."
_MEANWHILE: Json = {
    "code": Code.NOT_ATTEMPTED.value,
    "message": "The directory has another value by now.",
}
_ALIKE: Json = {
    "code": Code.NOT_ATTEMPTED.value,
    "message": "The masked numbers before and after this change look the same.",
}


def found_made(before: Json, final: Json) -> list[Json]:
    """The changes that earlier runs made, or may have made, and that a run has found made: what was to be registered
    is. `before`: what those runs left."""
    unchanged = {_key(change): change for change in changes_with(final, ChangeStatus.UNCHANGED)}
    return [
        change
        for key, change in _sent(before).items()
        if key in unchanged and _is_there(change, unchanged[key]["after"])
    ]


def credited(before: Json, final: Json) -> Json:
    """`final`, with the changes that earlier runs must have made."""
    found = {_key(change): change for change in found_made(before, final)}
    if not found:
        return final
    changes = [_made(found[_key(change)]) if _key(change) in found else change for change in changes_of(final)]
    body = {**final, "changes": changes}
    if final["status"] == UserStatus.FAILED or final["code"] == Code.PLAN_CHANGED:
        return body | _PARTIAL
    applied = [change for change in changes if change["status"] == ChangeStatus.APPLIED]
    codes = list(dict.fromkeys(str(change["code"]) for change in applied))
    return body | {
        "status": UserStatus.CHANGED.value,
        "code": codes[0] if len(codes) == 1 else Code.CHANGED.value,
        "message": " ".join(dict.fromkeys(str(change["message"]) for change in applied)),
    }


def in_doubt(planned: Json, known: Json) -> Json:
    """A user for whom a run that was cut off may have done what was planned. `known`: what earlier runs have told."""
    told = {"code": Code.DEADLINE.value, "message": _UNKNOWN}
    applied = {_key(change): change for change in changes_with(known, ChangeStatus.APPLIED)}
    changes = [
        applied.get(_key(change), {**change, "status": ChangeStatus.UNKNOWN.value, **told})
        if change["status"] == ChangeStatus.PLANNED
        else change
        for change in changes_of(planned)
    ]
    return {**planned, "status": UserStatus.FAILED.value, **told, "changes": changes}


def learnt(before: Json, final: Json) -> Json:
    """What is known of a user when one more run has told `final`. Of a change that earlier runs made, or may have made,
    and of which this one tells nothing, it is what they left, `before`."""
    sent = _sent(before)
    if sent and not changes_of(final):
        return ended(before, final)
    body = credited(before, final)
    untold = {
        _key(change): _left(sent[_key(change)], _why_untold(change, sent[_key(change)]))
        for change in changes_of(body)
        if _key(change) in sent and not _tells(change, sent[_key(change)])
    }
    if not untold:
        return body
    changes = [untold.get(_key(change), change) for change in changes_of(body)]
    failed = dict.fromkeys(str(change["message"]) for change in changes if change["status"] in _TRIED)
    return {**body, **_PARTIAL, "message": " ".join(failed) or body["message"], "changes": changes}


def is_repeated(plan: UserPlan, before: Json) -> bool:
    """Whether the plan would change once more what earlier runs have changed, or may have, because something else is
    desired by now. `before`: what those runs left."""
    sent = _sent(before)
    # What is rewritten because it is masked is the same value.
    writes = (change for change in plan.plan.changes if change.is_write and not change.masked_match)
    return any(not _is_next(_shown(change), sent[change.key]) for change in writes if change.key in sent)


def ended(body: Json, told: Json) -> Json:
    """For a user of whom nothing more is to be done. What was done for the user already, or may have been, stays."""
    if not changes_with(body, *_SENT):
        return {**body, **told}
    changes = [_left(change, _reason(told)) for change in changes_of(body)]
    is_open = any(change["status"] == ChangeStatus.UNKNOWN for change in changes)
    message = f"{_OPEN_USER} {told['message']}" if is_open else told["message"]
    return {**body, **_PARTIAL, "message": message, "changes": changes}


_PARTIAL: Json = {"status": UserStatus.FAILED.value, "code": Code.PARTIAL.value}


def _reason(told: Json) -> Json:
    return {"code": told["code"], "message": told["message"]}


def _left(change: Json, reason: Json) -> Json:
    match change["status"]:
        case ChangeStatus.UNKNOWN:
            return {**change, **reason, "message": f"{_OPEN_CHANGE} {reason['message']}"}
        case ChangeStatus.FAILED | ChangeStatus.PLANNED:
            return {**change, **reason, "status": ChangeStatus.SKIPPED.value}
    return change


def _made(change: Json) -> Json:
    code, message = made(Method(str(change["method"])), Action(str(change["action"])))
    return {**change, "status": ChangeStatus.APPLIED.value, "code": code.value, "message": message}


def _sent(body: Json) -> dict[tuple[object, object], Json]:
    return {_key(change): change for change in changes_with(body, *_SENT)}


def _tells(now: Json, sent: Json) -> bool:
    """Whether a run says what became of a change: it made it itself, or, where that was open, tried it or sees what
    there was before. Where Graph masks a number, the same write is planned again whether it was made or not."""
    is_tried = now["action"] != Action.KEEP and now["status"] in _TRIED
    is_seen = _is_as_before(now, sent) and sent["before"] != sent["after"]
    is_open = sent["status"] == ChangeStatus.UNKNOWN
    return now["status"] == ChangeStatus.APPLIED or (is_open and (is_tried or is_seen))


def _why_untold(now: Json, sent: Json) -> Json:
    if now["status"] in _STOPPED:
        return _reason(now)
    return _ALIKE if _is_as_before(now, sent) else _MEANWHILE


def _is_next(now: Json, sent: Json) -> bool:
    """Whether a write may be sent after an earlier one: that was not made, or is not seen yet and this is the same."""
    is_open, is_same = sent["status"] == ChangeStatus.UNKNOWN, _is_same(now, sent)
    # A switch goes with its number: where that is masked and rewritten, it is planned again as well.
    is_switch = now["method"] == Method.SMS_SIGN_IN
    return (is_switch and is_same) or (_is_as_before(now, sent) and (is_open or is_same))


def _is_as_before(now: Json, sent: Json) -> bool:
    """Whether what is registered now is what there was before the change. Where that looks like what was to be
    registered, only the same write proves it. SMS sign-in that has yet to be switched was not switched."""
    is_same = _is_same(now, sent)
    if now["method"] == Method.SMS_SIGN_IN and is_same and now["before"] != sent["after"]:
        return True
    return now["before"] == sent["before"] and (is_same or sent["before"] != sent["after"])


def _is_same(now: Json, sent: Json) -> bool:
    return now["action"] == sent["action"] and now["after"] == sent["after"]


def _is_there(planned: Json, now: object) -> bool:
    """SMS sign-in is off in several states."""
    is_switch = planned["method"] == Method.SMS_SIGN_IN
    return now == planned["after"] or (is_switch and now != planned["before"])


def _shown(change: Change) -> Json:
    """As in a result."""
    before, after = (value.masked if value else None for value in (change.before, change.after))
    return {"method": change.method, "action": change.action, "before": before, "after": after}


def _key(change: Json) -> tuple[object, object]:
    return change["method"], change.get("id")
