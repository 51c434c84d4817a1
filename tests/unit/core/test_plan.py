"""plan.py: one test for each row of the tables in its docstring; conditions, SMS sign-in and the order
have files of their own."""

import pytest

from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue
from shared.core.models import Action, After, Before, Change, Current, Method, OtherMethod, PhoneMethod, Stop
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan import Policy
from tests.unit.core.planning import (
    ANNA,
    INVALID,
    KEEP,
    NUMBER,
    OFFICE_PHONE,
    OTHER_ADDRESS,
    OTHER_TEXT,
    REWRITE,
    TEXT,
    beside,
    mobile,
    one,
    phone_types,
    plan,
    stop_of,
)
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, address, method, number


def desire(**values: PhoneNumber | DesiredValue | None) -> Desired:
    """By the name of the method."""
    return Desired(
        {
            Method(name): value if isinstance(value, DesiredValue) else DesiredValue(value)
            for name, value in values.items()
        }
    )


def change(
    action: Action,
    before: str | None,
    after: PhoneNumber | None = NUMBER,
    *,
    kind: Method = MOBILE,
    masked_match: bool = False,
    stop: Stop | None = None,
) -> Change:
    return Change(
        action, kind, None if before is None else StoredNumber(before), after, masked_match=masked_match, stop=stop
    )


# A value and what is registered: the same rows for each phone type; alternates stand beside a mobile that is left alone


@phone_types
def test_a_number_and_none_registered_add(kind: Method) -> None:
    assert one(Desired({kind: DesiredValue(NUMBER)}), beside(kind)) == change(Action.ADD, None, kind=kind)


@phone_types
@pytest.mark.parametrize("text", [TEXT, "+46701740605", "+46 70-174 06 05"])
def test_a_number_and_the_same_registered_in_any_spelling_keep(kind: Method, text: str) -> None:
    assert one(Desired({kind: DesiredValue(NUMBER)}), beside(kind, text)) == change(Action.KEEP, text, kind=kind)


@phone_types
@pytest.mark.parametrize("text", [OTHER_TEXT, "+46 701740605x1", "?"])
def test_a_number_and_another_one_or_something_unreadable_registered_update_in_place(kind: Method, text: str) -> None:
    assert one(Desired({kind: DesiredValue(NUMBER)}), beside(kind, text)) == change(Action.UPDATE, text, kind=kind)


@phone_types
def test_a_number_and_a_masked_one_whose_visible_digits_differ_update(kind: Method) -> None:
    found = one(Desired({kind: DesiredValue(NUMBER)}), beside(kind, "+46 *******06"))
    assert found == change(Action.UPDATE, "+46 *******06", kind=kind)


@phone_types
@pytest.mark.parametrize(("policy", "action"), [(KEEP, Action.KEEP), (REWRITE, Action.UPDATE)])
def test_a_number_and_a_masked_one_whose_visible_digits_agree(kind: Method, policy: Policy, action: Action) -> None:
    found = one(Desired({kind: DesiredValue(NUMBER)}), beside(kind, "+46 *******05"), policy)
    assert found == change(action, "+46 *******05", kind=kind, masked_match=True)


def test_on_masked_rewrite_leaves_an_equal_number_alone() -> None:
    assert one(desire(mobile=NUMBER), mobile(TEXT), REWRITE) == change(Action.KEEP, TEXT)


@phone_types
def test_no_number_and_none_registered_keep(kind: Method) -> None:
    assert one(Desired({kind: DesiredValue(None)}), beside(kind)) == change(Action.KEEP, None, None, kind=kind)


@phone_types
def test_no_number_and_one_registered_remove(kind: Method) -> None:
    assert one(Desired({kind: DesiredValue(None)}), beside(kind, TEXT)) == change(Action.REMOVE, TEXT, None, kind=kind)


@pytest.mark.parametrize(
    ("desired", "current", "action"),
    [
        (ANNA, None, Action.ADD),
        (ANNA, ANNA, Action.KEEP),
        (ANNA, address("Anna@EXAMPLE.com"), Action.KEEP),
        (ANNA, OTHER_ADDRESS, Action.UPDATE),
        (None, None, Action.KEEP),
        (None, ANNA, Action.REMOVE),
    ],
)
def test_the_same_rows_for_the_email_method(desired: After | None, current: Before | None, action: Action) -> None:
    found = one(Desired({EMAIL: DesiredValue(desired)}), Current(email=current))  # type: ignore[arg-type]
    assert found == Change(action, EMAIL, current, desired)


