"""What a plan would write, as one id: equal for equal writes, and of no use to anybody who does not have the app's key.

Each write becomes a tag: its user, method, id of the method, action and value under the key. The id of a plan is made
of all tags, sorted, so that neither the order of the users nor the instance makes a difference.
"""

import base64
from collections.abc import Callable, Iterable, Sequence

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.models import After, Change
from shared.core.phone import PhoneNumber
from shared.core.plan import UserPlan

# HMAC under the app's own key over the parts, the first of which says what it is for.
Keyed = Callable[..., bytes]
# Why a user could not be read, and may be at another time: then it is not known what would be written.
MAY_PASS = frozenset({Code.THROTTLED, Code.GRAPH_UNAVAILABLE, Code.DEADLINE, Code.NOT_READY})
_TAG_BYTES = 15


def tags(user: UserPlan, keyed: Keyed) -> tuple[str, ...]:
    """One for each write, sorted."""
    return tuple(sorted(_tag(user.user_id, change, keyed) for change in user.plan.changes if change.is_write))


def plan_id(users: Iterable[Sequence[str]], keyed: Keyed) -> str:
    """Of the tags of all users."""
    return _text(keyed("plan", *sorted(tag for found in users for tag in found)))


def is_known(plans: Iterable[UserPlan]) -> bool:
    """Whether every user could be read, or cannot be for a reason that stays."""
    return not any(
        (plan.plan.stop is not None and plan.plan.stop.code in MAY_PASS)
        or any(change.stop is not None and change.stop.code in MAY_PASS for change in plan.plan.changes)
        for plan in plans
    )


def _tag(user_id: str, change: Change, keyed: Keyed) -> str:
    return _text(
        keyed("write", user_id, change.method.value, change.id or "", change.action.value, _value(change.after))
    )


def _value(after: After | None) -> str:
    match after:
        case PhoneNumber():
            return after.graph_format
        case EmailAddress():
            return after.text
        case None:
            return ""
    return after.masked


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:_TAG_BYTES]).decode()
