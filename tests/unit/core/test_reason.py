"""core/reason.py: what may be kept of a reason."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.reason import name_without_numbers, reason_fault, without_numbers

SEPARATORS = " ._-/()[]\u2010\u2011\u2012\u2013\u2014\u2212"


@pytest.mark.parametrize("text", ["", "Ticket 4711", "x" * 200, "åäö ✓", "a\u2011b"])
def test_a_reason(text: str) -> None:
    assert reason_fault("X-Reason", text) is None


@pytest.mark.parametrize("text", ["x" * 201, "a\nb", "a\tb", "\x7f", "a\u200bb", "\ud800", "a\u00a0b", "\u202e"])
def test_none(text: str) -> None:
    assert reason_fault("X-Reason", text) == "X-Reason must have at most 200 printable characters."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ticket 4711", "Ticket 4711"),
        ("12345", "*****"),
        ("INC0012345 for Anna", "INC******* for Anna"),
        ("+46 (70) 174-06 05 is new", "+** (**) ***-** ** is new"),
        ("46.70.174.06.05", "**.**.***.**.**"),
        ("[070]/1740605", "[***]/*******"),
        ("46–70—174‑06−05", "**–**—***‑**−**"),
        ("46_701_740_605", "**_***_***_***"),
        ("1, 2, 3, 4, 5, 6", "1, 2, 3, 4, 5, 6"),
        ("2026-11-28", "****-**-**"),
        ("room 12, floor 34", "room 12, floor 34"),
        ("\u0661\u0662\u0663\u0664\u0665", "*****"),
        ("\uff11\uff12\uff13\uff14\uff15", "*****"),
        ("1234 and 5678", "1234 and 5678"),
    ],
)
def test_numbers_are_masked(text: str, kept: str) -> None:
    assert without_numbers(text) == kept


@given(st.text(alphabet=st.sampled_from("0123456789ab" + SEPARATORS), max_size=200))
def test_no_five_digits_are_left_whatever_stands_between_them(text: str) -> None:
    kept = without_numbers(text)
    assert len(kept) == len(text)
    assert re.search(r"\d{5}", re.sub(f"[{re.escape(SEPARATORS)}]", "", kept)) is None
    assert without_numbers(kept) == kept


def test_it_takes_no_time() -> None:
    without_numbers("1 " * 50_000 + "x")
    without_numbers("(" * 100_000)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("extensionAttribute10", "extensionAttribute10"),
        ("+46 701740605", "+** *********"),
        ("Mobile 0701740605", "Mobile **********"),
        ("070_174_06_05", "***_***_**_**"),
        ("070,174;06:05", "***,***;**:**"),
        ("070\u00a0174\u200b06", "***\u00a0***\u200b**"),
        ("070a174b06c05", "070a174b06c05"),
    ],
)
def test_a_name_is_masked_whatever_stands_between_the_digits(name: str, kept: str) -> None:
    assert name_without_numbers(name) == kept


@given(st.text(max_size=128))
def test_no_five_digits_of_a_name_are_left_between_letters(name: str) -> None:
    kept = name_without_numbers(name)
    assert len(kept) == len(name)
    assert re.search(r"\d{5}", re.sub(r"[\W_]", "", kept)) is None
