"""The pace against a simulated Graph in virtual time."""

import random

import pytest

from shared.microsoft.graph.pace import (
    FIRST_WINDOW,
    LEAST_PAUSE_S,
    LEAST_RATE,
    LONGEST_PAUSE_S,
    MAX_TURNS,
    MAX_WINDOW,
    Pace,
)
from tests.unit.microsoft.graph.simulated_graph import LATENCY_S, Limiter, constant, simulate


def test_without_throttling_the_window_doubles_every_round_until_its_bound() -> None:
    outcome = simulate(Pace(), Limiter(constant(10**9)), 20 * (1 + 2 + 4 + 8 + 16))
    assert outcome.seconds == pytest.approx(5 * LATENCY_S)
    longer = simulate(Pace(), Limiter(constant(10**9)), 20 * (1 + 2 + 4 + 8) + 3 * MAX_WINDOW)
    assert longer.seconds == pytest.approx(7 * LATENCY_S)


def test_a_window_that_is_not_used_up_does_not_grow() -> None:
    pace = Pace()
    for step in range(5):
        pace.report(pace.give(2, float(step)), 2, 0, None, step + 0.5)
    pace.give(FIRST_WINDOW, 10.0)
    assert pace.wait_s(1, 10.0) is None


def test_a_limit_of_two_hundred_a_second_is_nearly_used_and_hardly_hit() -> None:
    outcome = simulate(Pace(), Limiter(constant(200)), 5600)
    assert 5600 / 200 / outcome.seconds >= 0.93
    assert outcome.share_throttled <= 0.05


@pytest.mark.parametrize("limit", [23, 60, 200, 450])
def test_batches_that_arrive_late_are_not_answered_429_for_it(limit: int) -> None:
    def late_s(number: int) -> float:
        return 0.15 if number % 29 == 0 else 0.02 * (number % 3 == 0)

    outcome = simulate(Pace(), Limiter(constant(limit)), 15 * limit, late_s)
    assert outcome.between(outcome.throttled, 2, 100) <= 0.02 * outcome.calls  # what the probe costs
    assert 15 / outcome.seconds >= 0.85


@pytest.mark.parametrize("limit", [60, 200, 450])
def test_a_time_in_which_nothing_could_be_sent_is_made_good(limit: int) -> None:
    steady = simulate(Pace(), Limiter(constant(limit)), 10 * limit)
    held_up = simulate(Pace(), Limiter(constant(limit)), 10 * limit, busy=(5.0, 5.4))
    assert held_up.seconds <= steady.seconds + 0.1
    assert held_up.throttled[-1][0] > 9
    assert held_up.between(held_up.throttled, 2, 100) <= steady.between(steady.throttled, 2, 100) + 3


def test_the_end_of_a_second_is_filled_with_a_smaller_batch_but_not_with_crumbs() -> None:
    pace = Pace(200)

    def send(calls: int, now: float) -> None:
        pace.report(pace.give(calls, now), calls, 0, None, now + LATENCY_S)

    for twentieth in range(18):
        send(10, twentieth / 20)
    send(12, 0.9)
    assert pace.batch_size(20, 0.99) == 8
    send(5, 0.99)
    assert pace.batch_size(20, 0.99) == 5
    assert 1.0 <= 0.99 + (pace.wait_s(5, 0.99) or 0.0) <= 1.05


@pytest.mark.parametrize("seed", range(5))
def test_without_retry_after_the_limit_is_found_too(seed: int) -> None:
    random.seed(seed)
    outcome = simulate(Pace(), Limiter(constant(200), retry_after_s=None), 5600)
    assert 5600 / 200 / outcome.seconds >= 0.78
    assert outcome.share_throttled <= 0.05


def test_a_limit_that_drops_to_a_quarter_is_followed_within_three_seconds() -> None:
    outcome = simulate(Pace(), Limiter(lambda now: 200 if now < 10 else 50), 4000)
    for second in range(13, 20):
        refused = outcome.between(outcome.throttled, second, second + 1)
        through = outcome.between(outcome.through, second, second + 1)
        assert refused <= 10
        assert through >= 30


def test_a_limit_that_rises_again_is_followed_in_time() -> None:
    outcome = simulate(Pace(), Limiter(lambda now: 50 if now < 5 else 400), 20_000)
    assert outcome.seconds <= 200  # at 50 a second it would take 400


def test_after_one_chance_429_in_a_short_list_a_long_one_is_soon_fast_again() -> None:
    pace = Pace()
    pace.report(pace.give(6, 0.0), 5, 1, 2.0, 0.1)
    assert pace.batch_size(20, 0.1) == 1
    assert simulate(pace, Limiter(constant(10**9)), 2000).seconds < 13


def test_one_429_among_many_is_no_reason_to_crawl() -> None:
    pace, now = Pace(), 0.0
    for _ in range(50):
        turn = pace.give(20, now)
        pace.report(turn, 19, 1, 1.0, now + 0.1)
        now += 1.2
    assert pace.batch_size(20, now) >= 2


