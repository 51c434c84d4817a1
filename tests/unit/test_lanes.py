"""services.Lane: so much at once, so much that waits, and Busy for the rest."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.deadline import Deadline
from shared.errors import Busy
from shared.services import Lane


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def enter(lane: Lane, seconds: float = 10) -> str:
    with lane.entered(Deadline(seconds)):
        return "entered"


def test_who_finds_no_place_waits_for_one(pool: ThreadPoolExecutor) -> None:
    lane, order = Lane(1, waiting=1), []

    def second() -> None:
        is_there.set()
        with lane.entered(Deadline(10)):
            order.append("second")

    is_there = threading.Event()
    with lane.entered(Deadline(10)):
        waiting = pool.submit(second)
        assert is_there.wait(10)
        order.append("first")
    waiting.result(10)
    assert order == ["first", "second"]
    assert enter(lane) == "entered"


def test_who_finds_no_room_to_wait_is_told_at_once() -> None:
    lane = Lane(1, waiting=0)
    began = time.monotonic()
    with lane.entered(Deadline(60)), pytest.raises(Busy) as refused:
        enter(lane, 60)
    assert time.monotonic() - began < 10
    assert (refused.value.status, refused.value.code, refused.value.retry_after) == (503, "busy", 10)
    assert enter(lane) == "entered"


def test_waiting_takes_half_of_the_time_at_most() -> None:
    lane = Lane(1, waiting=1)
    budget = Deadline(0.4)
    with lane.entered(Deadline(10)), pytest.raises(Busy):
        lane.entered(budget).__enter__()
    assert 0 < budget.remaining() <= 0.2
    assert enter(lane) == "entered"


def test_a_fault_gives_the_place_back() -> None:
    lane = Lane(1, waiting=0)
    with pytest.raises(OverflowError), lane.entered(Deadline(10)):
        raise OverflowError
    assert enter(lane) == "entered"
