"""Which number a text means, where it can mean two, and which numbers may be registered."""

import re
from contextlib import suppress
from typing import NamedTuple

from shared.core.phone_kinds import Kind, LibraryNumber, kind_of
from shared.core.phone_library import (
    calls_abroad_otherwise,
    extension,
    has_all_digits,
    impossible,
    is_of,
    is_same,
    is_valid,
    is_written_nationally,
    national,
    read,
    read_stored,
    without_first,
)
from shared.core.phone_text import DASHES, MORE_THAN_A_NUMBER, InvalidNumber, digits

_NORTH_AMERICA = 1
# Area code and exchange (North American Numbering Plan): neither begins with 0 or 1.
_NORTH_AMERICAN = re.compile(r"([2-9]\d\d){2}\d{4}", re.ASCII)
# `+39 (0)331 …`: a mobile number without the zero, that of a town with it.
_BRACKETED_ZERO = re.compile(r"\(\s*0\s*\)")
# What may stand between two numbers; within one of them stand all but the gaps as well.
_BETWEEN_NUMBERS = re.compile(rf"(?P<slash>/)|(?P<gap>\s+[{DASHES}]\s+|\s*[\r\n\t]\s*|\s{{2,}})|[{DASHES}.]")
# So many digits behind it may be an extension: `+43 1 58801-183602`.
_LONGEST_BEHIND = {"slash": 0, "gap": 5, None: 6}
_LONGEST_AREA_CODE = 5
_SIGNS = re.compile(rf"[\s().{DASHES}/]+")
_OFFICE_ONLY = (Kind.PAGER, Kind.PERSONAL, Kind.VOICEMAIL, Kind.COMPANY)


class Found(NamedTuple):
    """A number as the library reads it. `national` keeps leading zeros that belong to it; `extension` may be ""."""

    country_code: int
    national: str
    extension: str
    kind: Kind


def find(text: str, region: str | None) -> Found:
    """The one number that a cleaned text can mean. Raises InvalidNumber."""
    _refuse_second_number(text, region)
    is_international = text.startswith(("+", "00"))
    number = _international(text, region) if is_international else read(text, region)
    found = _found(number, kind_of(number))
    is_invalid = found.kind is Kind.INVALID
    if not is_international and is_of(number, region):
        _refuse_lost_plus(text, number, region, valid=not is_invalid)
    if is_invalid and _begins_with_a_number(text, region):
        raise InvalidNumber(MORE_THAN_A_NUMBER)
    if _BRACKETED_ZERO.search(text) and without_first(number, "0"):
        raise InvalidNumber(
            "the zero in brackets may or may not be part of it: store it without brackets, and with the zero only if "
            "callers from abroad dial it"
        )
    if is_invalid and is_international and _repeats_its_code(number):
        raise InvalidNumber("it has its country code twice")
    if is_invalid and (reason := impossible(number)):
        raise InvalidNumber(reason)
    if is_invalid and not is_international:
        raise InvalidNumber(f"it has no country code and is not a valid number in {region}")
    return found


def find_stored(text: str) -> Found:
    """The number in a cleaned text that is registered already, whatever it may have too many. Raises InvalidNumber."""
    return _found(read_stored(_with_plus(text)), Kind.USUAL)


def nobodys(found: Found) -> str | None:
    """Why no user can have this number, whatever method it is for."""
    if len(set(found.national)) == 1:
        return "all digits after the country code are the same"
    is_possible = found.country_code != _NORTH_AMERICA or _NORTH_AMERICAN.fullmatch(found.national)
    if found.kind is Kind.INVALID and not is_possible:
        return "no area code or exchange after +1 begins with 0 or 1"
    return f"it is a {found.kind.value} number" if found.kind is Kind.EXPENSIVE else None


def office_only(found: Found) -> str | None:
    """Why it may be registered for the office only."""
    if found.extension:
        return "it has an extension, which Microsoft supports on office phones only"
    return f"it is a {found.kind.value} number, not that of a mobile phone" if found.kind in _OFFICE_ONLY else None


