"""bench/noise.py: when the rate is back after a limit was lifted, read off the tenant's record."""

from typing import Any

from bench.noise import back_after


def record(at: float, status: int = 200) -> dict[str, Any]:
    return {"settled_at": 100.0 + at, "status": status}


def test_the_first_second_that_reaches_nine_tenths_of_the_busiest() -> None:
    calls = [*(record(0.5) for _ in range(20)), *(record(1.5) for _ in range(60)), *(record(2.5) for _ in range(92))]
    calls += [*(record(3.5) for _ in range(100)), record(4.5)]
    assert back_after([record(-1.0), *calls], 100.0) == (2.0, 0.0)


def test_429s_since_the_lifting_are_wasted_and_those_before_it_are_not() -> None:
    calls = [record(-0.5, 429), record(0.2), record(0.3, 429), *(record(1.5) for _ in range(10)), record(2.5)]
    assert back_after(calls, 100.0) == (1.0, 0.5)


def test_without_a_call_behind_the_lifting_there_is_no_answer() -> None:
    assert back_after([record(-1.0)], 100.0) == (None, None)
