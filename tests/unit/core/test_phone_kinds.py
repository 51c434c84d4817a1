"""core/phone_kinds.py: the kinds that the library finds, for numbers of every country."""

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberType

from shared.core.phone_kinds import Kind, kind_of

BY_TYPE = {
    PhoneNumberType.UNKNOWN: Kind.INVALID,
    PhoneNumberType.PREMIUM_RATE: Kind.EXPENSIVE,
    PhoneNumberType.SHARED_COST: Kind.EXPENSIVE,
    PhoneNumberType.PAGER: Kind.PAGER,
    PhoneNumberType.PERSONAL_NUMBER: Kind.PERSONAL,
    PhoneNumberType.VOICEMAIL: Kind.VOICEMAIL,
    PhoneNumberType.UAN: Kind.COMPANY,
}
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def by_the_library(number: PhoneNumber) -> Kind:
    return BY_TYPE.get(phonenumbers.number_type(number), Kind.USUAL)


def examples(code: int) -> list[str]:
    """The library's national example numbers of every kind."""
    found = [phonenumbers.example_number_for_non_geo_entity(code)]
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        if region != "001":
            found += [phonenumbers.example_number_for_type(region, each) for each in PhoneNumberType.values()]
    return [phonenumbers.national_significant_number(number) for number in found if number is not None]


def near(national: str, draw: random.Random) -> str:
    """Other digits in one to three places, and sometimes one more or one less."""
    digits = list(national)
    for _ in range(draw.randint(1, 3)):
        digits[draw.randrange(len(digits))] = draw.choice("0123456789")
    return "".join(digits[: draw.choice([-1, None, None, None])]) + draw.choice(["", "", "", "7"])


def numbered(code: int, national: str) -> PhoneNumber:
    zeros = len(national) - len(national.lstrip("0"))
    return PhoneNumber(
        code, int(national), italian_leading_zero=zeros > 0 or None, number_of_leading_zeros=zeros or None
    )


def test_the_kind_is_the_one_that_the_library_finds() -> None:
    wrong = []
    for code in CODES:
        draw = random.Random(code)  # noqa: S311 - repeatable on purpose
        texts = examples(code)
        texts += [near(text, draw) for text in texts for _ in range(10)]
        texts += ["".join(draw.choices("0123456789", k=draw.randint(4, 13))) for _ in range(20)]
        numbers = [numbered(code, text) for text in texts if int(text or 0)]
        wrong += [number for number in numbers if kind_of(number) is not by_the_library(number)]
    assert wrong == []


@pytest.mark.parametrize("national", ["4978700649", "4937705178052", "4925640819208"])
def test_what_the_patterns_of_a_kind_allow_and_those_of_the_country_do_not_is_invalid(national: str) -> None:
    """German digits behind a country code that stands there twice."""
    assert kind_of(numbered(49, national)) is by_the_library(numbered(49, national)) is Kind.INVALID


def test_every_kind_is_among_the_examples() -> None:
    found = {kind_of(numbered(code, text)) for code in CODES for text in examples(code)}
    assert found == set(Kind) - {Kind.INVALID}


@pytest.mark.parametrize("code", [0, 999, 2])
def test_no_number_of_a_country_code_that_does_not_exist_is_valid(code: int) -> None:
    assert kind_of(PhoneNumber(code, 701740605)) is Kind.INVALID
