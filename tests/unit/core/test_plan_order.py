"""plan.py: the order of the changes of one user, and which of them falls with which."""

import pytest

from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue, Removal
from shared.core.models import Action, Change, Current, Method, OtherMethod, SmsState, Stop
from shared.core.phone import StoredNumber
from shared.core.plan import Policy, is_blocked, plan_user
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, SMS, address, method, number

ONE, TWO, THREE = "+46 701740605", "+46 701740666", "+46 701740677"
FIDO2 = Method.FIDO2
NOTHING = Current()
BOTH = Current((method(TWO, ALTERNATE), method(ONE, MOBILE)))


def steps(desired: Desired, current: Current = NOTHING) -> list[tuple[Method, Action]]:
    return [(change.method, change.action) for change in plan_user(desired, current, Policy()).changes]


def test_the_mobile_comes_before_the_alternate_and_sms_sign_in_when_all_numbers_are_there() -> None:
    values = {
        EMAIL: DesiredValue(address("anna@example.com")),
        OFFICE: DesiredValue(number(THREE)),
        ALTERNATE: DesiredValue(number(TWO)),
        MOBILE: DesiredValue(number(ONE)),
    }
    assert steps(Desired(values, sms_sign_in=True)) == [
        (MOBILE, Action.ADD),
        (ALTERNATE, Action.ADD),
        (OFFICE, Action.ADD),
        (EMAIL, Action.ADD),
        (SMS, Action.ENABLE),
    ]


def test_removals_come_last_and_the_alternate_before_the_mobile() -> None:
    current = Current(
        (method(ONE), method(TWO, ALTERNATE), method(THREE, OFFICE)),
        address("anna@example.com"),
        (OtherMethod(FIDO2, "key-1"),),
    )
    values = {kind: DesiredValue(None) for kind in (MOBILE, OFFICE, EMAIL, ALTERNATE)}
    assert steps(Desired(values, removals=(Removal(FIDO2),)), current) == [
        (ALTERNATE, Action.REMOVE),
        (MOBILE, Action.REMOVE),
        (OFFICE, Action.REMOVE),
        (EMAIL, Action.REMOVE),
        (FIDO2, Action.REMOVE),
    ]


def test_what_is_added_comes_before_what_is_removed() -> None:
    """A removal that is done first could leave the user with no method at all."""
    current = Current(others=(OtherMethod(FIDO2, "key-1"),))
    desired = Desired({MOBILE: DesiredValue(number(ONE))}, removals=(Removal(FIDO2),))
    assert steps(desired, current) == [(MOBILE, Action.ADD), (FIDO2, Action.REMOVE)]


def test_the_alternate_is_promoted_when_the_caller_names_both() -> None:
    desired = Desired({ALTERNATE: DesiredValue(None), MOBILE: DesiredValue(number(TWO))})
    assert steps(desired, BOTH) == [(MOBILE, Action.UPDATE), (ALTERNATE, Action.REMOVE)]


def test_the_alternate_is_not_promoted_when_only_the_mobile_is_to_go() -> None:
    assert steps(Desired({MOBILE: DesiredValue(None)}), BOTH) == [(MOBILE, Action.KEEP)]


def test_the_alternate_stays_when_what_it_may_be_promoted_to_is_not_clear() -> None:
    stop = Stop(Code.INVALID_NUMBER, "It is no number.")
    desired = Desired({ALTERNATE: DesiredValue(None), MOBILE: DesiredValue(None, stop=stop)})
    changes = plan_user(desired, BOTH, Policy()).changes
    assert [(change.method, change.action, change.stop) for change in changes] == [
        (MOBILE, Action.KEEP, stop),
        (ALTERNATE, Action.KEEP, stop),
    ]


def test_the_alternate_goes_though_another_mobile_was_to_go_than_is_registered() -> None:
    desired = Desired({ALTERNATE: DesiredValue(None), MOBILE: DesiredValue(None, present=number(THREE))})
    assert steps(desired, BOTH) == [(MOBILE, Action.KEEP), (ALTERNATE, Action.REMOVE)]


def test_two_numbers_change_places_in_place() -> None:
    desired = Desired({ALTERNATE: DesiredValue(number(ONE)), MOBILE: DesiredValue(number(TWO))})
    assert steps(desired, BOTH) == [(MOBILE, Action.UPDATE), (ALTERNATE, Action.UPDATE)]


def test_the_order_in_which_methods_are_read_or_named_does_not_matter() -> None:
    turned = Current(tuple(reversed(BOTH.phones)))
    for desired in (
        Desired({MOBILE: DesiredValue(None), ALTERNATE: DesiredValue(None)}),
        Desired({ALTERNATE: DesiredValue(None), MOBILE: DesiredValue(None)}),
    ):
        assert steps(desired, BOTH) == steps(desired, turned) == [(ALTERNATE, Action.REMOVE), (MOBILE, Action.REMOVE)]


# What falls with what

STORED, AFTER = StoredNumber(ONE), number(TWO)
READY, IDLE = SmsState.READY, SmsState.NOT_ENABLED


def write(kind: Method, action: Action) -> Change:
    before = None if action is Action.ADD else STORED
    return Change(action, kind, before, None if action is Action.REMOVE else AFTER)


ADD_ALTERNATE, UPDATE_ALTERNATE, REMOVE_ALTERNATE = (
    write(ALTERNATE, action) for action in (Action.ADD, Action.UPDATE, Action.REMOVE)
)
ADD_MOBILE, UPDATE_MOBILE, REMOVE_MOBILE = (
    write(MOBILE, action) for action in (Action.ADD, Action.UPDATE, Action.REMOVE)
)
ENABLE, DISABLE_NEW = Change(Action.ENABLE, SMS, IDLE, READY), Change(Action.DISABLE, SMS, None, IDLE)
ENABLE_AGAIN, DISABLE = Change(Action.ENABLE, SMS, READY, READY), Change(Action.DISABLE, SMS, READY, IDLE)
REMOVE_KEY = Change(Action.REMOVE, FIDO2, id="key-1")
EVERYTHING = [
    *(ADD_ALTERNATE, UPDATE_ALTERNATE, REMOVE_ALTERNATE, ADD_MOBILE, UPDATE_MOBILE, REMOVE_MOBILE),
    *(ENABLE, ENABLE_AGAIN, DISABLE, DISABLE_NEW, REMOVE_KEY),
    *(write(OFFICE, action) for action in (Action.ADD, Action.UPDATE, Action.REMOVE)),
]


@pytest.mark.parametrize(
    ("fails", "falls"),
    [
        (ADD_MOBILE, [ADD_ALTERNATE, UPDATE_ALTERNATE, REMOVE_ALTERNATE, ENABLE, ENABLE_AGAIN, DISABLE, DISABLE_NEW]),
        (UPDATE_MOBILE, [REMOVE_ALTERNATE, ENABLE, ENABLE_AGAIN, DISABLE_NEW]),
        (REMOVE_ALTERNATE, [REMOVE_MOBILE]),
        (REMOVE_MOBILE, []),
        (ADD_ALTERNATE, []),
        (UPDATE_ALTERNATE, []),
        (ENABLE, []),
        (DISABLE, []),
        (REMOVE_KEY, []),
        (write(OFFICE, Action.REMOVE), []),
    ],
    ids=lambda value: f"{value.action} {value.method}" if isinstance(value, Change) else "",
)
def test_a_failed_change_takes_with_it_what_depends_on_it_and_nothing_else(fails: Change, falls: list[Change]) -> None:
    assert [change for change in EVERYTHING if is_blocked(change, fails)] == falls
