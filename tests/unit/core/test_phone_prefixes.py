"""core/phone_rules.py: country codes, exit codes and zeros that stand in front of a number, and are too many."""

import phonenumbers
import pytest

from shared.core.phone_text import InvalidNumber
from tests.unit.core.random_numbers import e164, in_graph_format, mobiles
from tests.unit.parsed import parse_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
# They call abroad with other digits than 00, which may begin like these and a country code.
ELSEWHERE = ("KR", "TH", "SG", "HK", "TW", "KH", "ID", "CO", "BR", "NG", "JP", "AU")


def refused(text: str, region: str | None = None) -> str:
    with pytest.raises(InvalidNumber) as refusal:
        parse_number(text, region)
    return str(refusal.value)


# 00, or what a country dials in its place


@pytest.mark.parametrize(
    ("text", "region", "codes"),
    [
        ("0082 (0)10-2654-6408", "KR", (20, 82)),
        ("0082 02-2312-3456", "KR", (20, 82)),
        ("0049 (0)531 1234567", "TH", (90, 49)),
        ("0064 (0)21 142 1691", "HK", (40, 64)),
        ("007 8 495 123-45-67", "TH", (84, 7)),
        ("(00)34 612376600", "SG", (46, 34)),
        ("0065 65 87233867", "SG", (56, 65)),
    ],
)
def test_what_is_one_number_with_00_and_another_with_the_digits_of_the_country(
    text: str, region: str, codes: tuple[int, int]
) -> None:
    assert refused(text, region).endswith(f"begins with +{codes[0]} or +{codes[1]}")


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("0055 55 11 2909 9097", "BR", "+55 1129099097"),
        ("007 7 701 234 5678", "KH", "+7 7012345678"),
        ("001 1 206 555 0113", "US", "+1 2065550113"),
    ],
)
def test_what_is_the_same_number_both_ways(text: str, region: str, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


@pytest.mark.parametrize("region", ELSEWHERE)
@pytest.mark.parametrize("form", ["00{} (0){}", "00{} 0{}", "(00){} {}"])
def test_no_trunk_zero_behind_00_leads_to_another_number(region: str, form: str) -> None:
    for abroad in (region, "KR", "DE", "NZ", "AT", "FR", "SE"):
        for number in mobiles(abroad, 20):
            try:
                found = parse_number(form.format(number.country_code, number.national_number), region)
            except InvalidNumber:
                continue
            assert found.graph_format == in_graph_format(number)


@pytest.mark.parametrize("begin", ["(00)46", "(00) 46", "( 00 )46", "00-46"])
@pytest.mark.parametrize("region", [None, "US", "SE", "KR"])
def test_00_in_brackets(begin: str, region: str | None) -> None:
    assert parse_number(f"{begin} 70 174 06 05", region).graph_format == "+46 701740605"


# A zero for an outside line


@pytest.mark.parametrize("zero", ["(0)", "0-", "0 ", "0/", "0.", "( 0 ) "])
def test_a_zero_in_front_of_a_trunk_zero_is_no_00(zero: str) -> None:
    for text, region in (("0157 35981234", "DE"), ("02 99 32 12 34", "FR"), ("011 46 70 174 06 05", "AU")):
        assert "separate 0" in refused(f"{zero}{text}", region)
    for region in REGIONS:
        for number in mobiles(region, 8):
            written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            if written.startswith("0"):
                refused(f"{zero}{written}", region)


# A country code that stands there twice


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("+91 91 9876543210", None), ("+91919876543210", None), ("0091 91 9876543210", None)),
        *(("+43 43 6641234567", None), ("+39 39 3311234567", None), ("+46 46 701740605", None)),
        *(("+46 0046 701740605", None), ("+46 046 701740605", None), ("+57 057 3217529935", None)),
        *(("+43 43 (0)6643407920", None), ("+61 61 0891620273", None)),
        # The whole is valid as well.
        *(("+49 49 151 38566904", None), ("0049 49 151 38566904", "DE"), ("49 49 151 38566904", "DE")),
        *(("+49 49 171 1234567", None), ("+49 (0)49 151 38566904", None), ("00 49 (49) 151 38566904", "DE")),
        *(("+383 383 44 123 456", None), ("+62 62 812 505 603", None)),
    ],
)
def test_a_country_code_that_stands_there_twice(text: str, region: str | None) -> None:
    assert refused(text, region) == "it has its country code twice: store it once"


@pytest.mark.parametrize("form", ["+{0} {0} {1}", "+{0}{0}{1}", "00{0} {0} {1}", "+{0} 00{0} {1}", "(+{0}) {0} {1}"])
def test_no_mobile_behind_two_country_codes_is_another_number(form: str) -> None:
    for region in REGIONS:
        for number in mobiles(region, 8):
            text = form.format(number.country_code, phonenumbers.national_significant_number(number))
            # North America's code is its trunk prefix as well.
            if number.country_code != 1:
                refused(text)


@pytest.mark.parametrize(
    ("text", "region", "national"),
    [
        ("+46 46 12 34 56", None, "46123456"),
        ("+49 4915 123456", None, "4915123456"),
        ("+358 3 5841 8258", None, "358418258"),
        ("+27 27 838 7445", None, "278387445"),
        ("0491 711234567", "DE", "491711234567"),
        ("0491/711234567", "DE", "491711234567"),
    ],
)
def test_an_area_code_may_have_the_digits_of_the_country_code(text: str, region: str | None, national: str) -> None:
    assert parse_number(text, region).national == national


# Zeros behind a country code


@pytest.mark.parametrize(
    "text",
    [
        *("+41 0043 664 124577", "+46 0045 34 41 26 84", "+61 0045 34412684", "+90 00533 944 88 93"),
        *("+82 001020559458", "+81 009012182583", "+506 0083125017", "+30 006999256606", "+46 000701334326"),
        *("0041 0043 664 124577", "+46 (00)45 34 41 26 84", "+45 08123456"),
    ],
)
def test_a_zero_with_which_it_is_no_valid_number(text: str) -> None:
    assert "no trunk prefix or exit code after that" in refused(text)


@pytest.mark.parametrize("text", ["+39 0612345678", "+225 0707123456", "+229 0195123456", "+47 05787"])
def test_a_zero_that_belongs_to_the_number(text: str) -> None:
    assert parse_number(text, None).national.startswith("0")


# All of them


@pytest.mark.parametrize("form", ["+{}", "00{}", "(+{})"])
def test_one_country_code_is_never_too_many(form: str) -> None:
    for region in REGIONS:
        for number in mobiles(region, 8):
            code = str(number.country_code)
            text = f"{form.format(code)} {e164(number)[len(code) + 1 :]}"
            assert parse_number(text, None).graph_format == in_graph_format(number)


# Signs within a number


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("358-41-2965399", "FI", "+358 412965399"),
        ("358.41.2965399", "FI", "+358 412965399"),
        ("358 41 2965399", "FI", "+358 412965399"),
        ("090\u30fc1234\u30fc5678", "JP", "+81 9012345678"),
        ("\uff0b81\uff7090\uff701234\uff705678", None, "+81 9012345678"),
    ],
)
def test_dashes(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected
