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
    is_mobile,
    is_of,
    is_same,
    is_valid,
    is_written_nationally,
    literally,
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
# `(0)0171 …`: the zero for an outside line, in front of a trunk zero. Both together look like 00 and a country code.
_ZERO_APART = re.compile(r"\D*\d\D")
# What may stand between two numbers; within one of them stand all but the gaps as well.
_BETWEEN_NUMBERS = re.compile(rf"(?P<slash>/)|(?P<gap>\s+[{DASHES}]\s+|\s*[\r\n\t]\s*|\s{{2,}})|[{DASHES}.]")
# Nearly all, which hold none of these.
_ONE_GAP_AT_A_TIME = re.compile(r"\+?\d+(?: \d+)*", re.ASCII)
# So many digits behind it may be an extension: `+43 1 58801-183602`.
_LONGEST_BEHIND = {"slash": 0, "gap": 5, None: 6}
_LONGEST_AREA_CODE = 5
# Finland and South Africa have shorter ones in the library's data, and towns whose numbers would seem to hold these.
_SHORTEST_MOBILE = 8
# Of the valid numbers of all countries; a text as short as a country code need not be read.
SHORTEST = 4
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
    if _ZERO_APART.match(text) and digits(text).startswith("00"):
        raise InvalidNumber(
            "it begins with a separate 0 before another 0: store it without the first one, or as text that begins with "
            "+ and the country code"
        )
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
    if (is_international or not is_invalid) and _repeats_its_code(text, number, valid=not is_invalid):
        raise InvalidNumber("it has its country code twice: store it once")
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
    if found.kind is Kind.INVALID and found.national.startswith("0"):
        return (
            "a 0 after its country code makes it invalid: store it with one country code, and with no trunk prefix or "
            "exit code after that"
        )
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
    latter not if North America's trunk prefix 1 has to be left out: `0011 65 …`.
    """
    plain = _with_plus(text)
    if text.startswith("+") or not calls_abroad_otherwise(region):
        return read(plain, None)
    number, otherwise = _read_or_none(plain, None), _valid_or_none(text, region)
    if otherwise is None:
        return read(plain, None)
    if number is not None and not is_valid(number):
        number = _without_second_code(plain, number)
    if number is None or is_same(number, otherwise):
        return otherwise
    if number.country_code == _NORTH_AMERICA and not has_all_digits(plain, number):
        return otherwise
    raise InvalidNumber(
        f"it can begin with 00 or with the digits that {region} dials in its place: store it as text that begins "
        f"with +{otherwise.country_code} or +{number.country_code}"
    )


def _refuse_second_number(text: str, region: str | None) -> None:
    """A complete number before such a sign ends there. So do digits too long for an area code, if a slash and at least
    five digits follow. A dash or dot after a possible area code is part of the number."""
    if _ONE_GAP_AT_A_TIME.fullmatch(text):
        return
    for sign in _BETWEEN_NUMBERS.finditer(text):
        behind = len(digits(text[sign.end() :]))
        front = _read_or_none(text[: sign.start()], region) if behind > _LONGEST_BEHIND[sign.lastgroup] else None
        if front is not None:
            is_long = len(national(front)) > _LONGEST_AREA_CODE
            is_second = sign.lastgroup == "slash" and behind >= _LONGEST_AREA_CODE and is_long
            if is_second or (is_valid(front) and (is_long or sign.lastgroup is not None)):
                raise InvalidNumber(MORE_THAN_A_NUMBER)


def _begins_with_a_number(text: str, region: str | None) -> bool:
    """Whether a text that is no valid number is one up to some sign or space: what stands behind it must not be glued
    on."""
    for sign in _SIGNS.finditer(text):
        front = _read_or_none(text[: sign.start()], region) if sign.start() >= SHORTEST else None
        if front is not None and is_valid(front):
            return True
    return False


def _repeats_its_code(text: str, number: LibraryNumber, *, valid: bool) -> bool:
    """Whether it is valid without the country code in its national digits. A valid number may begin with these digits
    itself, but if a mobile number stands behind them, only people of its country who write it their way mean that."""
    if not valid:
        return _without_second_code(_with_plus(text), number) is not None
    behind = _behind_code(number)
    is_one = behind is not None and is_mobile(behind) and len(national(behind)) >= _SHORTEST_MOBILE
    return is_one and not is_written_nationally(text, number)


def _without_second_code(text: str, number: LibraryNumber) -> "LibraryNumber | None":
    """The valid number behind a plus and two country codes."""
    code = str(number.country_code)
    # `_behind_code` looks for it too, but the library is slow to make a number.
    is_twice = digits(text).removeprefix(code).lstrip("0").startswith(code)
    return _behind_code(literally(text, number)) if is_twice else None


def _behind_code(number: LibraryNumber) -> "LibraryNumber | None":
    """The valid number behind the country code in its national digits, which zeros may surround."""
    rest = national(number)
    code = f"{rest[: len(rest) - len(rest.lstrip('0'))]}{number.country_code}"
    return (without_first(number, code) or without_first(number, f"{code}0")) if rest.startswith(code) else None


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


def _valid_or_none(text: str, region: str | None) -> "LibraryNumber | None":
    """As `read` takes it: 00 may be the beginning of other digits."""
    with suppress(InvalidNumber):
        number = read(text, region)
        return number if is_valid(number) else None
    return None


def _with_plus(text: str) -> str:
    return f"+{text[2:]}" if text.startswith("00") else text
