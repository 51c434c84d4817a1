"""plan.py with ON_DIFFERENT=keep: what is empty is filled, what is registered is never replaced."""

import pytest

from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue
from shared.core.models import Action, Change, Current, Method, SmsState, Target
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan import Policy, UserPlan, plan_user
from shared.core.results import announced
from tests.unit.core.planning import (
    ANNA,
    KEEP,
    NUMBER,
    OTHER_ADDRESS,
    OTHER_TEXT,
    REWRITE,
    TEXT,
    beside,
    one,
    phone_types,
)
from tests.unit.core.planning import plan as planned
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, SMS, method, number

LEAVE = Condition.UNLESS_DIFFERENT
OTHER = number(OTHER_TEXT)


def want(**values: PhoneNumber | None) -> Desired:
    return Desired({Method(name): DesiredValue(value, LEAVE) for name, value in values.items()})


def told(desired: Desired, current: Current, policy: Policy = KEEP) -> dict[Method, tuple[Action, Code | None]]:
    changes = plan_user(desired, current, policy).changes
    return {change.method: (change.action, change.stop.code if change.stop else None) for change in changes}


@phone_types
def test_a_number_that_differs_stays_and_both_are_told(kind: Method) -> None:
    change = one(Desired({kind: DesiredValue(NUMBER, LEAVE)}), beside(kind, OTHER_TEXT))
    assert (change.action, change.before, change.after) == (Action.KEEP, StoredNumber(OTHER_TEXT), NUMBER)
    assert change.stop is not None
    assert change.stop.code is Code.DIFFERS


def test_an_address_that_differs_stays() -> None:
    change = one(Desired({EMAIL: DesiredValue(ANNA, LEAVE)}), Current(email=OTHER_ADDRESS))
    assert (change.action, change.before, change.after) == (Action.KEEP, OTHER_ADDRESS, ANNA)


@phone_types
def test_what_is_empty_is_filled_and_what_is_right_is_right(kind: Method) -> None:
    desired = Desired({kind: DesiredValue(NUMBER, LEAVE)})
    assert one(desired, beside(kind)).action is Action.ADD
    assert one(desired, beside(kind, TEXT)).stop is None


@pytest.mark.parametrize("policy", [KEEP, REWRITE])
def test_a_masked_number_whose_digits_agree_is_not_replaced_either(policy: Policy) -> None:
    change = one(want(mobile=NUMBER), Current((method("+46 *******05"),)), policy)
    assert (change.action, change.masked_match, change.stop) == (Action.KEEP, True, None)


def test_a_masked_number_whose_digits_differ_stays() -> None:
    assert told(want(mobile=NUMBER), Current((method("+46 *******66"),))) == {MOBILE: (Action.KEEP, Code.DIFFERS)}


def test_what_the_directory_does_not_have_is_still_removed() -> None:
    current = Current((method(OTHER_TEXT, MOBILE), method("+46 701740677", ALTERNATE), method(TEXT, OFFICE)))
    assert told(want(mobile=NUMBER, alternateMobile=None, office=None), current) == {
        MOBILE: (Action.KEEP, Code.DIFFERS),
        ALTERNATE: (Action.REMOVE, None),
        OFFICE: (Action.REMOVE, None),
    }


@pytest.mark.parametrize("alternate", [TEXT, "+46 *******05"])
def test_a_promotion_is_left_whole_for_the_number_would_be_lost(alternate: str) -> None:
    current = Current((method(OTHER_TEXT, MOBILE), method(alternate, ALTERNATE)))
    assert told(want(mobile=NUMBER, alternateMobile=None), current) == {
        MOBILE: (Action.KEEP, Code.DIFFERS),
        ALTERNATE: (Action.KEEP, Code.DIFFERS),
    }
    replaced = told(Desired({MOBILE: DesiredValue(NUMBER), ALTERNATE: DesiredValue(None)}), current)
    assert replaced == {MOBILE: (Action.UPDATE, None), ALTERNATE: (Action.REMOVE, None)}


@pytest.mark.parametrize("alternate", [{}, {"alternateMobile": NUMBER}], ids=["not tracked", "right"])
def test_an_alternate_that_stays_is_no_promotion(alternate: dict[str, PhoneNumber]) -> None:
    current = Current((method(OTHER_TEXT, MOBILE), method(TEXT, ALTERNATE)))
    right = {ALTERNATE: (Action.KEEP, None)} if alternate else {}
    assert told(want(mobile=NUMBER, **alternate), current) == {MOBILE: (Action.KEEP, Code.DIFFERS), **right}


def test_two_numbers_that_changed_places_both_stay() -> None:
    current = Current((method(OTHER_TEXT, MOBILE), method(TEXT, ALTERNATE)))
    assert set(told(want(mobile=NUMBER, alternateMobile=OTHER), current).values()) == {(Action.KEEP, Code.DIFFERS)}


@pytest.mark.parametrize("state", [SmsState.NOT_ENABLED, SmsState.READY])
def test_a_number_that_was_not_meant_is_not_switched_on_for_sms_sign_in(state: SmsState) -> None:
    desired = Desired({MOBILE: DesiredValue(NUMBER, LEAVE)}, sms_sign_in=True)
    assert told(desired, Current((method(OTHER_TEXT, MOBILE, state),)))[SMS] == (Action.KEEP, Code.DIFFERS)


def test_unwanted_sms_sign_in_goes_off_whatever_the_number() -> None:
    desired = Desired({MOBILE: DesiredValue(NUMBER, LEAVE)}, sms_sign_in=False)
    assert told(desired, Current((method(OTHER_TEXT, MOBILE, SmsState.READY),)))[SMS] == (Action.DISABLE, None)


def test_the_user_is_named_by_the_changes_that_are_made() -> None:
    def code(desired: Desired, *registered: Change | object) -> Code:
        current = Current(tuple(registered))  # type: ignore[arg-type]
        return announced(
            UserPlan(Target(id="anna"), plan_user(desired, current, KEEP), (), "anna", desired, current)
        ).code

    other = method(OTHER_TEXT, MOBILE)
    assert code(want(mobile=NUMBER), other) is Code.DIFFERS
    assert code(want(mobile=NUMBER, office=NUMBER), other, method(TEXT, OFFICE)) is Code.DIFFERS
    assert code(want(mobile=NUMBER, office=NUMBER), other) is Code.PLANNED
    assert code(want(mobile=NUMBER, office=None), other, method(TEXT, OFFICE)) is Code.PLANNED


def test_without_the_switch_it_is_an_update() -> None:
    (change,) = planned(Desired({MOBILE: DesiredValue(NUMBER)}), Current((method(OTHER_TEXT),)))
    assert change.action is Action.UPDATE
