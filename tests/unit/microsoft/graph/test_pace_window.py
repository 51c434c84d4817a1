"""The pace where a limit counts over longer than a second. In virtual time, as test_pace.py."""

import random

import pytest

from shared.microsoft.graph.pace import Pace
from tests.unit.microsoft.graph.simulated_graph import LATENCY_S, Limiter, Outcome, constant, simulate

THIRTY_S = 30


def simulate_thirty_seconds(limit: int, window_s: float, pace: Pace | None = None, begin: float = 0.0) -> Outcome:
    calls = round(limit / window_s * THIRTY_S)
    return simulate(pace or Pace(), Limiter(constant(limit), window_s), calls, begin=begin)


@pytest.mark.parametrize(("limit", "window_s"), [(10, 2.0), (15, 3.0), (20, 5.0), (200, 2.0), (50, 10.0), (500, 10.0)])
def test_it_is_nearly_used(limit: int, window_s: float) -> None:
    outcome = simulate_thirty_seconds(limit, window_s)
    assert outcome.seconds <= THIRTY_S / 0.94


def test_five_calls_a_second_cost_few_429s() -> None:
    """One of them, in the third second after the wait, tells that it is a limit and no storm."""
    outcome = simulate_thirty_seconds(10, 2.0)
    assert outcome.share_throttled <= 0.1
    assert not outcome.between(outcome.throttled, 6, 100)


@pytest.mark.parametrize("seed", range(5))
def test_batches_that_arrive_late_cost_little(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a simulation
    outcome = simulate(Pace(), Limiter(constant(10), 2.0), 150, late_s=lambda _number: dice.random() * 0.1)
    assert outcome.seconds <= THIRTY_S / 0.91


@pytest.mark.parametrize("quiet_s", [0.3, 5.0, 3600.0])
def test_one_user_earlier_makes_no_list_crawl(quiet_s: float) -> None:
    """Nothing that passed long before the list tells what its limit is."""
    pace = Pace()
    pace.report(pace.give(3, 0.0), 3, 0, None, LATENCY_S)
    outcome = simulate_thirty_seconds(10, 2.0, pace, begin=quiet_s)
    assert outcome.seconds - quiet_s <= THIRTY_S / 0.94


def test_an_estimate_that_was_too_high_is_put_right_by_one_429() -> None:
    """What did not count and passed a moment before the list makes the limit look higher."""
    pace = Pace()
    pace.report(pace.give(5, 0.0), 5, 0, None, LATENCY_S)
    outcome = simulate_thirty_seconds(10, 2.0, pace, begin=0.1)
    assert outcome.seconds <= THIRTY_S / 0.96
    assert not outcome.between(outcome.throttled, 6, 100)


def test_another_429_within_a_second_proves_nothing() -> None:
    pace = Pace()
    now = simulate(pace, Limiter(constant(200)), 6000).seconds
    for _ in range(2):
        pace.report(pace.give(20, now), 0, 20, 0.3, now + LATENCY_S)
        now += 0.4
    lifted = simulate(pace, Limiter(constant(10**9)), 20_000, begin=now)
    assert lifted.seconds - now <= 20  # where the limit were held to count over longer, 49


def test_a_call_that_passed_beside_the_first_that_was_refused_is_no_trouble() -> None:
    pace = Pace()
    refused, passed = pace.give(1, 0.0), pace.give(1, 0.01)
    pace.report(refused, 0, 1, 2.0, 0.1)
    pace.report(passed, 1, 0, None, 0.2)
    pace.report(pace.give(1, 2.2), 0, 1, 2.0, 2.3)
    assert pace.wait_s(1, 2.3) == pytest.approx(2.0)


@pytest.mark.parametrize("outage_s", [3, 10, 30])
@pytest.mark.parametrize("before", [0, 3, 20, 50, 3000])
def test_a_storm_of_429s_is_over_when_it_is_over(before: int, outage_s: int) -> None:
    """What passed before it was all that there was to send, and says nothing of a limit."""
    pace, began = Pace(), 0.0
    if before:
        began = simulate(pace, Limiter(constant(10**9)), before).seconds + 0.5
    storm = Limiter(lambda now: 0 if now < began + outage_s else 10**9)
    outcome = simulate(pace, storm, 300, begin=began)
    assert outcome.seconds - began - outage_s <= 12


def test_a_limit_that_turns_out_shorter_is_found() -> None:
    """Ten in two seconds at first, fifty a second from then on."""
    pace = Pace()
    first = simulate(pace, Limiter(constant(10), 2.0), 50)
    outcome = simulate(pace, Limiter(constant(50)), 3000, begin=first.seconds)
    assert outcome.seconds - first.seconds <= 150  # at five a second it would take 600


def test_a_limit_that_is_gone_is_forgotten_with_its_window() -> None:
    pace = Pace()
    first = simulate(pace, Limiter(constant(10), 2.0), 50)
    lifted = simulate(pace, Limiter(constant(10**9)), 30_000, begin=first.seconds)
    again = simulate(pace, Limiter(constant(200)), 2000, begin=lifted.seconds)
    assert again.seconds - lifted.seconds <= 10 / 0.85
