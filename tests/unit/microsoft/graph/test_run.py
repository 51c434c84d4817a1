"""graph/run.py: what passed between two 429s says over how many seconds a limit counts."""

import pytest

from shared.microsoft.graph.run import LONGEST_WINDOW_S, Run


def run(*passed: tuple[float, int]) -> Run:
    made = Run()
    for at, calls in passed:
        made.add(at, calls)
    return made


def test_a_limit_counts_over_the_whole_seconds_in_which_nothing_more_passed() -> None:
    assert run((5.0, 10)).limit(refused_at=6.1, again_at=7.2) == (5.0, 2)
    assert run((5.0, 50)).limit(refused_at=14.9, again_at=16.0) == (5.0, 10)


def test_what_passes_again_has_left_the_window() -> None:
    assert run((5.0, 10)).limit(refused_at=6.0, again_at=6.6) == (pytest.approx(10 / 1.6), 2)


def test_calls_long_before_do_not_make_it_a_limit_of_nearly_none() -> None:
    assert run((0.0, 1), (3600.0, 10)).limit(refused_at=3601.1, again_at=3602.2) == (5.0, 2)


def test_calls_that_still_counted_are_part_of_it() -> None:
    assert run((5.0, 4), (5.2, 6)).limit(refused_at=6.3, again_at=7.4) == (5.0, 2)
    assert run((0.0, 40), (4.0, 10)).limit(refused_at=9.5, again_at=10.6) == (5.0, 10)


def test_answers_come_in_any_order() -> None:
    assert run((4.9, 1), (5.9, 8), (4.95, 1)).limit(refused_at=7.0, again_at=8.1) == (4.0, 2)


def test_a_limit_over_minutes_is_known_by_the_whole_run() -> None:
    minutes = run(*((float(second), 10) for second in range(300)))
    assert minutes.limit(refused_at=599.5, again_at=601.0) == (5.0, LONGEST_WINDOW_S)


def test_silence_begins_when_the_last_call_that_passed_was_sent() -> None:
    made = run((5.0, 10), (6.0, 0))
    assert made.silence_s(7.0) == 2.0
    made.add(4.0, 1)
    assert made.silence_s(7.0) == 2.0
    assert Run().silence_s(7.0) == float("inf")
