"""What the tests of plan.py share: what is desired and registered, and the changes that are planned."""

import pytest

from shared.core.codes import Code
from shared.core.desired import Desired
from shared.core.models import PHONES, Action, Change, Current, Method, PhoneMethod, SmsState, Stop
from shared.core.plan import Policy, plan_user
from tests.unit.people import MOBILE, OFFICE, address, method, number

TEXT, OTHER_TEXT = "+46 701740605", "+46 701740666"
NUMBER = number(TEXT)
ANNA, OTHER_ADDRESS = address("anna@example.com"), address("a@example.com")
NOTHING = Current()
KEEP, REWRITE = Policy(), Policy(rewrite_masked=True)
OFFICE_PHONE = method("+46 701740691", OFFICE)
INVALID = Stop(Code.INVALID_NUMBER, "It is no number.")

phone_types = pytest.mark.parametrize("kind", PHONES)


def plan(desired: Desired, current: Current = NOTHING, policy: Policy = KEEP) -> tuple[Change, ...]:
    found = plan_user(desired, current, policy)
    assert found.stop is None
    return found.changes


def one(desired: Desired, current: Current = NOTHING, policy: Policy = KEEP) -> Change:
    (change,) = plan(desired, current, policy)
    return change


def mobile(text: str, *others: PhoneMethod, state: SmsState | None = None) -> Current:
    """Registered: this mobile number, and the others."""
    return Current((method(text, MOBILE, state), *others))


def beside(kind: Method, *texts: str) -> Current:
    """Registered: the texts as this type, and a mobile if that is another type."""
    below = () if kind is MOBILE else (method(OTHER_TEXT, MOBILE),)
    return Current((*(method(text, kind) for text in texts), *below))


def stop_of(found: Change) -> Code | None:
    assert found.action is Action.KEEP
    return found.stop.code if found.stop else None
