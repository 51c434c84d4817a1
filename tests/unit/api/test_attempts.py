"""attempts.py: ten failures of one address and a hundred in all, within any minute."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.api.attempts import BY_ALL, BY_ONE_ADDRESS, Attempts


class Now:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def attempts(now: Now) -> Attempts:
    return Attempts(now)


def test_the_eleventh_failure_of_an_address_within_a_minute_has_to_wait(attempts: Attempts) -> None:
    assert [attempts.note_failure("a") for _ in range(BY_ONE_ADDRESS)] == [None] * 10
    assert attempts.note_failure("a") == 60
    assert attempts.wait_s("a") == 60


def test_another_address_need_not(attempts: Attempts) -> None:
    for _ in range(50):
        attempts.note_failure("a")
    assert attempts.wait_s("b") is None
    assert attempts.note_failure("b") is None


def test_the_hundred_and_first_failure_of_all_has_to_wait(attempts: Attempts) -> None:
    assert [attempts.note_failure(f"{number}") for number in range(BY_ALL)] == [None] * 100
    assert attempts.note_failure("new") == 60


def test_asking_counts_nothing(attempts: Attempts) -> None:
    for _ in range(1000):
        assert attempts.wait_s("a") is None


def test_the_minute_is_that_before_each_failure(attempts: Attempts, now: Now) -> None:
    for _ in range(BY_ONE_ADDRESS):
        attempts.note_failure("a")
        now.seconds += 5
    assert attempts.wait_s("a") == 10
    now.seconds += 9.5
    assert attempts.note_failure("a") == 1
    now.seconds += 0.5
    assert attempts.note_failure("a") is None
    assert attempts.note_failure("a") == 5, "the second of the ten is the next to go"


def test_refused_failures_do_not_lengthen_the_wait(attempts: Attempts, now: Now) -> None:
    for _ in range(BY_ONE_ADDRESS):
        attempts.note_failure("a")
    for _ in range(59):
        now.seconds += 1
        assert attempts.note_failure("a") is not None
    now.seconds += 1
    assert attempts.note_failure("a") is None


def test_of_both_limits_the_longer_wait_counts(attempts: Attempts, now: Now) -> None:
    for number in range(BY_ALL - BY_ONE_ADDRESS):
        attempts.note_failure(f"{number}")
    now.seconds += 20
    for _ in range(BY_ONE_ADDRESS):
        attempts.note_failure("a")
    assert (attempts.wait_s("b"), attempts.wait_s("a")) == (40, 60)


def test_of_a_thousand_failures_at_once_ten_are_counted(attempts: Attempts) -> None:
    start = threading.Barrier(8)

    def fail(_: int) -> list[int | None]:
        start.wait()
        return [attempts.note_failure("a") for _ in range(125)]

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(answer for answers in pool.map(fail, range(8)) for answer in answers)
    assert answers == {None: 10, 60: 990}


def test_no_number_of_addresses_takes_more_memory(attempts: Attempts, now: Now) -> None:
    for number in range(20_000):
        now.seconds += 0.01
        attempts.note_failure(f"{number}")
    assert len(attempts._failures) <= BY_ALL
