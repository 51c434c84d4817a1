"""address.py: whose address it is, whatever a caller writes into X-Forwarded-For."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.address import client_address
from tests.unit.strategies import MORE


def address(header: str, trusted_proxies: int = 0) -> str:
    return client_address({"x-forwarded-for": header}, trusted_proxies)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:54321", "203.0.113.7"),
        ("  203.0.113.7:54321 ", "203.0.113.7"),
        ("[2001:db8::7]:54321", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25\r\n]:1", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_port_brackets_and_spelling_do_not_count(entry: str, expected: str) -> None:
    assert address(entry) == expected


@pytest.mark.parametrize(
    "entry",
    [
        *("", " ", ":", "[]", "[]:80", "unknown", "_hidden", "203.0.113", "203.0.113.7:", "203.0.113.7:port", "1:2"),
        *("203.0.113.256", "[203.0.113.7", "203.0.113.7 203.0.113.8", "\ud800", "x" * 100_000, "٢٠٣.0.113.7"),
    ],
)
def test_what_is_no_address_is_none(entry: str) -> None:
    assert address(entry) == ""
    assert address(f"203.0.113.9, {entry}") == "", "nor does it make room for what stands left of it"


def test_without_the_header_there_is_none() -> None:
    assert client_address({}, 0) == client_address({}, 3) == ""


@pytest.mark.parametrize(
    ("trusted_proxies", "expected"),
    [(0, "192.0.2.3"), (1, "192.0.2.2"), (2, "192.0.2.1"), (3, "192.0.2.3"), (9, "192.0.2.3")],
)
def test_trusted_proxies_are_passed_over_from_the_right(trusted_proxies: int, expected: str) -> None:
    assert address("192.0.2.1, 192.0.2.2,192.0.2.3:443", trusted_proxies) == expected


@MORE
@given(st.text(st.characters(codec=None), max_size=40), st.integers(0, 3))
def test_a_spoofed_left_end_changes_nothing(spoofed: str, proxies: int) -> None:
    trusted = ", ".join(["198.51.100.7:1234", *(f"192.0.2.{number}" for number in range(proxies))])
    assert address(f"{spoofed},{trusted}", proxies) == "198.51.100.7"
