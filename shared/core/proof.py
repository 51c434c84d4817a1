"""What a look at the registered methods proves of a change that was sent. Pure."""

from shared.core.address import EmailAddress
from shared.core.models import Action, Change, Current, Method, SmsState
from shared.core.phone import Match, PhoneNumber, StoredNumber
from shared.core.plan import compare, present


def is_made(change: Change, seen: Current) -> bool:
    """Whether what is registered now proves that a change was made."""
    if change.method is Method.SMS_SIGN_IN:
        return (sms_state(seen) is SmsState.READY) == (change.action is Action.ENABLE)
    if change.id is not None:
        return all((other.method, other.id) != change.key for other in seen.others)
    now = present(seen, change.method)
    if now is None or change.after is None:
        return now is None and change.after is None
    match = _match(now, change)
    # Masked digits that agree prove the write only if they did not agree before it.
    return match is Match.EQUAL or (match is Match.VISIBLE_EQUAL and not change.masked_match)


def is_missing(change: Change, seen: Current) -> bool:
    """Whether it is certain that the value of a change is not what is registered."""
    now = present(seen, change.method)
    return now is None or _match(now, change) is Match.DIFFERENT


def sms_state(seen: Current) -> SmsState | None:
    """That of the mobile number, if there is one."""
    mobile = seen.phone(Method.MOBILE)
    return mobile.sms_sign_in_state if mobile else None


def _match(now: StoredNumber | EmailAddress, change: Change) -> Match:
    """How what is registered compares with what a change was to register."""
    if isinstance(change.after, PhoneNumber | EmailAddress):
        return compare(now, change.after)
    return Match.DIFFERENT
