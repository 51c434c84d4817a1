"""phone.py: what becomes a number, what does not and why, what a stored text is compared with, what is ever shown."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.phone import Match, PhoneNumber, StoredNumber
from shared.core.phone_library import _as_written
from shared.core.phone_text import InvalidNumber
from tests.unit.parsed import parse_number

SWEDE = PhoneNumber(46, "701740605")


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+46 70-174 06 05", None, "+46 701740605"),
        ("+46701740605", "US", "+46 701740605"),
        ("0046701740605", None, "+46 701740605"),
        ("00 46 70 174 06 05", "SE", "+46 701740605"),
        ("070-174 06 05", "SE", "+46 701740605"),
        ("(425) 555-0100", "US", "+1 4255550100"),
        ("+12065550100 ext. 12", None, "+1 2065550100x12"),
        ("+12065550100x12", None, "+1 2065550100x12"),
        ("+1 206 555 0100;ext=12", None, "+1 2065550100x12"),
        ("+1 206 555 0100, ext 12", None, "+1 2065550100x12"),
        ("+1 206 555 0100 extension 12", None, "+1 2065550100x12"),
        ("+1 206 555 0100 #12", None, "+1 2065550100x12"),
        ("+46\u00a0\uff17\uff10\uff11\uff17\uff14\uff10\uff16\uff10\uff15", None, "+46 701740605"),
        ("\uff0b46 701740605", None, "+46 701740605"),
        ("\u202a+46 70 174 06 05\u202c", None, "+46 701740605"),
        ("+46\u2011701740605", None, "+46 701740605"),
        ("  +46 701740605\t", None, "+46 701740605"),
        ("+44 (0)7700 900102", None, "+44 7700900102"),
        ("020 7946 0018", "GB", "+44 2079460018"),
        ("+46 0701740605", None, "+46 701740605"),
        ("+800 12345678", None, "+800 12345678"),
    ],
)
def test_any_sane_spelling_becomes_what_graph_documents(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


@pytest.mark.parametrize("text", ["+39 06 1234 5678", "0612345678"])
def test_an_italian_leading_zero_belongs_to_the_number(text: str) -> None:
    assert parse_number(text, "IT").graph_format.startswith("+39 06")


def test_the_same_digits_are_different_numbers_in_different_countries() -> None:
    assert parse_number("070-174 06 05", "SE") == SWEDE
    with pytest.raises(InvalidNumber):
        parse_number("070-174 06 05", "US")


@pytest.mark.parametrize("prefix", ["+1", "001"])
def test_with_a_country_code_possible_is_enough_and_a_national_number_has_to_be_valid(prefix: str) -> None:
    assert parse_number(f"{prefix} 555 555 0100", "US").graph_format == "+1 5555550100"
    with pytest.raises(InvalidNumber, match="not a valid number in US"):
        parse_number("(555) 555-0100", "US")


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("070-174 06 05", None, "neither the user's usageLocation nor DEFAULT_REGION"),
        ("070-174 06 05", "ZZ", "neither the user's usageLocation nor DEFAULT_REGION"),
        ("+46 12", None, "too short"),
        ("+1 20655501001234567", None, "too long"),
        ("+1 5550100", None, "lacks its area code"),
        ("+999 701740605", None, "country code does not exist"),
        ("+0 701740605", None, "country code does not exist"),
        ("+7", None, "not a phone number|too short"),
        ("+46 701740605 or +46 701740606", None, "more than one number"),
        ("+46 701740605 (private)", None, "characters that phone numbers do not have"),
        ("+46 701740605 ext 12345678901", None, "characters that phone numbers do not have"),
        ("n/a", "SE", "characters that phone numbers do not have"),
        ("+", "SE", "characters that phone numbers do not have"),
        ("+44 9098790123", None, "premium-rate"),
        ("+1 9002345678", None, "premium-rate"),
        ("0900 123 456", "DE", "premium-rate|not a valid"),
        ("+44 8431234567", None, "shared-cost"),
        ("+" + "4" * 5000, None, "too long|not a phone number|characters"),
    ],
)
def test_what_cannot_be_registered_is_refused_with_the_reason(text: str, region: str | None, reason: str) -> None:
    with pytest.raises(InvalidNumber, match=reason) as refusal:
        parse_number(text, region)
    assert not any(part in str(refusal.value) for part in ("174", "555", "1234", "909"))


def test_a_reason_carries_no_cause_that_repeats_the_number() -> None:
    with pytest.raises(InvalidNumber) as refusal:
        parse_number("+999701740605", None)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(
    "text", ["+46 00701740605", "+46 (0)0701740605", "+44 007700900102"], ids=["zeros", "bracket", "british"]
)
def test_a_number_with_a_trunk_zero_too_many_is_refused_or_becomes_one_that_stays_the_same(text: str) -> None:
    try:
        number = parse_number(text, None)
    except InvalidNumber:
        return
    assert parse_number(number.graph_format, None) == number
    assert StoredNumber(number.graph_format).compare(number) is Match.EQUAL


def test_extension_digits_of_another_script_reach_graph_as_plain_digits() -> None:
    number = parse_number("+1 2065550100 x\u0661\u0662", None)
    assert number.graph_format == "+1 2065550100x12"


def test_digits_of_another_script_become_plain_ones() -> None:
    assert parse_number("+\u0661\u0662\u0660\u0666\u0665\u0665\u0665\u0660\u0661\u0660\u0660", None) == PhoneNumber(
        1, "2065550100"
    )


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (SWEDE, "+46 *******05"),
        (PhoneNumber(1, "2065550100", "123"), "+1 ********00x***"),
        (PhoneNumber(39, "0612345678"), "+39 ********78"),
    ],
)
def test_a_masked_number_keeps_country_code_and_two_digits(number: PhoneNumber, masked: str) -> None:
    assert number.masked == masked
    assert repr(number) == str(number) == f"{number}" == f"PhoneNumber({masked})"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+46 701740605", "+46 *******05"),
        ("+46701740605", "+46 *******05"),
        ("+1 2065550100x123", "+1 ********00x***"),
        ("2065550100", "********00"),
        ("+46 70174060512345678", "+46 ***************78"),
        ("+XX XXXXXXX05", "+XX XXXXXXX05"),
        ("+46 *******05", "+46 *******05"),
        ("ring 2065550100 now", " ********00 "),
        ("", ""),
        ("anna@contoso.com", ""),
    ],
)
def test_a_stored_text_is_shown_masked_whatever_it_is(text: str, masked: str) -> None:
    stored = StoredNumber(text)
    assert stored.masked == masked
    assert stored.masked == masked, "the second time it comes from memory"
    assert repr(stored) == str(stored) == f"StoredNumber({masked})"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("+46 701740605", Match.EQUAL),
        ("+46701740605", Match.EQUAL),
        ("+46 0701740605", Match.EQUAL),
        ("+46 70-174 06 05", Match.EQUAL),
        ("+46 701740606", Match.DIFFERENT),
        ("+47 701740605", Match.DIFFERENT),
        ("+46 701740605x1", Match.DIFFERENT),
        ("0701740605", Match.DIFFERENT),
        ("", Match.DIFFERENT),
        ("gone", Match.DIFFERENT),
        ("+46 *******05", Match.VISIBLE_EQUAL),
        ("+46 XXXXXXX05", Match.VISIBLE_EQUAL),
        ("+XX XXXXXXX05", Match.VISIBLE_EQUAL),
        ("*******605", Match.VISIBLE_EQUAL),
        ("+46 70\u2022\u2022\u2022\u2022\u202205", Match.VISIBLE_EQUAL),
        ("+46 70#### 605", Match.VISIBLE_EQUAL),
        ("+46 *******06", Match.DIFFERENT),
        ("+47 *******05", Match.DIFFERENT),
        ("+46 73*****05", Match.DIFFERENT),
        ("+46 *********", Match.DIFFERENT),
        ("+46 *******05x**", Match.DIFFERENT),
    ],
)
def test_a_stored_text_compared_with_the_number_desired(text: str, match: Match) -> None:
    assert StoredNumber(text).compare(SWEDE) is match


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("+1 2065550118x7", Match.EQUAL),
        ("+1 2065550118", Match.DIFFERENT),
        ("+1 2065550118x8", Match.DIFFERENT),
        ("+1 ********18x*", Match.VISIBLE_EQUAL),
        ("+1 XXXXXXXX18xX", Match.VISIBLE_EQUAL),
        ("+1 ********18x7", Match.VISIBLE_EQUAL),
        ("+1 ********18x9", Match.DIFFERENT),
        ("+1 ********18", Match.DIFFERENT),
        ("+1 ********19x*", Match.DIFFERENT),
    ],
)
def test_of_a_masked_extension_whatever_can_be_seen_is_compared(text: str, match: Match) -> None:
    assert StoredNumber(text).compare(PhoneNumber(1, "2065550118", "7")) is match


@pytest.mark.parametrize("prefix", ["", "0", "1", "8", "06", "00", "15"])
def test_international_numbers_of_all_countries_with_digits_in_front_that_may_be_taken_away(prefix: str) -> None:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        assert example is not None
        text = f"+{example.country_code} {prefix}{phonenumbers.national_significant_number(example)}"
        library = phonenumbers.parse(text)
        assert (_as_written(text) or library) == library
        # What lets `compare` tell most different numbers apart by their last two digits.
        assert phonenumbers.national_significant_number(library)[-2:] == text[-2:]


@given(st.from_regex(r"\+[1-9]{1,3}(?:[ ()./-]{0,3}[0-9]){2,14}", fullmatch=True))
def test_a_plain_international_number_is_read_as_the_library_reads_it(text: str) -> None:
    try:
        library = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        assert _as_written(text) is None
    else:
        assert (_as_written(text) or library) == library


def test_nearly_all_international_numbers_need_no_more_than_that() -> None:
    assert _as_written("+46 70-174 06 05") == _as_written("+46701740605") == phonenumbers.parse("+46701740605")


def test_stored_texts_are_equal_by_their_text() -> None:
    assert StoredNumber("+46 701740605") == StoredNumber("+46 701740605")
    assert StoredNumber("+46 701740605") != StoredNumber("+46701740605")
    assert StoredNumber("+46 701740605") != "+46 701740605"
    assert len({StoredNumber("+46 701740605"), StoredNumber("+46 701740605")}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 123456/57",
        "040-123456/57",
        "+46 70 174 06 05 (1)",
        "+49 1512 3456789 (2)",
        "+46 70 174 06 05\u00b2",
        "1" * 500,
    ],
)
def test_digits_of_a_second_number_or_a_remark_are_not_glued_on(text: str) -> None:
    with pytest.raises(InvalidNumber):
        parse_number(text, "DE")


def test_a_slash_or_brackets_around_an_area_code_are_fine() -> None:
    assert parse_number("030/12345678", "DE") == PhoneNumber(49, "3012345678")
    assert parse_number("(030) 12345678", "DE") == PhoneNumber(49, "3012345678")


def test_where_both_readings_have_the_country_code_the_sentence_names_it_once() -> None:
    with pytest.raises(InvalidNumber, match=r"^[^+]+ or \+49 that lost its plus sign: [^+]+\+49$"):
        parse_number("4915123456789", "DE")
