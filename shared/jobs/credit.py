"""What a chunk that ran twice says of its users: a change that was planned and is found made, this job made. Pure.

Where it is not found out, the change is in doubt.
"""

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.models import Action, Method
from shared.core.report import Json
from shared.core.results import made

_SENT = (ChangeStatus.APPLIED, ChangeStatus.UNKNOWN)
_STOPPED = (ChangeStatus.FAILED, ChangeStatus.SKIPPED)
_UNKNOWN = "The job stopped while this user was being changed. The outcome is unknown; send the user again."


def changes_of(body: Json) -> list[Json]:
    """The changes in a user's result; a row of the report has none."""
    changes = body.get("changes")
    return changes if isinstance(changes, list) else []


def is_planned(body: Json) -> bool:
    """Whether something is to be written for the user, whatever else came to nothing."""
    return any(change["status"] == ChangeStatus.PLANNED for change in changes_of(body))


def found_made(planned: Json, final: Json) -> list[Json]:
    """The planned changes that an earlier run of the same chunk must have made."""
    unchanged = {_key(change) for change in changes_of(final) if change["status"] == ChangeStatus.UNCHANGED}
    planned_changes = (change for change in changes_of(planned) if change["status"] == ChangeStatus.PLANNED)
    return [change for change in planned_changes if _key(change) in unchanged]


def credited(planned: Json, final: Json) -> Json:
    """`final`, with the changes of `planned` that an earlier run of the same chunk must have made."""
    found = {_key(change): change for change in found_made(planned, final)}
    if not found:
        return final
    changes = [_made(found[_key(change)]) if _key(change) in found else change for change in changes_of(final)]
    body = {**final, "changes": changes}
    if final["status"] == UserStatus.FAILED:
        return body | {"code": Code.PARTIAL.value}
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
    applied = {_key(change): change for change in changes_of(known) if change["status"] == ChangeStatus.APPLIED}
    changes = [
        applied.get(_key(change), {**change, "status": ChangeStatus.UNKNOWN.value, **told})
        if change["status"] == ChangeStatus.PLANNED
        else change
        for change in changes_of(planned)
    ]
    return {**planned, "status": UserStatus.FAILED.value, **told, "changes": changes}


def learnt(planned: Json, before: Json, final: Json) -> Json:
    """What is known of a user when one more run has told `final`. Of a change that earlier runs made, or may have made,
    and that this one could not look at, it is what they left, `before`."""
    sent = {_key(change): change for change in changes_of(before) if change["status"] in _SENT}
    if sent and not changes_of(final):
        return ended(before, final)
    body = credited(planned, final)
    unseen = {
        _key(change): _left(sent[_key(change)], _reason(change))
        for change in changes_of(body)
        if _key(change) in sent and change["action"] == Action.KEEP and change["status"] in _STOPPED
    }
    if not unseen:
        return body
    changes = [unseen.get(_key(change), change) for change in changes_of(body)]
    return {**body, **_PARTIAL, "changes": changes}


def ended(body: Json, told: Json) -> Json:
    """For a user of whom nothing more is to be done. What was done for the user already, or may have been, stays."""
    if not any(change["status"] in _SENT for change in changes_of(body)):
        return {**body, **told}
    changes = [_left(change, _reason(told)) for change in changes_of(body)]
    return {**body, **_PARTIAL, "message": told["message"], "changes": changes}


_PARTIAL: Json = {"status": UserStatus.FAILED.value, "code": Code.PARTIAL.value}


def _reason(told: Json) -> Json:
    return {"code": told["code"], "message": told["message"]}


def _left(change: Json, reason: Json) -> Json:
    match change["status"]:
        case ChangeStatus.UNKNOWN:
            return {**change, **reason}
        case ChangeStatus.FAILED | ChangeStatus.PLANNED:
            return {**change, **reason, "status": ChangeStatus.SKIPPED.value}
    return change


def _made(change: Json) -> Json:
    code, message = made(Method(str(change["method"])), Action(str(change["action"])))
    return {**change, "status": ChangeStatus.APPLIED.value, "code": code.value, "message": message}


def _key(change: Json) -> tuple[object, object]:
    return change["method"], change.get("id")
