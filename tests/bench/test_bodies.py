"""A body of 32 MB (MAX_BODY_BYTES by default) costs at most 300 MB over the idle process, and refused at most 5 s."""

import pytest

from bench.bodies import MOST_MB, MOST_S, WORST, read
from bench.worst_bodies import ALL

# The time is the processor's: the machine of a test may be busy. Two at once share one, because of Python's lock.
pytestmark = pytest.mark.long
REFUSALS = {"400 invalidBody", "413 tooManyUsers"}


@pytest.mark.parametrize("name", ALL)
def test_it_costs_little(name: str) -> None:
    reading = read(name)
    # What is right is read to its end, and costs as much time as it has users.
    assert set(reading.endings) <= ({"read"} if name == "right" else REFUSALS)
    assert name == "right" or reading.cpu_s <= MOST_S
    assert reading.peak_mb is None or reading.peak_mb <= MOST_MB


@pytest.mark.parametrize("name", WORST)
def test_two_at_once(name: str) -> None:
    reading = read(name, times=2)
    assert reading.endings[0] == reading.endings[1] != "read"
    assert reading.cpu_s <= MOST_S
    assert reading.peak_mb is None or reading.peak_mb <= MOST_MB