def test_what_is_not_desired_is_not_planned_for() -> None:
    everything = Current(
        (method(TEXT), method(OTHER_TEXT, ALTERNATE), OFFICE_PHONE), ANNA, (OtherMethod(Method.FIDO2, "key-1"),)
    )
    assert plan(Desired(), everything) == ()
    assert [found.method for found in plan(desire(mobile=number("+46 701740677")), everything)] == [MOBILE]
    assert [found.method for found in plan(desire(office=None), everything)] == [OFFICE]


@phone_types
def test_what_could_not_be_made_out_is_a_keep_that_says_why(kind: Method) -> None:
    found = one(Desired({kind: DesiredValue(None, stop=INVALID)}), beside(kind, TEXT))
    assert found == change(Action.KEEP, TEXT, None, kind=kind, stop=INVALID)


# Asked for and not possible


def test_an_alternate_without_a_mobile() -> None:
    found = one(desire(alternateMobile=NUMBER))
    assert (found.after, stop_of(found)) == (NUMBER, Code.NO_MOBILE)


@pytest.mark.parametrize(
    "value", [DesiredValue(None), DesiredValue(None, stop=INVALID), DesiredValue(NUMBER, Condition.MUST_EXIST)]
)
def test_an_alternate_beside_a_mobile_that_does_not_come(value: DesiredValue) -> None:
    kept, alternate = plan(desire(mobile=value, alternateMobile=NUMBER))
    assert kept.action is Action.KEEP
    assert stop_of(alternate) is Code.NO_MOBILE


@pytest.mark.parametrize(
    "alternate",
    [None, DesiredValue(number(OTHER_TEXT)), DesiredValue(NUMBER), DesiredValue(None, stop=INVALID)],
    ids=str,
)
def test_a_mobile_cannot_go_from_under_an_alternate_that_stays(alternate: DesiredValue | None) -> None:
    values = {MOBILE: DesiredValue(None)} | ({ALTERNATE: alternate} if alternate else {})
    changes = plan(Desired(values), mobile(TEXT, method(OTHER_TEXT, ALTERNATE)))
    (kept,) = (found for found in changes if found.method is MOBILE)
    assert stop_of(kept) is Code.ALTERNATE_EXISTS
    assert kept.before == StoredNumber(TEXT)


def test_a_mobile_cannot_go_from_under_an_alternate_of_which_only_another_number_was_to_go() -> None:
    desired = desire(mobile=None, alternateMobile=DesiredValue(None, present=NUMBER))
    kept, alternate = plan(desired, mobile(TEXT, method(OTHER_TEXT, ALTERNATE)))
    assert (stop_of(kept), stop_of(alternate)) == (Code.ALTERNATE_EXISTS, Code.VALUE_MISMATCH)


def test_a_mobile_cannot_go_from_under_an_alternate_that_comes() -> None:
    kept, add = plan(desire(mobile=None, alternateMobile=NUMBER), mobile(TEXT))
    assert (add.action, stop_of(kept)) == (Action.ADD, Code.ALTERNATE_EXISTS)


@pytest.mark.parametrize(
    ("value", "phones"),
    [(DesiredValue(NUMBER), ()), (DesiredValue(NUMBER), (OFFICE_PHONE,)), (DesiredValue(None), (OFFICE_PHONE,))],
    ids=["add", "update", "remove"],
)
def test_the_office_of_a_synchronised_user_is_not_ours(value: DesiredValue, phones: tuple[PhoneMethod, ...]) -> None:
    desired = Desired({OFFICE: value}, synced=True)
    assert stop_of(one(desired, Current(phones))) is Code.OFFICE_SYNCED


def test_the_office_of_a_synchronised_user_may_be_right() -> None:
    desired = Desired({OFFICE: DesiredValue(number("+46 701740691"))}, synced=True)
    assert stop_of(one(desired, Current((OFFICE_PHONE,)))) is None


def test_the_other_numbers_of_a_synchronised_user_are_ours() -> None:
    desired = Desired({MOBILE: DesiredValue(NUMBER), ALTERNATE: DesiredValue(number(OTHER_TEXT))}, synced=True)
    assert [found.action for found in plan(desired)] == [Action.ADD, Action.ADD]