def test_a_day_without_a_429_is_no_trouble() -> None:
    pace = Pace()
    pace.report(pace.give(20, 0.0), 10, 10, 1.0, 0.1)
    for minute in range(5, 60 * 24, 5):
        turn = pace.give(2, minute * 60.0)
        pace.report(turn, 2, 0, None, minute * 60.0 + 0.1)
    assert (pace.batch_size(20, 86_400.0), pace.wait_s(20, 86_400.0)) == (20, 0.0)


def test_no_more_requests_at_once_than_there_are_threads() -> None:
    pace = Pace()
    turns = []
    while pace.wait_s(1, 0.0) == 0.0:
        turns.append(pace.give(1, 0.0))
    assert len(turns) == MAX_TURNS
    pace.report(turns[0], 1, 0, None, 0.1)
    assert pace.wait_s(1, 0.1) == 0.0


def test_a_429_stops_everybody_for_as_long_as_graph_says() -> None:
    pace = Pace()
    turn = pace.give(20, 0.0)
    pace.report(turn, 5, 15, 7.0, 1.0)
    assert pace.wait_s(1, 1.0) == pytest.approx(7.0)


def test_a_wait_of_a_day_is_cut_to_minutes() -> None:
    pace = Pace()
    pace.report(pace.give(20, 0.0), 10, 10, 86_400.0, 1.0)
    assert pace.wait_s(1, 1.0) == LONGEST_PAUSE_S == 300


def test_of_two_429s_the_longer_wait_counts() -> None:
    pace = Pace()
    first, second = pace.give(20, 0.0), pace.give(20, 0.1)
    pace.report(first, 5, 15, 7.0, 1.0)
    pace.report(second, 0, 20, 2.0, 1.1)
    assert pace.wait_s(1, 1.1) == pytest.approx(6.9)


def test_429s_of_one_burst_lower_the_rate_once() -> None:
    single, burst = Pace(), Pace()
    for pace, refused in ((single, 1), (burst, 5)):
        turns = [pace.give(20, 0.0) for _ in range(10 + refused)]
        for turn in turns[:10]:
            pace.report(turn, 20, 0, None, 0.1)
        for turn in turns[10:]:
            pace.report(turn, 0, 20, 1.0, 0.1)
    assert burst.batch_size(20, 5.0) == single.batch_size(20, 5.0) == round(200 * 0.97 * 0.05)


def test_what_got_through_before_the_429_and_is_told_after_it_is_no_reason_to_pass_the_limit() -> None:
    pace = Pace()
    turns = [pace.give(20, 0.0) for _ in range(11)]
    for turn in turns[:7]:
        pace.report(turn, 20, 0, None, 0.1)
    pace.report(turns[10], 0, 20, 1.0, 0.11)
    for turn in turns[7:10]:
        pace.report(turn, 20, 0, None, 0.15)
    now, given = 1.2, []
    while now < 5:
        size = pace.batch_size(20, now)
        now += (wait_s := pace.wait_s(size, now) or 0.0)
        if not wait_s:
            given.append((now, size))
            pace.report(pace.give(size, now), size, 0, None, now)
    for at, _ in given:
        assert sum(size for when, size in given if at <= when < at + 1) <= 200


def test_a_retry_after_of_zero_is_no_busy_loop() -> None:
    pace = Pace()
    pace.report(pace.give(20, 0.0), 0, 20, 0.0, 1.0)
    assert pace.wait_s(1, 1.0) == pytest.approx(LEAST_PAUSE_S)


def test_the_rate_never_falls_to_nothing() -> None:
    pace, now = Pace(), 0.0
    for _ in range(30):
        turn = pace.give(1, now)
        pace.report(turn, 0, 1, 1.0, now + 0.1)
        now += 5
    pace.give(1, now)
    assert (pace.wait_s(1, now) or 0.0) <= 1 / LEAST_RATE


def test_calls_that_say_nothing_are_no_reason_to_go_faster() -> None:
    """Lost ones, and those that are refused for their own sake."""
    pace = Pace()
    pace.report(pace.give(20, 0.0), 10, 10, 1.0, 0.1)
    for second in range(5, 100, 5):
        pace.report(pace.give(1, float(second)), 0, 0, None, second + 0.1)
    assert simulate(pace, Limiter(constant(10**9)), 40, begin=100.0).seconds > 100.5


def test_the_ceiling_is_kept_though_graph_would_take_more() -> None:
    outcome = simulate(Pace(40), Limiter(constant(10**9)), 400)
    assert (400 - 40) / 40 <= outcome.seconds <= 400 / 40 * 1.05
    for hundredth in range(900):
        assert outcome.between(outcome.through, hundredth / 100, hundredth / 100 + 1) <= 40


def test_a_bound_window_holds_from_then_on() -> None:
    pace = Pace()
    pace.bound_window(8)
    for _ in range(8):
        assert pace.wait_s(1, 0.0) == 0.0
        pace.give(1, 0.0)
    assert pace.wait_s(1, 0.0) is None


@pytest.mark.parametrize("limit", [20, 200, 450])
def test_no_list_waits_a_second_for_its_last_calls_because_they_found_out_where_the_limit_is(limit: int) -> None:
    pace, limiter = Pace(), Limiter(constant(limit))
    now = simulate(pace, limiter, 10 * limit).seconds
    for _ in range(20):
        ended = simulate(pace, limiter, 3 * limit, begin=now).seconds
        assert ended - now <= 3.2
        now = ended
