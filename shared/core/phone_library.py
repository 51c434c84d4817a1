"""What the `phonenumbers` library reads in a text, and the readings in which it has to be helped."""

import functools
import re

from shared.core.phone_kinds import Kind, LibraryNumber, kind_of
from shared.core.phone_text import InvalidNumber, digits

# No longer than E.164 allows, and long enough to have a national number behind any country code.
_PLAIN = re.compile(r"\+[1-9](?:[ ()./-]{0,3}\d){6,14}", re.ASCII)
_PLAIN_SIGNS = str.maketrans("", "", "+ ()./-")
# Mexico's plan of 2019 ended the prefixes 01, 044, 045 and, behind the country code, 1. All ten digits stayed.
_MEXICO, _RETIRED = 52, re.compile(r"0?(?:1|44|45)(\d{10})", re.ASCII)
_REASONS = {
    "TOO_SHORT": "it is too short",
    "TOO_LONG": "it is too long",
    "IS_POSSIBLE_LOCAL_ONLY": "it lacks its area code",
    "INVALID_COUNTRY_CODE": "its country code does not exist",
}


def is_region(code: str | None) -> bool:
    """Whether national numbers of this ISO 3166 country are known. GB is, UK is not."""
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def read(text: str, region: str | None) -> LibraryNumber:
    """The number in a cleaned text, which need not be valid. Raises InvalidNumber.

    Of a text without a plus, digits with which the region calls abroad are taken for that.
    """
    number = _as_written(text)
    if number is None:
        number = _parse(text, region)
        if text.startswith("+"):
            number = _without_zero(number) if has_all_digits(text, number) else _settled(text, number)
    return _without_retired_prefix(number)


def without_first(number: LibraryNumber, taken: str) -> "LibraryNumber | None":
    """The valid number that is left when its national digits lose these in front."""
    rest = national(number)
    if not rest.startswith(taken) or rest == taken:
        return None
    shorter = _number(number.country_code, rest.removeprefix(taken), number.extension)
    return shorter if is_valid(shorter) else None


def literally(text: str, parsed: LibraryNumber) -> LibraryNumber:
    """The number with all digits of the text behind the country code."""
    return _number(parsed.country_code, digits(text).removeprefix(str(parsed.country_code)), parsed.extension)


def is_written_nationally(text: str, number: LibraryNumber) -> bool:
    """Whether these are the digits that people of its country write, trunk prefix included."""
    import phonenumbers

    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return digits(written) == digits(text)


def is_same(one: LibraryNumber, other: LibraryNumber) -> bool:
    return one.country_code == other.country_code and national(one) == national(other)


def read_stored(text: str) -> LibraryNumber:
    """The same for a number that is registered already, whatever it may have too many."""
    return _without_retired_prefix(_as_written(text) or _parse(text, None))


def is_valid(number: LibraryNumber) -> bool:
    return kind_of(number) is not Kind.INVALID


def is_mobile(number: LibraryNumber) -> bool:
    """False for one of North America, which does not tell it from a fixed line."""
    import phonenumbers

    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def is_of(number: LibraryNumber, region: str | None) -> bool:
    """Whether it has the country code of the region."""
    import phonenumbers

    return number.country_code == phonenumbers.country_code_for_region(region or "")


def extension(number: LibraryNumber) -> str:
    import phonenumbers

    return phonenumbers.normalize_digits_only(number.extension) if number.extension else ""


def national(number: LibraryNumber) -> str:
    """The digits behind the country code."""
    import phonenumbers

    return phonenumbers.national_significant_number(number)


def impossible(number: LibraryNumber) -> str | None:
    """Why no number of its country has this length."""
    import phonenumbers

    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return _REASONS.get(phonenumbers.ValidationResult.to_string(reason), "its length is not possible")


def has_all_digits(text: str, number: LibraryNumber) -> bool:
    return digits(text) == f"{number.country_code}{national(number)}"


def calls_abroad_otherwise(region: str | None) -> bool:
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region or "", None)
    return metadata is not None and metadata.international_prefix != "00"


def country(country_code: int, national_number: str) -> str | None:
    """ISO 3166; None where several countries share the code and the number is valid in none of them."""
    import phonenumbers

    return phonenumbers.region_code_for_number(_number(country_code, national_number, None))


def main_country(country_code: int) -> str | None:
    """ISO 3166: of several countries that share the code, the one that has most of its numbers. None: of no country."""
    import phonenumbers

    found = phonenumbers.region_code_for_country_code(country_code)
    return found if is_region(found) else None


def _parse(text: str, region: str | None) -> LibraryNumber:
    import phonenumbers

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as exc:
        reasons = {
            exc.INVALID_COUNTRY_CODE: "its country code does not exist",
            exc.TOO_SHORT_NSN: "it is too short",
            exc.TOO_SHORT_AFTER_IDD: "it is too short",
            exc.TOO_LONG: "it is too long",
        }
        # The cause is left out on purpose: the library's message repeats the text.
        raise InvalidNumber(reasons.get(exc.error_type, "it is not a phone number")) from None


def _as_written(text: str) -> "LibraryNumber | None":
    """What the library reads in a plain international number that it takes nothing away from, in a quarter of its time.

    None for every other text: one with other signs than the usual ones, with leading zeros behind the country code, or
    with digits there that may be a trunk prefix.
    """
    import phonenumbers

    if not _PLAIN.fullmatch(text):
        return None
    found = text.translate(_PLAIN_SIGNS)
    # No country code begins with another one.
    for length in (1, 2, 3):
        code, rest = found[:length], found[length:]
        taken_away = _trunk_prefix(code)
        if taken_away is not None:
            is_kept = not taken_away.match(rest)
            return phonenumbers.PhoneNumber(country_code=int(code), national_number=int(rest)) if is_kept else None
    return None


@functools.cache
def _trunk_prefix(country_code: str) -> re.Pattern[str] | None:
    """What the library may take away behind a country code, zeros among it; None if there is no such code."""
    import phonenumbers

    code = int(country_code)
    if code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    region = phonenumbers.region_code_for_country_code(code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    return re.compile(f"0|(?:{getattr(metadata, 'national_prefix_for_parsing', None) or '0'})")


def _settled(text: str, number: LibraryNumber) -> LibraryNumber:
    """For a text with other digits than the number read from it: the one reading that stays the same when read again.

    The library drops what it takes for a trunk prefix, and some numbers begin with those digits. All digits behind the
    country code count if that makes a valid number; else the number must not lose digits again.
    """

    literal = literally(text, number)
    if is_valid(literal):
        return literal
    plain = f"+{number.country_code} {national(number)}"
    again = _without_zero(_parse(plain, None))
    if not is_same(again, number) and not is_valid(literally(plain, again)):
        raise InvalidNumber("it has an extra trunk prefix")
    return number


def _without_zero(number: LibraryNumber) -> LibraryNumber:
    """For a number of a country that has no trunk prefix, written as if it had: `+48 (0)512 …`."""
    return number if is_valid(number) else without_first(number, "0") or number


def _without_retired_prefix(number: LibraryNumber) -> LibraryNumber:
    retired = _RETIRED.fullmatch(national(number)) if number.country_code == _MEXICO else None
    return _number(_MEXICO, retired[1], number.extension) if retired else number


def _number(country_code: int | None, found: str, extension: str | None) -> LibraryNumber:
    import phonenumbers

    zeros = len(found) - len(found[:-1].lstrip("0") + found[-1:])
    return phonenumbers.PhoneNumber(
        country_code=country_code,
        national_number=int(found or 0),
        extension=extension,
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros or None,
    )
