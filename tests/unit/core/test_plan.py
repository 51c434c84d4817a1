"""plan.py: one test for each row of the tables in its docstring; conditions, SMS sign-in and the order
have files of their own."""

import pytest

from shared.core.codes import Code
from shared.core.models import (
    PHONES,
    Action,
    After,
    Before,
    Change,
    Method,
    OtherMethod,
    PhoneMethod,
    Registered,
    SmsState,
    Stop,
)
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan import Policy, Want, Wanted, plan_user
from shared.core.wishes import Condition
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, address, method, number

TEXT, OTHER_TEXT = "+46 701740605", "+46 701740666"
WANTED = number(TEXT)
ANNA, OTHER_ADDRESS = address("anna@example.com"), address("a@example.com")
NOTHING = Registered()
KEEP, REWRITE = Policy(), Policy(rewrite_masked=True)
OFFICE_PHONE = method("+46 701740691", OFFICE)
INVALID = Stop(Code.INVALID_NUMBER, "It is no number.")


def plan(wanted: Wanted, registered: Registered = NOTHING, policy: Policy = KEEP) -> tuple[Change, ...]:
    found = plan_user(wanted, registered, policy)
    assert found.stop is None
    return found.changes


def one(wanted: Wanted, registered: Registered = NOTHING, policy: Policy = KEEP) -> Change:
    (change,) = plan(wanted, registered, policy)
    return change


def wants(**values: PhoneNumber | Want | None) -> Wanted:
    return Wanted({Method(name): value if isinstance(value, Want) else Want(value) for name, value in values.items()})


def mobile(text: str, *others: PhoneMethod, state: SmsState | None = None) -> Registered:
    return Registered((method(text, MOBILE, state), *others))


def change(
    action: Action,
    before: str | None,
    after: PhoneNumber | None = WANTED,
    *,
    kind: Method = MOBILE,
    masked_match: bool = False,
    stop: Stop | None = None,
) -> Change:
    return Change(
        action, kind, None if before is None else StoredNumber(before), after, masked_match=masked_match, stop=stop
    )


# A value and what is registered: the same rows for each phone type, beside a mobile that is not wanted for alternates


def beside(kind: Method, *texts: str) -> Registered:
    """Registered: the texts as this type, and a mobile if that is another type."""
    below = () if kind is MOBILE else (method(OTHER_TEXT, MOBILE),)
    return Registered((*(method(text, kind) for text in texts), *below))


phone_types = pytest.mark.parametrize("kind", PHONES)


@phone_types
def test_a_number_and_none_registered_add(kind: Method) -> None:
    assert one(Wanted({kind: Want(WANTED)}), beside(kind)) == change(Action.ADD, None, kind=kind)


@phone_types
@pytest.mark.parametrize("text", [TEXT, "+46701740605", "+46 70-174 06 05"])
def test_a_number_and_the_same_registered_in_any_spelling_keep(kind: Method, text: str) -> None:
    assert one(Wanted({kind: Want(WANTED)}), beside(kind, text)) == change(Action.KEEP, text, kind=kind)


@phone_types
@pytest.mark.parametrize("text", [OTHER_TEXT, "+46 701740605x1", "?"])
def test_a_number_and_another_one_or_something_unreadable_registered_update_in_place(kind: Method, text: str) -> None:
    assert one(Wanted({kind: Want(WANTED)}), beside(kind, text)) == change(Action.UPDATE, text, kind=kind)


@phone_types
def test_a_number_and_a_masked_one_whose_visible_digits_differ_update(kind: Method) -> None:
    found = one(Wanted({kind: Want(WANTED)}), beside(kind, "+46 *******06"))
    assert found == change(Action.UPDATE, "+46 *******06", kind=kind)


@phone_types
@pytest.mark.parametrize(("policy", "action"), [(KEEP, Action.KEEP), (REWRITE, Action.UPDATE)])
def test_a_number_and_a_masked_one_whose_visible_digits_agree(kind: Method, policy: Policy, action: Action) -> None:
    found = one(Wanted({kind: Want(WANTED)}), beside(kind, "+46 *******05"), policy)
    assert found == change(action, "+46 *******05", kind=kind, masked_match=True)


def test_on_masked_rewrite_leaves_an_equal_number_alone() -> None:
    assert one(wants(mobile=WANTED), mobile(TEXT), REWRITE) == change(Action.KEEP, TEXT)


@phone_types
def test_no_number_and_none_registered_keep(kind: Method) -> None:
    assert one(Wanted({kind: Want(None)}), beside(kind)) == change(Action.KEEP, None, None, kind=kind)


@phone_types
def test_no_number_and_one_registered_remove(kind: Method) -> None:
    assert one(Wanted({kind: Want(None)}), beside(kind, TEXT)) == change(Action.REMOVE, TEXT, None, kind=kind)


