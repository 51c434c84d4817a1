"""What a plan would write, as one id: equal for equal writes, and of no use to anybody who does not have the app's key.

All writes of a user, each with its method, the id of the method, the action and the value, become one tag under the
key. The id of a plan is made of all tags, sorted: neither the order of the users nor the instance makes a difference.
"""

import base64
from collections.abc import Callable, Iterable

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.models import After, Change
from shared.core.phone import PhoneNumber
from shared.core.plan import UserPlan

# HMAC under the app's own key over the parts, the first of which says what it is for.
Keyed = Callable[..., bytes]
# Why a user could not be read, and may be at another time: then it is not known what would be written.
MAY_PASS = frozenset({Code.THROTTLED, Code.GRAPH_UNAVAILABLE, Code.DEADLINE, Code.NOT_READY})
# Tags are kept for each user of a job, and compared user by user: 64 bits are enough.
_TAG_BYTES, _ID_BYTES = 8, 15


def tag(user: UserPlan, keyed: Keyed) -> str:
    """Of all that would be written for the user; "" for nothing."""
    if not user.has_writes:
        return ""
    writes = sorted(_written(change) for change in user.plan.changes if change.is_write)
    return _text(keyed("writes", user.user_id, *writes), _TAG_BYTES)


def number_tag(number: PhoneNumber, keyed: Keyed) -> str:
    """Equal for equal numbers."""
    return _text(keyed("number", number.graph_format), _TAG_BYTES)


def value_tag(value: PhoneNumber | EmailAddress, keyed: Keyed) -> str:
    """Equal for values that count as the same."""
    if isinstance(value, EmailAddress):
        return _text(keyed("address", value.text.casefold()), _TAG_BYTES)
    return number_tag(value, keyed)


def plan_id(tags: Iterable[str], keyed: Keyed) -> str:
    """Of the tags of all users; those without a write do not count."""
    return _text(keyed("plan", *sorted(filter(None, tags))), _ID_BYTES)


def is_known(plans: Iterable[UserPlan]) -> bool:
    """Whether every user could be read, or cannot be for a reason that stays."""
    return not any(
        (plan.plan.stop is not None and plan.plan.stop.code in MAY_PASS)
        or any(change.stop is not None and change.stop.code in MAY_PASS for change in plan.plan.changes)
        for plan in plans
    )


def _written(change: Change) -> str:
    return "\0".join((change.method.value, change.id or "", change.action.value, _value(change.after)))


def _value(after: After | None) -> str:
    match after:
        case PhoneNumber():
            return after.graph_format
        case EmailAddress():
            return after.text
        case None:
            return ""
    return after.masked


def _text(digest: bytes, length: int) -> str:
    return base64.urlsafe_b64encode(digest[:length]).rstrip(b"=").decode()
