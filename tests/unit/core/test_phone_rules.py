"""core/phone_rules.py: which number a text means, what can mean two, and what is nobody's number."""

import phonenumbers
import pytest

from shared.core.phone import PhoneNumber, read_number
from shared.core.phone_rules import SHORTEST
from shared.core.phone_text import InvalidNumber
from tests.unit.core.random_numbers import e164, in_graph_format, mobiles
from tests.unit.parsed import parse_number

# A plus that was lost


@pytest.mark.parametrize(
    ("text", "region", "prefix"),
    [
        *(("46701740605", region, r"\+46 …") for region in ("DE", "AT", "IT", "FI", "ID", "US", "GB")),
        ("12065550113", "DE", r"\+1 …"),
        ("46 (0)70-174 06 05", "DE", r"\+46 …"),
        ("46701740605 x7", "DE", r"\+46 …"),
        ("4670 174 06 05", "DE", r"\+49 … or \+46 …"),
        ("\uff14\uff16701740605", "DE", r"\+49 … or \+46 …"),
    ],
)
def test_what_may_be_meant_with_a_plus_is_refused(text: str, region: str, prefix: str) -> None:
    with pytest.raises(InvalidNumber, match=f"store it as text that begins with .*{prefix}") as refusal:
        parse_number(text, region)
    assert "174" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("46701740605", "SE", "+46 701740605"),
        ("701740605", "SE", "+46 701740605"),
        ("2065550113", "US", "+1 2065550113"),
        ("12065550113", "US", "+1 2065550113"),
        ("8 (495) 123-45-67", "RU", "+7 4951234567"),
        ("55 5000 0000", "MX", "+52 5550000000"),
        ("347 123 4567", "IT", "+39 3471234567"),
        ("0151 12345678", "DE", "+49 15112345678"),
    ],
)
def test_what_can_mean_one_number_only_is_read(text: str, region: str, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


@pytest.mark.parametrize("region", ["US", "CA", "MX", "IT", "ES", "PL", "CN", "CO", "BR", "DE", "SE", "GB", "FR", "RU"])
def test_random_mobiles_as_their_country_writes_them_are_never_refused(region: str) -> None:
    for number in mobiles(region, 200):
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert parse_number(written, region).graph_format == in_graph_format(number)


@pytest.mark.parametrize("region", ["DE", "AT", "GB", "FR", "NL", "CH", "FI", "ID", "JP", "AU", "ZA", "EG"])
def test_random_swedish_numbers_without_their_plus_become_nobody_elses(region: str) -> None:
    """In a country that writes a trunk prefix in front of its own."""
    for number in mobiles("SE", 300):
        with pytest.raises(InvalidNumber):
            parse_number(e164(number)[1:], region)


# The digits that a country dials in place of a plus


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("011 46 70 174 06 05", "US", "+46 701740605"),
        ("011-46-70-174-06-05", "CA", "+46 701740605"),
        ("0011 46 70 174 06 05", "AU", "+46 701740605"),
        ("0011 65 8212 3456", "AU", "+65 82123456"),
        ("010 46 70 174 06 05", "JP", "+46 701740605"),
        ("8 10 46 70 174 06 05", "RU", "+46 701740605"),
        ("001 46 70 174 06 05", "HK", "+46 701740605"),
        ("00700 46 70 174 06 05", "KR", "+46 701740605"),
        ("0014 46 70 174 06 05", "BR", "+46 701740605"),
        ("990 46 70 174 06 05", "FI", "+46 701740605"),
        *(
            ("0046 70 174 06 05", region, "+46 701740605")
            for region in ("US", "AU", "HK", "SG", "JP", "BR", "RU", "SE")
        ),
        ("0046 (0)70 174 06 05", "AU", "+46 701740605"),
        ("0046 70 174 06 05", None, "+46 701740605"),
    ],
)
def test_the_digits_to_call_abroad(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


def test_digits_that_another_country_dials_are_not() -> None:
    for text, region in (("011 46 70 174 06 05", "SE"), ("011 46 70 174 06 05", None), ("0011 46 70 174 06 05", "SE")):
        with pytest.raises(InvalidNumber):
            parse_number(text, region)


def test_where_two_ways_to_call_abroad_fit_nothing_is_guessed() -> None:
    """001 and Singapore's 65, or 00 and a number of North America."""
    with pytest.raises(InvalidNumber, match=r"begin with 00 or with the digits that HK dials .* \+65 or \+1$"):
        parse_number("001 65 8212 3456", "HK")


@pytest.mark.parametrize("region", ["AU", "JP", "HK", "KR", "BR", "CO", "RU", "US"])
def test_no_way_to_call_abroad_leads_to_another_number(region: str) -> None:
    codes = {"AU": "0011", "JP": "010", "HK": "001", "KR": "00700", "BR": "0014", "CO": "009", "RU": "810", "US": "011"}
    for abroad in ("SE", "US", "DE", "SG", "IN", "MX", "CN", "IT"):
        for number in mobiles(abroad, 20):
            for begin in ("00", codes[region]):
                try:
                    found = parse_number(begin + e164(number)[1:], region)
                except InvalidNumber:
                    continue
                assert found.graph_format == in_graph_format(number)


# Mexico


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("+52 1 55 5000 0000", None), ("+5215550000000", "US"), ("0052 1 55 5000 0000", "SE")),
        *(("044 55 5000 0000", "MX"), ("045 55 5000 0000", "MX"), ("01 55 5000 0000", "MX"), ("1 55 5000 0000", "MX")),
        *(("+52 044 55 5000 0000", None), ("52 1 55 5000 0000", "MX"), ("011 52 1 55 5000 0000", "US")),
    ],
)
def test_prefixes_that_mexico_gave_up(text: str, region: str | None) -> None:
    assert parse_number(text, region) == PhoneNumber(52, "5550000000")


