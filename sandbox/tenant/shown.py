"""How a stored phone is shown: its number masked, its SMS state under the policy of this moment."""

from .directory import Phone, User
from .switches import Switches


def masked(number: str) -> str:
    """What an Authentication Administrator sees.

    Guess: every digit but the last two is an X, as in the sign-in logs. "List phoneMethods" only says "masked".
    """
    keep = len(number) - 2
    return "".join("X" if char.isdigit() and place < keep else char for place, char in enumerate(number))


def shown_state(switches: Switches, user: User, phone: Phone) -> str:
    """The state as Graph shows it under the policy of this moment.

    "List phoneMethods": notSupported for alternateMobile and office, always.
    """
    state = phone.sms_state
    if state == "notSupported":
        return state
    if switches.sms_allowed is False:
        return "notAllowedByPolicy"
    if state == "notAllowedByPolicy" and is_allowed(switches, user):
        return "notEnabled"
    return state


def is_allowed(switches: Switches, user: User) -> bool:
    allowed = switches.sms_allowed
    return user.sms_sign_in_allowed if allowed is None else allowed
