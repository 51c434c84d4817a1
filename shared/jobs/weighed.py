"""What each user's plan counts for in the judgement of the whole job: as text beside the results of a chunk. Pure.

One entry for each user of the chunk, with a comma between: `-` for a user who was not found or is listed twice;
else removals, overwrites, the tag of the mobile number that is desired and that of all writes, with dots between. Tags
are keyed, so that nobody outside can find the number to one; 64 bits are enough to tell numbers of one job apart. A `~`
stands before the tag of all writes where the mobile number, or SMS sign-in with it, was taken out of them.
"""

from collections.abc import Sequence

from shared.core.codes import ChangeStatus, Code
from shared.core.guard.ceilings import Weight, weigh
from shared.core.guard.numbers import mobile_desired
from shared.core.models import Action, Method, SourceName
from shared.core.plan import UserPlan
from shared.core.plan_id import Keyed, number_tag, tag
from shared.core.report import Json, user_body
from shared.core.results import announced
from shared.jobs.bodies import changes_with, overwrites, removals
from shared.jobs.credit import found_made
from shared.services import Weighed

_NOBODY, WITHHELD = "-", "~"


def weighed(user: UserPlan, keyed: Keyed, *, tags_number: bool) -> Weighed | None:
    stop = user.plan.stop
    if not user.user_id or (stop is not None and stop.code is Code.DUPLICATE_USER):
        return None
    weight, number = weigh(user.plan.changes), mobile_desired(user) if tags_number else None
    return Weighed(
        weight.removals, weight.overwrites, number_tag(number, keyed) if number is not None else "", tag(user, keyed)
    )


def weighed_body(body: Json) -> Weighed | None:
    """The same from a result, without tags; where masked texts do not tell, it is more."""
    if body.get("userId") is None or body["code"] == Code.DUPLICATE_USER:
        return None
    planned = changes_with(body, ChangeStatus.PLANNED)
    return Weighed(removals(planned), overwrites(planned))


def is_beyond(user: UserPlan, planned: Weighed | None, body: Json, left: Json) -> bool:
    """Whether more is about to be done for a user than was planned and judged: on the whole, of another method, or a
    removal or an overwrite in place of another change. `body`: the plan as a result; `left`: what earlier runs left."""
    steps = {_step(change)[:3] for change in changes_with(body, ChangeStatus.PLANNED)}
    methods = {(method, method_id) for method, _, method_id in steps}
    writes = [change for change in user.plan.changes if change.is_write]
    heavy = {(change.method, change.action, change.id) for change in writes if weigh([change]) != Weight()}
    if not (heavy <= steps and methods.issuperset(change.key for change in writes)):
        return True
    made = found_made(left, user_body(announced(user), SourceName.DIRECTORY))
    if any(change["method"] == Method.MOBILE for change in made):
        # SMS sign-in of a number that this job has registered is none that anybody had.
        writes = [change for change in writes if change.action is not Action.DISABLE]
    now, most = weigh(writes), planned or Weighed(0, 0)
    return now.removals > most.removals or now.overwrites > most.overwrites


def is_part(user: UserPlan, planned: Json) -> bool:
    """Whether all that is about to be done for a user was planned. Masked values are compared: two that look alike
    count as one."""
    known = {_step(change) for change in changes_with(planned, ChangeStatus.PLANNED)}
    return known.issuperset(
        (change.method, change.action, change.id, change.after.masked if change.after else None)
        for change in user.plan.changes
        if change.is_write
    )


def _step(change: Json) -> tuple[object, object, object, object]:
    return change["method"], change["action"], change.get("id"), change["after"]


def done(user: Weighed | None, body: Json) -> Weight:
    """What was removed and overwritten for a user, or may have been. `user`: what was planned."""
    made = changes_with(body, ChangeStatus.APPLIED, ChangeStatus.UNKNOWN)
    if user is None:
        return Weight()
    if made and not changes_with(body, ChangeStatus.FAILED, ChangeStatus.SKIPPED):
        # All of it: masked values do not tell it as exactly.
        return Weight(user.removals, user.overwrites)
    return Weight(removals(made), min(user.overwrites, overwrites(made)))


def pack(users: Sequence[Weighed | None]) -> str:
    return ",".join(
        _NOBODY if user is None else f"{user.removals}.{user.overwrites}.{user.number}.{user.writes}" for user in users
    )


def unpack(text: str) -> list[Weighed | None]:
    return [_unpacked(entry) for entry in text.split(",")]


def _unpacked(entry: str) -> Weighed | None:
    if entry == _NOBODY:
        return None
    removed, overwritten, number, writes = entry.split(".")
    return Weighed(int(removed), int(overwritten), number, writes)
