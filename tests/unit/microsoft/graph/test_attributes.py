"""graph/attributes.py: what a user's answer holds, however Graph spells it, and how holders are asked for."""

import pytest

from shared.core.models import Method
from shared.microsoft.graph.attributes import ABSENT, filter_of, held, text_of

EXTENSION = "extension_0123456789abcdef0123456789abcdef_mfaPhone"


@pytest.mark.parametrize("asked", ["mobilePhone", "mobilephone", "MobilePhone"])
def test_a_value_is_found_whatever_the_case_of_its_name(asked: str) -> None:
    assert held({"id": "1", "mobilePhone": "+46 701740605"}, asked) == "+46 701740605"


def test_an_exact_hit_comes_first() -> None:
    body = {EXTENSION.lower(): "+46 701740605", EXTENSION: "+46 701740699"}
    assert held(body, EXTENSION) == "+46 701740699"
    assert held(body, EXTENSION.lower()) == "+46 701740605"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, EXTENSION),
        ({EXTENSION: "+46 701740605"}, EXTENSION.replace("mfa", "mfs")),
        ({}, "extensionAttribute15"),
        ({"onPremisesExtensionAttributes": {}}, "extensionAttribute15"),
        ({"extensionAttribute15": "+46 701740605"}, "extensionAttribute15"),
    ],
)
def test_what_the_answer_does_not_hold_is_absent(body: dict[str, object], name: str) -> None:
    assert held(body, name) is ABSENT


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"mobilePhone": None}, "mobilePhone"),
        ({"onPremisesExtensionAttributes": None}, "extensionAttribute15"),
        ({"onPremisesExtensionAttributes": {"extensionAttribute15": None}}, "extensionAttribute15"),
    ],
)
def test_null_is_empty_and_not_absent(body: dict[str, object], name: str) -> None:
    assert text_of(held(body, name), name, Method.MOBILE) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("extensionAttribute7", "onPremisesExtensionAttributes/extensionAttribute7 ne null"),
        ("mobilePhone", "mobilePhone ne null"),
        (EXTENSION, f"{EXTENSION} ne null"),
        ("otherMails", "otherMails/$count ne 0"),
        ("businessphones", "businessphones/$count ne 0"),
    ],
)
def test_how_holders_are_asked_for(name: str, expected: str) -> None:
    assert filter_of(name) == expected
