"""plan.py: one test for each row of the state table in its docstring, and what the directory's text is taken for."""

import pytest

from shared.models import Action, Change, Code, PhoneMethod, Plan, Stop, User
from shared.phone import StoredNumber
from shared.plan import Policy, Wanted, plan_user, wanted_mobile
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, method, number

WANTED = number("+46 701740605")
KEEP, REMOVE, REWRITE = Policy(), Policy(remove_on_empty=True), Policy(rewrite_masked=True)
OTHERS = (method("+46 701740690", ALTERNATE), method("+46 701740691", OFFICE))


def plan(wanted: Wanted, *registered: PhoneMethod, policy: Policy = KEEP) -> Plan:
    return plan_user(wanted, registered, policy)


def mobile_change(action: Action, before: str | None, *, masked_match: bool = False, after: object = WANTED) -> Change:
    stored = None if before is None else StoredNumber(before)
    return Change(action, MOBILE, stored, after, masked_match)  # type: ignore[arg-type]


# Rows of the state table


def test_a_number_and_none_registered_add() -> None:
    assert plan(Wanted(WANTED)) == Plan(mobile_change(Action.ADD, None))


def test_a_number_and_the_same_registered_keep() -> None:
    assert plan(Wanted(WANTED), method("+46 701740605")) == Plan(mobile_change(Action.KEEP, "+46 701740605"))


def test_a_number_and_the_same_in_another_spelling_keep() -> None:
    assert plan(Wanted(WANTED), method("+46701740605")) == Plan(mobile_change(Action.KEEP, "+46701740605"))


def test_a_number_and_another_registered_update_in_place() -> None:
    assert plan(Wanted(WANTED), method("+46 701740666")) == Plan(mobile_change(Action.UPDATE, "+46 701740666"))


def test_a_number_that_differs_in_its_extension_only_update() -> None:
    assert plan(Wanted(WANTED), method("+46 701740605x1")) == Plan(mobile_change(Action.UPDATE, "+46 701740605x1"))


def test_a_number_and_something_unreadable_registered_update() -> None:
    assert plan(Wanted(WANTED), method("?")).change == mobile_change(Action.UPDATE, "?")


def test_a_number_and_a_masked_one_whose_visible_digits_differ_update() -> None:
    assert plan(Wanted(WANTED), method("+46 *******06")) == Plan(mobile_change(Action.UPDATE, "+46 *******06"))


def test_a_number_and_a_masked_one_whose_visible_digits_agree_keep_as_masked_match() -> None:
    expected = Plan(mobile_change(Action.KEEP, "+46 *******05", masked_match=True))
    assert plan(Wanted(WANTED), method("+46 *******05")) == expected


def test_the_same_with_on_masked_rewrite_update() -> None:
    expected = Plan(mobile_change(Action.UPDATE, "+46 *******05", masked_match=True))
    assert plan(Wanted(WANTED), method("+46 *******05"), policy=REWRITE) == expected


def test_on_masked_rewrite_leaves_an_equal_number_alone() -> None:
    assert plan(Wanted(WANTED), method("+46 701740605"), policy=REWRITE).change == mobile_change(
        Action.KEEP, "+46 701740605"
    )


def test_no_number_and_none_registered_keep() -> None:
    assert plan(Wanted(None), policy=REMOVE) == Plan(mobile_change(Action.KEEP, None, after=None))


def test_no_number_and_only_other_types_registered_keep() -> None:
    assert plan(Wanted(None), *OTHERS, policy=REMOVE) == Plan(mobile_change(Action.KEEP, None, after=None))


def test_no_number_and_one_registered_without_alternate_remove() -> None:
    expected = Plan(mobile_change(Action.REMOVE, "+46 701740605", after=None))
    assert plan(Wanted(None), method("+46 701740605"), policy=REMOVE) == expected
    office = method("+46 701740691", OFFICE)
    assert plan(Wanted(None), method("+46 701740605"), office, policy=REMOVE) == expected


def test_no_number_and_one_registered_with_an_alternate_keep_as_alternate_exists() -> None:
    planned = plan(Wanted(None), method("+46 701740605"), *OTHERS, policy=REMOVE)
    assert planned.change == mobile_change(Action.KEEP, "+46 701740605", after=None)
    assert planned.stop is not None
    assert planned.stop.code is Code.ALTERNATE_EXISTS


@pytest.mark.parametrize("wanted", [Wanted(WANTED), Wanted(None)])
def test_only_mobile_is_ever_planned_for(wanted: Wanted) -> None:
    change = plan(wanted, *OTHERS, policy=REMOVE).change
    assert change is not None
    assert change.phone_type is MOBILE


# What the directory says


def user(source: str | None, location: str | None = None) -> User:
    return User("id-1", "anna@contoso.com", source, location)


@pytest.mark.parametrize("source", [None, "", "  ", "\u00a0", "\r\n"])
def test_an_empty_attribute_says_nothing_unless_it_means_removal(source: str | None) -> None:
    assert wanted_mobile(user(source), KEEP) == Stop(Code.SOURCE_EMPTY, "The directory holds no number.")
    assert wanted_mobile(user(source), REMOVE) == Wanted(None)


def test_an_unusable_number_is_never_taken_for_none() -> None:
    stop = wanted_mobile(user("n/a"), REMOVE)
    assert isinstance(stop, Stop)
    assert stop.code is Code.INVALID_NUMBER
    assert stop.message.startswith("The number in the directory cannot be used: it has characters")


def test_the_reason_for_an_invalid_number_repeats_no_digit() -> None:
    stop = wanted_mobile(user("+46 12345678901234567"), KEEP)
    assert isinstance(stop, Stop)
    assert not any(character.isdigit() for character in stop.message)


def test_national_numbers_use_the_users_usage_location_before_the_default_region() -> None:
    policy = Policy(default_region="US")
    assert wanted_mobile(user("070-174 06 05", "SE"), policy) == Wanted(WANTED)
    assert wanted_mobile(user("(206) 555-0100"), policy) == Wanted(number("+1 2065550100"))


def test_national_vs_international_validity() -> None:
    """070… of one country must not become a wrong number of another; with its country code possible is enough."""
    national = wanted_mobile(user("070-174 06 05", "US"), KEEP)
    assert isinstance(national, Stop)
    assert national.code is Code.INVALID_NUMBER
    assert wanted_mobile(user("+46 70-174 06 05", "US"), KEEP) == Wanted(WANTED)


def test_a_national_number_without_any_country_is_invalid() -> None:
    stop = wanted_mobile(user("070-174 06 05"), KEEP)
    assert isinstance(stop, Stop)
    assert stop.code is Code.INVALID_NUMBER


def test_a_usage_location_that_is_no_country_leaves_it_to_the_default_region() -> None:
    user = User("u1", "anna@contoso.com", "070-174 06 05", "XX")
    assert wanted_mobile(user, Policy(default_region="SE")) == Wanted(WANTED)
