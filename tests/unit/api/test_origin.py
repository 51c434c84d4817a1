"""origin.py: whose address it is, whatever a caller writes into X-Forwarded-For; routes without the names in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.host import indexed_functions
from shared.api.origin import client_address, route_of
from tests.unit.strategies import MORE

ROOT = Path(__file__).resolve().parents[3]


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


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/reconcile", "POST /api/reconcile"),
        ("/api/users/anna@contoso.com/phone-methods", "POST /api/users/*/phone-methods"),
        ("/api/users/anna@contoso.com/phone-methods/mobile", "POST /api/users/*/phone-methods/mobile"),
        ("/api/users/+46 70 174 06 05/methods", "POST /api/users/*/methods"),
        ("/api/users/a/b@contoso.com/methods", "POST /api/users/*/*/methods"),
        ("/api/jobs/5b3d6c1e-0000-4000-8000-000000000001/apply", "POST /api/jobs/*/apply"),
        ("/API/Set", "POST /api/set"),
        (
            "/api/Users/anna@contoso.com/PHONE-methods/alternatemobile",
            "POST /api/users/*/phone-methods/alternateMobile",
        ),
        ("", "POST /*"),
    ],
)
def test_names_and_ids_are_left_out(path: str, route: str) -> None:
    assert route_of("POST", path) == route


def test_every_word_of_the_routes_is_known() -> None:
    bindings = [binding for function in indexed_functions(ROOT, {}) for binding in function.bindings]
    routes = [binding["route"] for binding in bindings if binding["type"] == "httpTrigger"]
    words = {part for route in routes for part in route.split("/") if not part.startswith("{")}
    assert {"reconcile", "users", "enable-sms-sign-in", "apply"} <= words
    assert {word for word in words if "*" in route_of("GET", word)} == set()
