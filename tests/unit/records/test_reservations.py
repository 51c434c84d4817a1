"""records/reservations.py: the arithmetic of the day's ceilings."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.records.reservations import (
    MOST,
    Ceilings,
    Reservation,
    Reservations,
    bounded,
    counting,
    from_bytes,
    hour_of,
    reserved,
    settled,
    to_bytes,
)
from tests.unit.strategies import MORE

NOW = 500_000
HOUR_S = 3600.0


def one(id: str, removals: int = 0, overwrites: int = 0, hour: int = NOW, caller: str = "helpdesk") -> Reservation:
    return Reservation(id, caller, hour, removals, overwrites)


def sums(reservations: Reservations) -> tuple[int, int]:
    return sum(each.removals for each in reservations), sum(each.overwrites for each in reservations)


@MORE
@example(made_s=HOUR_S - 1, later_s=24 * HOUR_S - 1)
@example(made_s=0, later_s=25 * HOUR_S + 1)
@given(st.floats(0, 4e9), st.floats(23 * HOUR_S, 26 * HOUR_S))
def test_a_reservation_counts_for_24_hours_at_least_and_for_25_at_most(made_s: float, later_s: float) -> None:
    counts = bool(counting([one("a", 1, hour=hour_of(made_s))], hour_of(made_s + later_s)))
    if later_s < 24 * HOUR_S:
        assert counts
    if later_s > 25 * HOUR_S:
        assert not counts


def test_what_another_clock_dates_ahead_counts() -> None:
    assert counting([one("a", 1, hour=NOW + 1)], NOW)


@pytest.mark.parametrize(
    ("removals", "overwrites", "fits"), [(4, 0, True), (5, 0, False), (0, 6, True), (0, 7, False), (4, 7, False)]
)
def test_all_others_and_this_one_together_stay_under_each_ceiling(removals: int, overwrites: int, fits: bool) -> None:
    others = (one("a", 3, 10), one("b", 3, 4, caller="sweep"))
    new = reserved(others, one("c", removals, overwrites), Ceilings(10, 20))
    assert (new is not None) is fits
    assert new is None or set(new) == {*others, one("c", removals, overwrites)}


def test_without_a_ceiling_there_is_no_limit_and_a_ceiling_of_0_lets_nothing_through() -> None:
    assert reserved((), one("a", 10**9, 10**9), Ceilings()) is not None
    assert reserved((), one("a", 1, 0), Ceilings(0, None)) is None
    assert reserved((), one("a", 0, 1), Ceilings(0, None)) is not None
    assert reserved((), one("a", 0, 1), Ceilings(None, 0)) is None


def test_the_same_id_again_adds_nothing() -> None:
    held = reserved((), one("a", 10, 10), Ceilings(10, 10))
    assert held == (one("a", 10, 10),)
    assert reserved(held, one("a", 10, 10), Ceilings(10, 10)) == held
    assert reserved(held, one("a", 3, 0), Ceilings(10, 10)) == held
    assert reserved(held, one("a", 10, 10, hour=NOW + 3), Ceilings(10, 10)) == (one("a", 10, 10, hour=NOW + 3),)
    assert reserved(held, one("a", 10, 10, hour=NOW - 3), Ceilings(10, 10)) == held


def test_an_id_grows_where_that_fits() -> None:
    held = (one("a", 3, 3), one("b", 5, 5))
    assert set(reserved(held, one("a", 5, 2), Ceilings(10, 10)) or ()) == {one("a", 5, 3), one("b", 5, 5)}
    assert reserved(held, one("a", 6, 3), Ceilings(10, 10)) is None


def test_what_is_held_is_kept_though_others_were_approved_above_the_ceiling() -> None:
    held = (one("a", 3, 3), one("b", 500, 500))
    assert reserved(held, one("a", 3, 3), Ceilings(10, 10)) is not None
    assert reserved(held, one("a", 4, 3), Ceilings(10, 10)) is None
    assert reserved(held, one("c", 1, 0), Ceilings(10, None)) is None
    assert reserved(held, one("c", 0, 1), Ceilings(10, None)) is not None


def test_at_the_end_an_id_holds_what_it_did_and_no_more_than_it_held() -> None:
    held = (one("a", 5, 5), one("b", 1, 1))
    assert set(settled(held, "a", NOW, 2, 0)) == {one("a", 2, 0), one("b", 1, 1)}
    assert set(settled(held, "a", NOW, 9, 9)) == set(held)
    assert settled(held, "a", NOW, 0, 0) == (one("b", 1, 1),)
    assert settled(held, "c", NOW, 9, 9) == held


def test_what_was_done_counts_from_the_end() -> None:
    held = (one("a", 5, hour=NOW - 20),)
    assert settled(held, "a", NOW, 5, 0) == (one("a", 5),)
    assert settled(held, "a", NOW - 30, 5, 0) == held


amounts = st.integers(0, 9)
ids = st.sampled_from([f"id-{number}" for number in range(5)])


@MORE
@given(st.lists(st.tuples(st.booleans(), ids, amounts, amounts)), st.integers(0, 20), st.integers(0, 20))
def test_no_sequence_exceeds_the_ceilings(
    steps: list[tuple[bool, str, int, int]], removals: int, overwrites: int
) -> None:
    book: Reservations = ()
    for settles, id, some, others in steps:
        if settles:
            book = settled(book, id, NOW, some, others)
        else:
            book = reserved(book, one(id, some, others), Ceilings(removals, overwrites)) or book
        assert sums(book)[0] <= removals
        assert sums(book)[1] <= overwrites
        assert len({each.id for each in book}) == len(book)


def test_with_many_the_oldest_are_added_up_and_nothing_is_forgotten() -> None:
    book = tuple(one(f"{n}", n % 3, n % 5, hour=NOW - n // 100, caller=f"caller {n % 2}") for n in range(2400))
    short = bounded(book)
    assert len(short) <= MOST
    for hour in range(NOW - 24, NOW + 26):
        assert sums(counting(short, hour)) == sums(counting(book, hour))
    assert set(book[: MOST // 2]) <= set(short), "the youngest may still be given back"
    assert {each.caller for each in short} == {"caller 0", "caller 1"}
    assert bounded(book[:MOST]) == book[:MOST]
    again = bounded((*short, *(one(f"new {n}", 1) for n in range(MOST))))
    assert len(again) <= MOST
    assert sums(again)[0] == sums(book)[0] + MOST


def test_what_is_written_is_read() -> None:
    book = (one("a", 1, 2), one("b", 3, 4, caller="å"))
    assert from_bytes(to_bytes(book)) == book
    assert json.loads(to_bytes(book))["reservations"][0] == {
        **{"id": "a", "caller": "helpdesk", "hour": NOW},
        **{"removals": 1, "overwrites": 2},
    }


def test_fields_of_a_later_version_are_ignored() -> None:
    later = json.loads(to_bytes((one("a", 1, 2),))) | {"version": 2}
    later["reservations"][0]["more"] = [1]
    assert from_bytes(json.dumps(later).encode()) == (one("a", 1, 2),)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"reservations": 1}', b'{"reservations": [{}]}', b'{"reservations": [1]}']
)
def test_anything_else_is_no_ledger(content: bytes) -> None:
    with pytest.raises(ValueError):
        from_bytes(content)
