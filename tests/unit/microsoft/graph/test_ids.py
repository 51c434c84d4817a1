"""graph/ids.py: a set of object ids that is small."""

import tracemalloc
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.microsoft.graph.ids import ObjectIds

guids = st.uuids().map(str)
# Ids that overlap where they lie side by side.
bytes_alike = st.lists(st.sampled_from([0, 1, 255]), min_size=16, max_size=16)
alike = bytes_alike.map(lambda parts: str(UUID(bytes=bytes(parts))))


@given(st.lists(guids | alike), guids | alike)
def test_it_holds_what_was_added_and_nothing_else(added: list[str], other: str) -> None:
    ids = ObjectIds()
    for each in added:
        ids.add(each)
    assert all(each in ids and each.upper() in ids for each in added)
    assert (other in ids) is (other in added)
    assert len(ids) == len(set(added))


@pytest.mark.parametrize("text", ["", "abc", "9009c000-0000-4000-8000-0000000000", "None"])
def test_what_is_no_guid(text: str) -> None:
    ids = ObjectIds()
    assert text not in ids
    with pytest.raises(ValueError):
        ids.add(text)


def test_a_hundred_thousand_take_less_than_three_megabytes() -> None:
    # Made before memory is traced, which makes everything several times slower.
    many = [str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)) for number in range(100_000)]
    tracemalloc.start()
    ids = ObjectIds()
    for each in many:
        ids.add(each)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(ids) == 100_000
    assert used < 3_000_000