# What is nobody's number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(("+1 0000000000", "are the same"), ("+46 111111111", "are the same"), ("+49 1111111111", "are the same")),
        *(("+7 7777777777", "are the same"), ("+1 2222222222", "are the same"), ("0046 111 111 111", "are the same")),
        *(("+1 0234567890", "begins with 0 or 1"), ("+1 1234567890", "begins with 0 or 1")),
        *(("+1 206 055 0113", "begins with 0 or 1"), ("+1 206 155 0113", "begins with 0 or 1")),
    ],
)
def test_a_placeholder(text: str, reason: str) -> None:
    with pytest.raises(InvalidNumber, match=reason):
        parse_number(text, None)


@pytest.mark.parametrize("text", ["+86 18888888888", "+46 700000000", "+1 206 555 0113", "+13101234"])
def test_what_only_looks_like_one(text: str) -> None:
    parse_number(text, None)


# For which method


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+44 7640 123456", "pager"),
        ("+44 7000000000", "personal"),
        ("+44 3001234567", "company-wide"),
        ("+31 88 1234567", "company-wide"),
        ("+41 860 791234567", "voicemail"),
        ("+46 701740605x7", "extension"),
    ],
)
def test_what_is_for_the_office_only(text: str, reason: str) -> None:
    assert reason in str(read_number(text, None).office_only)


def test_the_mobile_of_every_country_is_for_every_method() -> None:
    office_only = {}
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        for number in [*mobiles(region, 3), *([example] if example else [])]:
            office_only[e164(number)] = read_number(e164(number), None).office_only
    assert office_only == dict.fromkeys(office_only)


def test_no_valid_number_is_shorter_than_what_is_never_read_as_one() -> None:
    regions = [phonenumbers.PhoneMetadata.metadata_for_region(name, None) for name in phonenumbers.SUPPORTED_REGIONS]
    lengths = [length for region in regions for length in region.general_desc.possible_length]
    assert min(lengths) == SHORTEST