@pytest.mark.parametrize(
    ("wanted", "registered", "action"),
    [
        (ANNA, None, Action.ADD),
        (ANNA, ANNA, Action.KEEP),
        (ANNA, address("Anna@EXAMPLE.com"), Action.KEEP),
        (ANNA, OTHER_ADDRESS, Action.UPDATE),
        (None, None, Action.KEEP),
        (None, ANNA, Action.REMOVE),
    ],
)
def test_the_same_rows_for_the_email_method(wanted: After | None, registered: Before | None, action: Action) -> None:
    found = one(Wanted({EMAIL: Want(wanted)}), Registered(email=registered))  # type: ignore[arg-type]
    assert found == Change(action, EMAIL, registered, wanted)


def test_what_is_not_wanted_is_not_planned_for() -> None:
    everything = Registered(
        (method(TEXT), method(OTHER_TEXT, ALTERNATE), OFFICE_PHONE), ANNA, (OtherMethod(Method.FIDO2, "key-1"),)
    )
    assert plan(Wanted(), everything) == ()
    assert [found.method for found in plan(wants(mobile=number("+46 701740677")), everything)] == [MOBILE]
    assert [found.method for found in plan(wants(office=None), everything)] == [OFFICE]


@phone_types
def test_what_could_not_be_made_out_is_a_keep_that_says_why(kind: Method) -> None:
    found = one(Wanted({kind: Want(None, stop=INVALID)}), beside(kind, TEXT))
    assert found == change(Action.KEEP, TEXT, None, kind=kind, stop=INVALID)


# Asked for and not possible


def stop_of(found: Change) -> Code | None:
    assert found.action is Action.KEEP
    return found.stop.code if found.stop else None


def test_an_alternate_without_a_mobile() -> None:
    found = one(wants(alternateMobile=WANTED))
    assert (found.after, stop_of(found)) == (WANTED, Code.NO_MOBILE)


@pytest.mark.parametrize("want", [Want(None), Want(None, stop=INVALID), Want(WANTED, Condition.MUST_EXIST)])
def test_an_alternate_beside_a_mobile_that_does_not_come(want: Want) -> None:
    kept, alternate = plan(wants(mobile=want, alternateMobile=WANTED))
    assert kept.action is Action.KEEP
    assert stop_of(alternate) is Code.NO_MOBILE


@pytest.mark.parametrize("alternate", [None, Want(number(OTHER_TEXT)), Want(WANTED), Want(None, stop=INVALID)], ids=str)
def test_a_mobile_cannot_go_from_under_an_alternate_that_stays(alternate: Want | None) -> None:
    values = {MOBILE: Want(None)} | ({ALTERNATE: alternate} if alternate else {})
    changes = plan(Wanted(values), mobile(TEXT, method(OTHER_TEXT, ALTERNATE)))
    (kept,) = (found for found in changes if found.method is MOBILE)
    assert stop_of(kept) is Code.ALTERNATE_EXISTS
    assert kept.before == StoredNumber(TEXT)


def test_a_mobile_cannot_go_from_under_an_alternate_of_which_only_another_number_was_to_go() -> None:
    wanted = wants(mobile=None, alternateMobile=Want(None, present=WANTED))
    kept, alternate = plan(wanted, mobile(TEXT, method(OTHER_TEXT, ALTERNATE)))
    assert (stop_of(kept), stop_of(alternate)) == (Code.ALTERNATE_EXISTS, Code.VALUE_MISMATCH)


def test_a_mobile_cannot_go_from_under_an_alternate_that_comes() -> None:
    kept, add = plan(wants(mobile=None, alternateMobile=WANTED), mobile(TEXT))
    assert (add.action, stop_of(kept)) == (Action.ADD, Code.ALTERNATE_EXISTS)


@pytest.mark.parametrize(
    ("want", "phones"),
    [(Want(WANTED), ()), (Want(WANTED), (OFFICE_PHONE,)), (Want(None), (OFFICE_PHONE,))],
    ids=["add", "update", "remove"],
)
def test_the_office_of_a_synchronised_user_is_not_ours(want: Want, phones: tuple[PhoneMethod, ...]) -> None:
    wanted = Wanted({OFFICE: want}, synced=True)
    assert stop_of(one(wanted, Registered(phones))) is Code.OFFICE_SYNCED


def test_the_office_of_a_synchronised_user_may_be_right() -> None:
    wanted = Wanted({OFFICE: Want(number("+46 701740691"))}, synced=True)
    assert stop_of(one(wanted, Registered((OFFICE_PHONE,)))) is None


def test_the_other_numbers_of_a_synchronised_user_are_ours() -> None:
    wanted = Wanted({MOBILE: Want(WANTED), ALTERNATE: Want(number(OTHER_TEXT))}, synced=True)
    assert [found.action for found in plan(wanted)] == [Action.ADD, Action.ADD]
