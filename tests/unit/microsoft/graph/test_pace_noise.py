"""The pace tells odd 429s from a limit, and finds out when a limit is gone. In virtual time, as test_pace.py."""

import random
import tracemalloc

import pytest

from shared.microsoft.graph.noise import LAST_CALLS, Noise
from shared.microsoft.graph.pace import Pace
from shared.microsoft.graph.probe import GONE, Probe
from tests.unit.microsoft.graph.simulated_graph import Limiter, constant, simulate

UNLIMITED = 10**9


def odd(share: float, seed: int) -> Limiter:
    """A Graph without a limit that answers some calls with 429 all the same."""
    return Limiter(constant(UNLIMITED), retry_after_s=0.2, odd=share, dice=random.Random(seed))  # noqa: S311


def test_an_odd_429_holds_nobody_else() -> None:
    pace = Pace()
    pace.report(pace.give(20, 0.0), 19, 1, 1.0, 0.1)
    assert pace.wait_s(20, 0.1) == 0.0


@pytest.mark.parametrize("retry_after_s", [None, 1.1, 30.0])
def test_a_429_that_does_not_say_to_wait_a_moment_holds_everybody(retry_after_s: float | None) -> None:
    random.seed(1)
    pace = Pace()
    pace.report(pace.give(20, 0.0), 19, 1, retry_after_s, 0.1)
    assert (pace.wait_s(1, 0.1) or 0.0) > 0.0


def test_a_twentieth_of_the_last_calls_is_a_limit() -> None:
    pace = Pace()
    for number in range(10):
        assert pace.wait_s(20, number / 10) == 0.0
        pace.report(pace.give(20, number / 10), 19, 1, 1.0, number / 10 + 0.05)
    assert (pace.wait_s(1, 0.95) or 0.0) > 0.9


def test_only_the_last_calls_count() -> None:
    noise = Noise()
    noise.add(0, 10)
    noise.add(190, 0)
    assert not noise.is_odd(1.0)
    noise.add(20, 0)
    assert noise.is_odd(1.0)
    noise.add(LAST_CALLS * 5, 0)
    assert noise.share() == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_three_in_a_hundred_odd_429s_cost_what_they_cost(seed: int) -> None:
    """1,000 users to be changed. Without any odd 429 it takes half a second."""
    outcome = simulate(Pace(), odd(0.03, seed), 1500)
    assert outcome.seconds < 5


def test_and_the_next_list_is_as_fast_as_ever() -> None:
    def next_list(seed: int) -> float:
        pace = Pace()
        began = simulate(pace, odd(0.03, seed), 1500).seconds
        return simulate(pace, Limiter(constant(UNLIMITED)), 1500, begin=began).seconds - began

    fresh = simulate(Pace(), Limiter(constant(UNLIMITED)), 1500).seconds
    assert sorted(map(next_list, range(20)))[17] <= fresh


@pytest.mark.parametrize("lifted", [400, UNLIMITED])
def test_a_limit_that_is_lifted_is_found_within_twenty_seconds_at_hardly_a_429(lifted: int) -> None:
    outcome = simulate(Pace(), Limiter(lambda now: 20 if now < 20 else lifted), 30_000)
    full = outcome.between(outcome.through, outcome.seconds - 1.2, outcome.seconds - 0.2)
    reached = next(at for at in range(20, 60) if outcome.between(outcome.through, at, at + 1) >= 0.9 * full)
    assert reached - 20 <= 20
    refused = outcome.between(outcome.throttled, 20, reached)
    assert refused <= 0.02 * outcome.between(outcome.through, 20, reached)


@pytest.mark.parametrize("limit", [20, 60, 200])
def test_to_ask_whether_a_limit_is_still_there_costs_a_hundredth(limit: int) -> None:
    outcome = simulate(Pace(), Limiter(constant(limit)), 100 * limit)
    assert outcome.between(outcome.throttled, 3, 200) <= 0.0125 * outcome.calls
    assert outcome.between(outcome.through, 3, 90) >= 0.95 * 87 * limit


def after_trouble(seed: int, pause_s: float) -> float:
    """How long 200 calls take after two minutes in which Graph refused a third of the calls for single users."""
    dice = random.Random(seed)  # noqa: S311
    pace, now = Pace(), 0.0
    while now < 120:
        trouble = Limiter(constant(UNLIMITED), odd=0.3, dice=dice)
        now = simulate(pace, trouble, 1, begin=now).seconds + dice.expovariate(3)
    begin = now + pause_s
    return simulate(pace, Limiter(constant(UNLIMITED)), 200, begin=begin).seconds - begin


@pytest.mark.parametrize(("pause_s", "seconds"), [(0, 65), (60, 35), (3600, 35)])
def test_trouble_that_is_over_does_not_slow_the_next_list_down_for_long(pause_s: float, seconds: float) -> None:
    assert max(after_trouble(seed, pause_s) for seed in range(20)) < seconds


def test_a_limit_that_stands_is_met_at_few_429s_after_each_pause() -> None:
    pace, limiter, now, refused = Pace(), Limiter(constant(20)), 0.0, 0
    for _ in range(10):
        outcome = simulate(pace, limiter, 400, begin=now)
        now, refused = outcome.seconds + 60, refused + sum(count for _, count in outcome.throttled)
    assert refused <= 0.1 * 4000


def test_turns_without_any_answer_are_not_kept() -> None:
    noise = Noise()
    tracemalloc.start()
    try:
        for _ in range(10_000):
            noise.add(0, 0)
        assert tracemalloc.get_traced_memory()[0] < 50_000
    finally:
        tracemalloc.stop()


def test_429s_above_the_limit_make_a_probe_fail_and_none_below() -> None:
    probe = Probe(100.0, is_careful=False)
    probe.add(97.0, 500, 0)
    probe.add(99.5, 100, 0)
    assert not probe.has_failed()
    probe.add(101.0, 99, 1)
    assert probe.has_failed()


def test_429s_that_come_below_the_limit_as_well_are_no_limit() -> None:
    probe = Probe(100.0, is_careful=False)
    probe.add(97.0, 485, 15)
    probe.add(101.0, 485, 15)
    assert not probe.has_failed()
    probe.add(102.0, 20, 30)
    assert probe.has_failed()


def test_a_limit_that_was_passed_without_a_429_is_gone() -> None:
    probe = Probe(100.0, is_careful=True)
    assert probe.growth_per_s(100.0, 0.0) < 0.001
    assert probe.growth_per_s(100.0 * GONE, 0.0) == 1.0


def test_a_low_rate_creeps_more_slowly_because_a_429_is_a_larger_share_of_it() -> None:
    probe = Probe(5.0, is_careful=False)
    assert probe.growth_per_s(5.0, 0.0) < Probe(200.0, is_careful=False).growth_per_s(200.0, 0.0) / 3
