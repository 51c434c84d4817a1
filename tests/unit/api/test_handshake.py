"""handshake.py: who is let in. Pure, so the clock is an argument."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from shared.api.handshake import accepted, handshake_fault, matching
from shared.services import Handshake

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CURRENT = Handshake("current-not-real")
PREVIOUS = Handshake("previous-not-real", NOW + timedelta(days=1))


def is_allowed(header: str, current: Handshake, previous: Handshake | None, now: datetime) -> bool:
    return matching(header, [("somebody", accepted((current, previous), now))]) == ["somebody"]


def test_the_right_header_is_allowed() -> None:
    assert is_allowed("current-not-real", CURRENT, None, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Current-not-real",
        "current-not-rea",
        "current-not-real ",
        " current-not-real",
        "current-not-real,current-not-real",
        "current-not-real, current-not-real",
        "current-not-r\u00e9al",
        "\ud800",
        "previous-not-real",
    ],
)
def test_any_other_header_is_not(header: str) -> None:
    assert not is_allowed(header, CURRENT, None, NOW)


def test_handshake_rotation_the_previous_one_is_accepted_beside_the_current_one() -> None:
    assert is_allowed("previous-not-real", CURRENT, PREVIOUS, NOW)
    assert is_allowed("current-not-real", CURRENT, PREVIOUS, NOW)
    assert not is_allowed("neither", CURRENT, PREVIOUS, NOW)


@pytest.mark.parametrize(
    ("left", "allowed"),
    [(timedelta(seconds=1), True), (timedelta(0), False), (timedelta(seconds=-1), False)],
)
def test_previous_expiry_the_previous_one_is_accepted_until_its_expiry_date(left: timedelta, allowed: bool) -> None:
    previous = Handshake(PREVIOUS.value, NOW + left)
    assert is_allowed(PREVIOUS.value, CURRENT, previous, NOW) is allowed


def test_the_current_ones_own_expiry_does_not_close_the_door() -> None:
    assert is_allowed(CURRENT.value, Handshake(CURRENT.value, NOW - timedelta(days=1)), None, NOW)


def test_a_previous_one_without_an_expiry_date_would_stay_for_ever() -> None:
    assert not is_allowed(PREVIOUS.value, CURRENT, Handshake(PREVIOUS.value), NOW)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "it is empty"),
        ("fifteen-letters", "fewer than 16"),
        *((value, "white space") for value in (" " * 16, "long-enough-but ", " long-enough-but", "long-enough-but\n")),
        *((value, "printable ASCII") for value in ("long-enough-caf\u00e9", "long-enough-for-\uff11")),
        *((value, "printable ASCII") for value in ("long-enough\tbut", "long-enough-\x00but")),
    ],
)
def test_a_value_that_headers_cannot_carry_opens_no_door(value: str, why: str) -> None:
    assert why in (handshake_fault(value) or "")
    assert not is_allowed(value, Handshake(value), None, NOW)
    assert not is_allowed(value, CURRENT, Handshake(value), NOW)


def test_a_fault_is_told_without_the_value() -> None:
    assert handshake_fault("fine with spaces inside") is None
    for value in ("", "secret-x ", "secret-\u00e9"):
        assert "secret" not in (handshake_fault(value) or "")


def test_a_faulty_previous_one_does_not_harm_the_current() -> None:
    assert is_allowed(CURRENT.value, CURRENT, Handshake(""), NOW)
    assert not is_allowed("", CURRENT, Handshake(""), NOW)


def test_the_value_is_in_no_repr() -> None:
    assert "not-real" not in f"{CURRENT} {CURRENT!r}"


def test_the_time_does_not_tell_which_secret_is_close_or_how_long_it_is() -> None:
    """The fastest of many, by turns: what else the machine does makes some slower and none faster."""
    secret = "x" * 200
    expected = [(name, (f"{name}-{secret}",)) for name in ("a", "b", "c")]
    headers = [f"a-{secret}", f"a-{secret[:-1]}y", f"c-{secret[:-1]}y", f"y-{secret}", "a-" + "y" * 200]
    fastest = [float("inf")] * len(headers)
    for _ in range(3000):
        for index, header in enumerate(headers):
            began = time.perf_counter()
            matching(header, expected)
            fastest[index] = min(fastest[index], time.perf_counter() - began)
    assert max(fastest) < 1.25 * min(fastest)
