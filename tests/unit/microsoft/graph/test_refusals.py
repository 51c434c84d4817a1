"""graph/refusals.py: what the 429s of a call say, of a limit or of itself."""

import pytest

from shared.microsoft.graph.pace import LEAST_RATE
from shared.microsoft.graph.refusals import FEW_REFUSED, STUBBORN, STUBBORN_CAP_S, Refusals

MANY = FEW_REFUSED + 1


def refused(*passed: int) -> Refusals:
    """A call that was refused each time that so many others had passed by then."""
    refusals = Refusals()
    for count in passed:
        refusals.add(count)
    return refusals


def test_a_call_that_is_refused_while_others_pass_soon_tells_nothing_of_a_limit() -> None:
    assert refused(1, 2).tells_a_limit(MANY)
    assert not refused(1, 2, 3).tells_a_limit(MANY)


def test_many_calls_that_are_refused_while_nothing_passes_tell_a_limit() -> None:
    assert refused(*[1] * 20).tells_a_limit(MANY)


def test_few_calls_that_are_all_there_is_soon_tell_nothing() -> None:
    assert refused(1, 1).tells_a_limit(1)
    assert not refused(1, 1, 1).tells_a_limit(FEW_REFUSED)


def test_so_few_are_sent_more_seldom_than_at_the_least_rate() -> None:
    assert FEW_REFUSED / STUBBORN_CAP_S < LEAST_RATE
    assert refused(*[1] * (STUBBORN + 5)).pause_s() == STUBBORN_CAP_S


@pytest.mark.parametrize("times", [1, 10, 10_000])
def test_the_pause_grows_up_to_its_cap(times: int) -> None:
    assert 0 < refused(*[1] * times).pause_s() <= refused(*[1] * (times + 1)).pause_s() <= STUBBORN_CAP_S
