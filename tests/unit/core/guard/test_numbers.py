"""guard/numbers.py: one number for several users of a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue
from shared.core.guard.numbers import NUMBER_SHARED, without_shared_numbers
from shared.core.models import Action, Change, Current, Method, Plan, SmsState, Stop, Target
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, UserPlan, plan_user
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, SMS, method, number

ONE, TWO, OLD = number("+46 701740605"), number("+46 701740606"), "+46 701740666"
THREE_AT_MOST = Policy()


def user(
    name: str, wanted: PhoneNumber | None, held: str | None = None, **more: DesiredValue | bool | None
) -> UserPlan:
    sms = more.pop("sms", None)
    values = {MOBILE: DesiredValue(wanted), **{Method(kind): value for kind, value in more.items()}}
    desired = Desired(values, sms if isinstance(sms, bool) else None)  # type: ignore[arg-type]
    current = Current((method(held),) if held else ())
    return UserPlan(Target(id=name), plan_user(desired, current, THREE_AT_MOST), (), name, desired, current)


def names(prefix: str, wanted: PhoneNumber, count: int, held: str | None = None) -> list[UserPlan]:
    return [user(f"{prefix}{index}", wanted, held) for index in range(count)]


def mobile_of(plan: UserPlan) -> Change:
    return next(change for change in plan.plan.changes if change.method is MOBILE)


def codes(plans: list[UserPlan]) -> list[Code | None]:
    return [stop.code if (stop := mobile_of(plan).stop) else None for plan in plans]


@pytest.mark.parametrize("held", [None, OLD], ids=["to be added", "to be updated"])
def test_a_number_for_more_than_three_is_written_for_nobody(held: str | None) -> None:
    three, four = names("a", ONE, 3, held), names("b", TWO, 4, held)
    found = without_shared_numbers([*three, *four], THREE_AT_MOST, (), ())
    assert codes(found) == [None] * 3 + [Code.NUMBER_SHARED] * 4
    assert [plan.has_writes for plan in found] == [True] * 3 + [False] * 4


def test_those_who_have_it_count_and_keep_it() -> None:
    plans = [*names("a", ONE, 3, ONE.graph_format), *names("b", ONE, 1)]
    found = without_shared_numbers(plans, THREE_AT_MOST, (), ())
    assert codes(found) == [None, None, None, Code.NUMBER_SHARED]
    assert [mobile_of(plan).action for plan in found] == [Action.KEEP] * 4


def test_at_nought_any_number_of_users_may_have_it() -> None:
    plans = names("a", ONE, 40)
    assert without_shared_numbers(plans, Policy(users_per_number=0), (), ()) == plans


@pytest.mark.parametrize("most", [1, 2])
def test_one_user_more_than_allowed_is_too_many(most: int) -> None:
    found = without_shared_numbers(names("a", ONE, most + 1), Policy(users_per_number=most), (), ())
    assert codes(found) == [Code.NUMBER_SHARED] * (most + 1)


def test_an_extension_makes_another_number_and_a_spelling_does_not() -> None:
    plans = [*names("a", ONE, 3), *names("b", number("+46 70-174 06 05"), 1)]
    assert codes(without_shared_numbers(plans, THREE_AT_MOST, (), ())) == [Code.NUMBER_SHARED] * 4
    plans = [*names("a", ONE, 3), *names("b", number("+46 701740605 x7"), 1)]
    assert codes(without_shared_numbers(plans, THREE_AT_MOST, (), ())) == [None] * 4


def test_users_who_could_not_be_read_count() -> None:
    unread = Plan(stop=Stop(Code.THROTTLED, "Later."))
    plans = [*names("a", ONE, 3), UserPlan(Target(id="b"), unread, (), "b", Desired({MOBILE: DesiredValue(ONE)}))]
    found = without_shared_numbers(plans, THREE_AT_MOST, (), ())
    assert codes(found[:3]) == [Code.NUMBER_SHARED] * 3
    assert found[3].plan == unread


def test_who_could_not_be_read_and_should_sign_in_by_sms_spoils_nobodys_plan() -> None:
    unread = Plan(stop=Stop(Code.THROTTLED, "Later."))
    desired = Desired({MOBILE: DesiredValue(ONE)}, sms_sign_in=True)
    plans = [user("a", ONE, sms=True), UserPlan(Target(id="b"), unread, (), "b", desired)]
    assert without_shared_numbers(plans, THREE_AT_MOST, (), ()) == plans


def test_only_mobile_numbers_are_counted() -> None:
    plans = [user(f"u{index}", None, OLD, office=DesiredValue(ONE)) for index in range(40)]
    assert without_shared_numbers(plans, THREE_AT_MOST, (), ()) == plans


def test_another_method_of_such_a_user_is_written_and_what_depends_on_the_number_is_not() -> None:
    plans = [
        user(f"u{index}", ONE, None, office=DesiredValue(TWO), alternateMobile=DesiredValue(TWO), sms=True)
        for index in range(4)
    ]
    found = without_shared_numbers(plans, THREE_AT_MOST, (), ())[0]
    told = {change.method: (change.action, change.stop.code if change.stop else None) for change in found.plan.changes}
    assert told == {
        MOBILE: (Action.KEEP, Code.NUMBER_SHARED),
        ALTERNATE: (Action.KEEP, Code.NO_MOBILE),
        OFFICE: (Action.ADD, None),
        SMS: (Action.KEEP, Code.NO_MOBILE),
    }


def test_the_stop_stays_when_the_user_is_planned_for_again() -> None:
    found = without_shared_numbers(names("a", ONE, 4), THREE_AT_MOST, (), ())[0]
    again = plan_user(found.desired, Current((method(OLD, MOBILE, SmsState.NOT_ENABLED),)), THREE_AT_MOST)
    assert [change.stop for change in again.changes] == [NUMBER_SHARED]


def test_those_of_a_longer_list_are_named_by_who_has_seen_it_all() -> None:
    plans = names("a", ONE, 2)
    found = without_shared_numbers(plans, THREE_AT_MOST, [Target(id="a1")], ())
    assert codes(found) == [None, Code.NUMBER_SHARED]


@given(
    st.lists(st.tuples(st.sampled_from([ONE, TWO, None]), st.sampled_from([None, OLD, ONE.graph_format])), max_size=12),
    st.integers(0, 4),
)
def test_no_number_is_written_for_too_many_and_no_write_is_added(
    people: list[tuple[PhoneNumber | None, str | None]], most: int
) -> None:
    plans = [user(f"u{index}", wanted, held) for index, (wanted, held) in enumerate(people)]
    found = without_shared_numbers(plans, Policy(users_per_number=most), (), ())
    for before, after in zip(plans, found, strict=True):
        assert before.has_writes or not after.has_writes
        assert after.plan == before.plan or codes([after]) == [Code.NUMBER_SHARED]
    for each in (ONE, TWO):
        desired = sum(wanted == each for wanted, _ in people)
        written = [plan for plan in found if plan.has_writes and mobile_of(plan).after == each]
        assert not written or not most or desired <= most
