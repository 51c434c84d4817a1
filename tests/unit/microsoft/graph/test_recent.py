"""graph/recent.py: until when a call may count at Graph."""

import pytest

from shared.microsoft.graph.recent import LATEST_S, MARGIN, Recent, Turn

FAST_S = 0.08


def sent(recent: Recent, at: float, calls: int, took_s: float | None = FAST_S) -> None:
    turn = Turn(at, calls)
    recent.sent(turn)
    if took_s is not None:
        recent.answered(turn, at + took_s)


def test_nothing_sent_nothing_counts() -> None:
    assert Recent().count(5.0) == 0
    assert Recent().wait_s(20, 10, 5.0) == 0.0


def test_a_call_counts_for_a_second() -> None:
    recent = Recent()
    sent(recent, 5.0, 10)
    assert recent.count(5.0 + MARGIN - 0.001) == 10
    assert recent.count(5.0 + MARGIN) == 0


def test_where_the_limit_counts_over_longer_so_does_a_call() -> None:
    recent = Recent()
    recent.window_s = 3
    sent(recent, 5.0, 10)
    sent(recent, 7.0, 7)
    assert recent.count(5.0 + 3 * MARGIN - 0.001) == 17
    assert recent.count(5.0 + 3 * MARGIN) == 7


def test_a_call_that_was_answered_late_counts_for_as_much_longer() -> None:
    recent = Recent()
    sent(recent, 5.0, 10)
    sent(recent, 5.0, 7, FAST_S + 0.05)
    assert recent.count(5.0 + MARGIN + 0.049) == 7
    assert recent.count(5.0 + MARGIN + 0.051) == 0


def test_a_slow_answer_is_no_late_arrival() -> None:
    recent = Recent()
    sent(recent, 5.0, 10)
    sent(recent, 5.0, 7, 30.0)
    assert recent.count(5.0 + MARGIN + LATEST_S + 0.001) == 0


def test_when_all_answers_are_slow_none_is_late() -> None:
    recent = Recent()
    sent(recent, 5.0, 10, 3.0)
    sent(recent, 5.1, 10, 3.0)
    assert recent.count(5.1 + MARGIN + 0.001) == 0


def test_a_call_without_an_answer_is_late_by_what_it_has_taken_so_far() -> None:
    recent = Recent()
    sent(recent, 5.0, 10)
    sent(recent, 5.9, 7, None)
    assert recent.count(5.9 + MARGIN + LATEST_S - 0.001) == 7
    assert recent.count(5.9 + MARGIN + LATEST_S) == 0


def test_a_call_that_was_just_sent_counts_for_no_less_than_a_second() -> None:
    recent = Recent()
    sent(recent, 5.0, 10)
    sent(recent, 6.0, 7, None)
    assert recent.wait_s(10, 10, 6.02) == pytest.approx(MARGIN - 0.02)


def test_the_wait_lasts_until_enough_calls_count_no_more() -> None:
    recent = Recent()
    for tenth in range(5):
        sent(recent, 5.0 + tenth / 10, 10)
    assert recent.wait_s(10, 60, 5.5) == 0.0
    assert recent.wait_s(10, 50, 5.5) == pytest.approx(MARGIN - 0.5)
    assert recent.wait_s(11, 50, 5.5) == pytest.approx(MARGIN - 0.4)


def test_more_than_ever_fits_goes_when_nothing_else_counts() -> None:
    recent = Recent()
    sent(recent, 5.0, 1)
    assert recent.wait_s(20, 10, 5.5) == pytest.approx(MARGIN - 0.5)
