"""core/phone_rules.py, phone_text.py: texts with digits that are no part of the number, or of another one. None of them
may be glued on."""

from contextlib import suppress

import phonenumbers
import pytest

from shared.core.phone import read_number
from shared.core.phone_text import InvalidNumber
from tests.unit.core.random_numbers import e164, in_graph_format, mobiles
from tests.unit.parsed import parse_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def refused(text: str, region: str | None = None) -> str:
    with pytest.raises(InvalidNumber) as refusal:
        parse_number(text, region)
    return str(refusal.value)


# A trunk zero


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+48 (0)512 345 678", "+48 512345678"),
        ("+48 0512 345 678", "+48 512345678"),
        ("+48(0)512345678", "+48 512345678"),
        ("0048 (0) 512 345 678", "+48 512345678"),
        ("+420 (0)601 123 456", "+420 601123456"),
        ("+420 0601123456", "+420 601123456"),
        ("+30 (0)691 234 5678", "+30 6912345678"),
        ("+57 (0)321 1234567", "+57 3211234567"),
        ("+352 (0)621 123 456", "+352 621123456"),
        ("+34 (0)612 345 678", "+34 612345678"),
        ("+1 (0)206 555 0113", "+1 2065550113"),
        ("+46 (0)70 174 06 05", "+46 701740605"),
        ("+44 (0)7700 900102", "+44 7700900102"),
        # Where the zero belongs to the number.
        ("+39 (0)6 12345678", "+39 0612345678"),
        ("+39 (0)335 1234567", "+39 3351234567"),
        ("+39 0331 1234567", "+39 03311234567"),
        ("+39 (0331) 1234567", "+39 03311234567"),
        ("+225 (0)7 07 12 34 56", "+225 0707123456"),
    ],
)
def test_a_trunk_zero_is_left_out(text: str, expected: str) -> None:
    assert parse_number(text, None).graph_format == expected


@pytest.mark.parametrize(
    ("text", "region"), [("+39 (0)331 1234567", None), ("39 (0)331 1234567", "IT"), ("( 0 )331 1234567", "IT")]
)
def test_a_zero_in_brackets_with_which_and_without_which_it_is_a_number(text: str, region: str | None) -> None:
    assert "zero in brackets" in refused(text, region)


@pytest.mark.parametrize("zero", ["(0)", "0"])
def test_no_mobile_of_any_country_becomes_another_by_a_trunk_zero(zero: str) -> None:
    for region in REGIONS:
        for number in mobiles(region, 8):
            digits = phonenumbers.national_significant_number(number)
            with suppress(InvalidNumber):
                found = parse_number(f"+{number.country_code} {zero}{digits}", None)
                is_other = found.national == f"0{digits}" and zero == "0" and is_valid(found.graph_format)
                assert found.national == digits or is_other


def is_valid(text: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(text))


@pytest.mark.parametrize("text", ["+46 (0)0701740605", "+48 00512345678", "(0)512 345 678"])
def test_more_than_one_zero_or_one_without_a_country_code_is_not_left_out(text: str) -> None:
    refused(text, "PL")


# A second number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+49 30 123456 / 654321", None),
        ("030 123456 / 654321", "DE"),
        ("030/123456/654321", "DE"),
        ("030 12345 / 67890", "DE"),
        ("+43 1 12345/67890", None),
        ("+62 21 12345 / 67890", None),
        ("+81 3 12345/67890", None),
        ("0701740605/2", "SE"),
        ("123456/57", "DE"),
        ("+46 70174060/5", None),
        ("070-1740605 / 070-1740606", "SE"),
        ("0171/1234567 / 0172/1234567", "DE"),
        ("+49 30 123456 - 654321", None),
        ("+49 30 123456\n654321", None),
        ("+49 30 123456\t654321", None),
        ("030 123456   654321", "DE"),
        ("+49 30 123456.7654321", None),
        ("+49 30 123456-7654321", None),
        ("0664/1234567 - 0664/7654321", "AT"),
        ("+46 701740605 (2)", None),
    ],
)
def test_a_second_number_or_a_remark(text: str, region: str | None) -> None:
    assert "more than one number" in refused(text, region)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("0171/123/4567", "DE", "+49 1711234567"),
        ("+49 (0) 171 / 123 45 67", None, "+49 1711234567"),
        ("05341/1234", "DE", "+49 53411234"),
        ("05341/123456", "DE", "+49 5341123456"),
        ("033056/12345", "DE", "+49 3305612345"),
        ("02 21 / 12 34 567", "DE", "+49 2211234567"),
        ("079/123 45 67", "CH", "+41 791234567"),
        ("0475/12.34.56", "BE", "+32 475123456"),
        ("0475/12/34/56", "BE", "+32 475123456"),
        ("06/12/34/56/78", "FR", "+33 612345678"),
        ("+43 1 40400-20730", None, "+43 14040020730"),
        ("+49 (0)30/123456-12", None, "+49 3012345612"),
        ("+49 89-636-48018", None, "+49 8963648018"),
        ("+43 1 58801-183602", None, "+43 158801183602"),
        ("+46  70  174 06 05", None, "+46 701740605"),
        ("030 - 12345678", "DE", "+49 3012345678"),
        ("+380-50-123-45-67", None, "+380 501234567"),
    ],
)
def test_slashes_and_dashes_within_a_number(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+91 98765 43210-12", None),
        ("+49 1511 1234567 89", None),
        ("+49 171 1234567 (0) 12", None),
        ("0171/1234567 12", "DE"),
        ("+81 90-1234-5678-12", None),
        ("+886 912-345-678-1", None),
        ("0049-171-1234567-12", None),
    ],
)
def test_a_few_digits_behind_a_whole_number(text: str, region: str | None) -> None:
    assert "more than one number" in refused(text, region)


