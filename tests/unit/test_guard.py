"""guard.py: how many removals a request may have."""

import pytest

from shared.guard import judge
from shared.models import Action, Change, Code, Plan, Stop
from shared.phone import StoredNumber
from tests.unit.people import MOBILE, number

HELD = StoredNumber("+46 701740605")
REMOVAL = Plan(Change(Action.REMOVE, MOBILE, HELD, None))
OTHERS = [
    Plan(Change(Action.ADD, MOBILE, None, number("+46 701740606"))),
    Plan(Change(Action.UPDATE, MOBILE, HELD, number("+46 701740606"))),
    Plan(Change(Action.KEEP, MOBILE, HELD, None), Stop(Code.ALTERNATE_EXISTS, "An alternate exists.")),
    Plan(stop=Stop(Code.USER_NOT_FOUND, "There is no such user.")),
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
    verdict = judge([REMOVAL] * removals, users, percent)
    assert verdict.removals == removals
    assert verdict.is_safe is safe


def test_only_removals_count() -> None:
    assert judge([*OTHERS * 20, REMOVAL], 81, 0).removals == 1
