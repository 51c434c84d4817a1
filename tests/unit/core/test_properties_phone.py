"""What must hold for every phone number: one number in all its spellings, and what is ever shown of it."""

import re
import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.core.desired import Desired, DesiredValue
from shared.core.models import Action, Current
from shared.core.phone import Match, PhoneNumber, StoredNumber
from shared.core.phone_text import InvalidNumber
from shared.core.plan import Policy, plan_user
from tests.unit.parsed import parse_number
from tests.unit.people import MOBILE, method
from tests.unit.strategies import MORE, accepted, examples, numbers, plain_numbers

regions = st.sampled_from([None, "SE", "US", "GB", "IT", "DE", "AR", "MX", "BR", "RU", "CI", "ZZ"])
separators = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011"])
# What a spreadsheet writes of a number with a fraction: refused, so no spelling of it.
_DECIMAL = re.compile(r"\d+\.(\d\d?|0+)")


@st.composite
def spellings(draw: st.DrawFn, number: PhoneNumber) -> str:
    """The same number as people and systems write it."""
    digits = f"{number.national}"
    parts = [digits[0]]
    for digit in digits[1:]:
        parts.append(draw(separators) + digit)
    national = "".join(parts)
    if draw(st.booleans()):
        national = national.translate(
            str.maketrans(string.digits, "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
        )
    begin = draw(st.sampled_from(["+", "00", "\uff0b", " +"]))
    mark = draw(st.sampled_from(["x", " x", " ext. ", ";ext=", " ext ", "#"]))
    extension = f"{mark}{number.extension}" if number.extension else ""
    text = f"{begin}{number.country_code}{draw(separators)}{national}{extension}"
    assume(not _DECIMAL.fullmatch(re.sub(r"[\s+\uff0b]", "", text)))
    return text


phone_text = st.one_of(
    st.text(max_size=30),
    st.text("+0123456789 ()-./x#*", max_size=25),
    st.from_regex(r"(\+|00)?[0-9 ]{1,20}( ?x[0-9]{1,5})?", fullmatch=True),
    st.builds(lambda cc, rest: f"+{cc} {rest}", st.integers(1, 999), st.from_regex(r"[0-9]{4,14}", fullmatch=True)),
    st.builds(
        lambda number, zeros: f"+{number.country_code} {'0' * zeros}{number.national}", plain_numbers, st.integers(0, 3)
    ),
)


@MORE
@given(phone_text, regions)
@example("+46 00701740605", None)
@example("+57003000000000", None)
@example("+1 2065550100 x\u0661", None)
def test_normalising_is_idempotent_for_any_text(text: str, region: str | None) -> None:
    number = parsed(text, region)
    if number is None:
        return
    assert number.graph_format.isascii()
    assert parse_number(number.graph_format, None) == number


def parsed(text: str, region: str | None) -> PhoneNumber | None:
    """None for what is refused, whose reason holds at most two country codes; anything else that is raised ends the
    test."""
    try:
        return parse_number(text, region)
    except InvalidNumber as refusal:
        reason = str(refusal)
    assert digits(reason) <= 6, reason
    return None


def test_normalising_is_idempotent_for_the_examples_of_all_regions_and_types() -> None:
    assert len(accepted()) > 800
    for number in accepted():
        assert parse_number(number.graph_format, None) == number
        assert StoredNumber(number.graph_format).compare(number) is Match.EQUAL


def test_only_premium_rate_shared_cost_and_local_examples_are_refused() -> None:
    read = {f"+{number.country_code}{number.national}" for number in accepted()}
    refused = [text for text in examples() if text not in read]
    assert len(refused) > 50
    for text in refused:
        with pytest.raises(InvalidNumber, match=r"premium-rate or shared-cost|lacks its area code"):
            parse_number(text, None)


@MORE
@given(st.data(), numbers)
def test_every_spelling_is_the_same_number(data: st.DataObject, number: PhoneNumber) -> None:
    spelling = data.draw(spellings(number))
    assert parse_number(spelling, None) == number
    current = Current((method(number.graph_format),))
    plan = plan_user(Desired({MOBILE: DesiredValue(parse_number(spelling, None))}), current, Policy())
    assert [change.action for change in plan.changes] == [Action.KEEP]


@MORE
@given(st.data(), numbers)
def test_a_stored_number_in_any_spelling_is_kept(data: st.DataObject, number: PhoneNumber) -> None:
    stored = data.draw(spellings(number))
    assume("#" not in stored)
    assert StoredNumber(stored).compare(number) is Match.EQUAL


def digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


@MORE
@given(numbers)
def test_no_text_of_a_number_shows_more_than_country_code_and_two_digits(number: PhoneNumber) -> None:
    most = len(str(number.country_code)) + 2
    stored = StoredNumber(number.graph_format)
    for text in (
        f"{number}",
        f"{number!r}",
        f"{number:}",
        str(number),
        f"{[number]}",
        number.masked,
        f"{stored}",
        f"{stored!r}",
        f"{[stored]}",
        stored.masked,
    ):
        assert digits(text) <= most
        assert number.national not in text


@MORE
@given(phone_text)
def test_no_text_of_anything_stored_shows_more_than_country_code_and_two_digits(text: str) -> None:
    stored = StoredNumber(text)
    assert digits(stored.masked) <= 3 + 2
    assert digits(f"{stored!r} {stored}") <= 2 * (3 + 2)


@MORE
@given(numbers, st.sampled_from("*X\u2022"))
def test_a_masked_text_of_a_number_agrees_with_it(number: PhoneNumber, sign: str) -> None:
    assume(len(number.national) > 2)
    masked = number.masked.replace("*", sign)
    assert StoredNumber(masked).compare(number) is Match.VISIBLE_EQUAL


@MORE
@given(numbers, numbers, st.sampled_from("*X\u2022"))
def test_a_masked_text_differs_from_a_number_that_ends_otherwise(
    number: PhoneNumber, other: PhoneNumber, sign: str
) -> None:
    assume(len(number.national) > 2)
    assume(number.national[-2:] != other.national[-2:])
    assert StoredNumber(number.masked.replace("*", sign)).compare(other) is Match.DIFFERENT
