"""guard.py: how many removals a request may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.guard import MIN_REMOVALS, judge, removals_allowed
from shared.core.models import Action, Change, Method, Plan, SmsState, Stop
from shared.core.phone import StoredNumber
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, SMS, address, number

HELD = StoredNumber("+46 701740605")
REMOVAL = Plan((Change(Action.REMOVE, MOBILE, HELD, None),))
REMOVALS = [
    *(Change(Action.REMOVE, kind, HELD, None) for kind in (ALTERNATE, MOBILE, OFFICE)),
    Change(Action.REMOVE, EMAIL, address("anna@example.com"), None),
    Change(Action.REMOVE, Method.FIDO2, id="key-1"),
]
OTHERS = [
    Change(Action.ADD, MOBILE, None, number("+46 701740606")),
    Change(Action.UPDATE, MOBILE, HELD, number("+46 701740606")),
    Change(Action.KEEP, MOBILE, HELD, None, stop=Stop(Code.ALTERNATE_EXISTS, "An alternate exists.")),
    Change(Action.KEEP, Method.FIDO2, id="key-2"),
    Change(Action.ENABLE, SMS, None, SmsState.READY),
    Change(Action.DISABLE, SMS, SmsState.READY, SmsState.NOT_ENABLED),
]


@pytest.mark.parametrize(
    ("removals", "users", "percent", "safe"),
    [
        (0, 0, 10, True),
        (10, 10, 10, True),
        (11, 11, 10, False),
        (11, 109, 10, False),
        (11, 110, 10, True),
        (12, 119, 10, False),
        (12, 120, 10, True),
        (10, 500, 0, True),
        (11, 500, 0, False),
        (500, 500, 100, True),
        (50, 500, 10, True),
        (51, 500, 10, False),
    ],
)
def test_more_than_ten_and_more_than_the_share_is_too_many(removals: int, users: int, percent: int, safe: bool) -> None:
    verdict = judge([REMOVAL] * removals, removals_allowed(users, percent))
    assert verdict.removals == removals
    assert verdict.is_safe is safe


def test_removals_of_every_kind_count_and_each_of_one_user() -> None:
    assert judge([Plan((*OTHERS, *REMOVALS)), REMOVAL], removals_allowed(2, 100)).removals == len(REMOVALS) + 1


def test_only_removals_count() -> None:
    plans = [Plan(tuple(OTHERS)), Plan(stop=Stop(Code.USER_NOT_FOUND, "There is no such user."))]
    assert judge([*plans * 20, REMOVAL], removals_allowed(81, 0)).removals == 1


plans = st.lists(
    st.lists(st.sampled_from([*REMOVALS, *OTHERS]), max_size=6).map(lambda changes: Plan(tuple(changes))), max_size=30
)


@given(plans, st.integers(0, 200), st.integers(0, 100))
def test_any_plans_are_safe_exactly_when_few_enough_are_removed(
    plans: list[Plan], users: int, max_removals_percent: int
) -> None:
    verdict = judge(plans, removals_allowed(users, max_removals_percent))
    removed = sum(change in REMOVALS for plan in plans for change in plan.changes)
    assert verdict.removals == removed
    assert verdict.is_safe is (removed <= MIN_REMOVALS or removed * 100 <= users * max_removals_percent)
    assert not verdict.is_safe or judge(plans[1:], verdict.allowed).is_safe