def _found(number: LibraryNumber, kind: Kind) -> Found:
    return Found(number.country_code or 0, national(number), extension(number), kind)


def _international(text: str, region: str | None) -> LibraryNumber:
    """The number in a text that begins with a plus or with 00.

    Where the region calls abroad with other digits, such as Australia with 0011, these or 00 alone may be meant; the
    latter not if it takes a trunk prefix to read it so.
    """
    plain = _with_plus(text)
    if text.startswith("+") or not calls_abroad_otherwise(region):
        return read(plain, None)
    valid: list[LibraryNumber] = []
    for form, place in ((text, region), (plain, None)):
        with suppress(InvalidNumber):
            number = read(form, place)
            is_new = not valid or (not is_same(number, valid[0]) and has_all_digits(form, number))
            if is_new and is_valid(number):
                valid.append(number)
    if len(valid) > 1:
        raise InvalidNumber(
            f"it can begin with 00 or with the digits that {region} dials in its place: store it as text that begins "
            f"with +{valid[0].country_code} or +{valid[1].country_code}"
        )
    return valid[0] if valid else read(plain, None)


def _refuse_second_number(text: str, region: str | None) -> None:
    """What is a number by itself in front of such a sign ends there; and so does what is too long for an area code, if
    as much stands behind a slash."""
    for sign in _BETWEEN_NUMBERS.finditer(text):
        behind = len(digits(text[sign.end() :]))
        front = _read_or_none(text[: sign.start()], region) if behind > _LONGEST_BEHIND[sign.lastgroup] else None
        if front is not None:
            is_long = sign.lastgroup == "slash" and behind >= _LONGEST_AREA_CODE < len(national(front))
            if is_long or is_valid(front):
                raise InvalidNumber(MORE_THAN_A_NUMBER)


def _begins_with_a_number(text: str, region: str | None) -> bool:
    """Whether a text that is no valid number is one up to some sign or space: what stands behind it must not be glued
    on."""
    fronts = (_read_or_none(text[: sign.start()], region) for sign in _SIGNS.finditer(text))
    return any(front is not None and is_valid(front) for front in fronts)


def _repeats_its_code(number: LibraryNumber) -> bool:
    """Whether it is valid without the country code in its national digits."""
    code, rest = str(number.country_code), national(number)
    zeros = rest[: len(rest) - len(rest.lstrip("0"))]
    return without_first(number, f"{zeros}{code}") is not None


def _refuse_lost_plus(text: str, number: LibraryNumber, region: str | None, *, valid: bool) -> None:
    """A text without a plus that is another valid number with one in front may be meant so, unless it is written
    exactly as people of the region write their own."""
    other = _with_lost_plus(text)
    if other is None or is_same(number, other):
        return
    if not valid:
        raise InvalidNumber(
            f"it is not a valid number in {region}; if it lost its plus sign, store it as text that begins with "
            f"+{other.country_code} …"
        )
    if is_written_nationally(text, number):
        return
    if other.country_code == number.country_code:
        raise InvalidNumber(
            f"its first digits may be those of an area code, or +{other.country_code} that lost its plus sign: store "
            f"it as text that begins with +{other.country_code}"
        )
    raise InvalidNumber(
        f"it may be a number of {region}, or one of another country that lost its plus sign: store it as text that "
        f"begins with +{number.country_code} … or +{other.country_code} …"
    )


def _with_lost_plus(text: str) -> "LibraryNumber | None":
    """The valid number that the digits of a text are with a plus in front."""
    found = digits(text)
    if found.startswith("0"):
        return None
    number = _read_or_none(f"+{found}", None)
    return number if number is not None and is_valid(number) else None


def _read_or_none(text: str, region: str | None) -> "LibraryNumber | None":
    with suppress(InvalidNumber):
        return read(_with_plus(text), region)
    return None


def _with_plus(text: str) -> str:
    return f"+{text[2:]}" if text.startswith("00") else text