@pytest.mark.parametrize("sign", ["-", " - ", "\u2013"])
@pytest.mark.parametrize("digits", ["1", "12", "123"])
def test_a_few_digits_behind_a_mobile_of_any_country_make_no_invalid_number(sign: str, digits: str) -> None:
    for region in REGIONS:
        for number in mobiles(region, 8):
            with suppress(InvalidNumber):
                assert is_valid(parse_number(f"{in_graph_format(number)}{sign}{digits}", None).graph_format)


@pytest.mark.parametrize("sign", ["/", " / ", " - ", " \u2013 ", "//", "\n", "   "])
def test_two_mobiles_of_any_country_are_never_one_number(sign: str) -> None:
    for region in REGIONS:
        for one, other in zip(mobiles(region, 8)[:4], mobiles(region, 8)[4:], strict=False):
            behind = phonenumbers.national_significant_number(other)
            if len(behind) > 5:
                refused(f"{e164(one)}{sign}{behind}")


@pytest.mark.parametrize("sign", ["-", "."])
def test_dashes_and_dots_as_every_country_groups_its_numbers_are_no_second_number(sign: str) -> None:
    ways = phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL
    for region in REGIONS:
        for number in mobiles(region, 8):
            for way in ways:
                text = phonenumbers.format_number(number, way).replace(" ", sign)
                try:
                    assert parse_number(text, region).graph_format == in_graph_format(number)
                except InvalidNumber as refusal:
                    assert "more than one number" not in str(refusal)  # noqa: PT017 - others say why, too


# Digits that a spreadsheet added


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+43 6641234567.000", None),
        ("664 123 456.00", "AT"),
        ("301 234 567,0", "DE"),
        ("301.234.567.00", "DE"),
        ("030 123 456.00", "DE"),
        ("301234567.000", "DE"),
        ("30123456.0000", "DE"),
        ("46 701 740 605,00", "SE"),
        ("46.701.740.605,00", "SE"),
        ("46,701,740,605", "SE"),
        ("46,701,740,605.00", "SE"),
        ("46'701'740'605.00", "CH"),
        ("46\u2019701\u2019740\u2019605.00", "CH"),
    ],
)
def test_a_fraction_and_thousands(text: str, region: str | None) -> None:
    assert "a spreadsheet treated it" in refused(text, region)


@pytest.mark.parametrize("text", ["-", "\u2013", "(-)", "--"])
def test_a_dash_for_no_number_is_not_blamed_on_a_spreadsheet(text: str) -> None:
    assert "spreadsheet" not in refused(text, "SE")


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("06.12.34.56.00", "FR", "+33 612345600"),
        ("206.555.0113", "US", "+1 2065550113"),
        ("+1 206 555.0113", None, "+1 2065550113"),
        ("079.123.45.67", "CH", "+41 791234567"),
        ("+370.612.345.67", None, "+370 61234567"),
        ("+45.201.234.56", None, "+45 20123456"),
    ],
)
def test_dots_within_a_number(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


# Extensions


@pytest.mark.parametrize(
    "sign", ["x", "X", " x ", "#", ";ext=", " ext ", ", ext. ", " extension ", " extn.:", ",ext.:", "\uff58", "\u00a0x"]
)
@pytest.mark.parametrize("extension", ["7", "123456", "1234567", "123456789", "1234567890"])
def test_every_extension_is_read_whole_and_is_for_the_office_only(sign: str, extension: str) -> None:
    reading = read_number(f"+46 8 123456{sign}{extension}", None)
    assert reading.number.graph_format == f"+46 8123456x{extension}"
    assert reading.office_only is not None


# A country code in brackets


@pytest.mark.parametrize("code", ["(+46)", "( +46 )", "(+ 46)", "(0046)", "(00 46)", "+(46)", "(+46)(0)"])
@pytest.mark.parametrize("region", [None, "US", "SE"])
def test_a_country_code_in_brackets(code: str, region: str | None) -> None:
    assert parse_number(f"{code} 70 174 06 05", region).graph_format == "+46 701740605"


def test_what_is_read_once_is_read_the_same_again() -> None:
    for region in REGIONS:
        for number in mobiles(region, 8):
            assert parse_number(in_graph_format(number), None).graph_format == in_graph_format(number)
