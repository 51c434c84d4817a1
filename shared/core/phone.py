"""Phone numbers: what a directory attribute means, how Graph writes it, and whether two of them are the same.

How a text is read stands in `phone_text` and `phone_library`, what may be registered in `phone_rules`. No number leaves
these modules in clear by accident: every `repr` and `str` is masked, and no error repeats digits but country codes.
"""

import re
from dataclasses import dataclass
from enum import Enum

from shared.core.phone_library import country, is_region, main_country
from shared.core.phone_rules import find, find_stored, nobodys, office_only
from shared.core.phone_text import InvalidNumber, clean

# What Graph returns for nearly all: it needs no library to be masked.
_GRAPH_FORMAT = re.compile(r"\+([1-9]\d{0,2}) (\d{3,})(?:x(\d+))?", re.ASCII)
# How Graph masks a number is not documented. Guess: as Entra's sign-in logs and portals do, by `*` or a capital `X`;
# a small `x` begins the extension.
MASK = re.compile(r"[*X\u2022\u25cf#?]")


class Match(Enum):
    """How a stored number compares with the one wanted."""

    EQUAL = "equal"
    VISIBLE_EQUAL = "visible equal"  # masked; all digits that can be seen agree
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in canonical form. `national` keeps leading zeros that belong to it (Italy); `extension` may be ""."""

    country_code: int
    national: str
    extension: str = ""

    @property
    def graph_format(self) -> str:
        """`+<cc> <number>[x<ext>]`, as Graph documents phoneNumber (phoneAuthenticationMethod resource type)."""
        return f"+{self.country_code} {self.national}" + (f"x{self.extension}" if self.extension else "")

    @property
    def masked(self) -> str:
        """Country code and the last two digits; one star for every other digit, an extension all stars."""
        hidden = "*" * (len(self.national) - 2) + self.national[-2:]
        return f"+{self.country_code} {hidden}" + (f"x{'*' * len(self.extension)}" if self.extension else "")

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked})"

    __str__ = __repr__


class StoredNumber:
    """The text Graph returned for a method: a number, a masked number, or something unreadable."""

    __slots__ = ("_masked_text", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._masked_text: str | None = None

    @property
    def masked(self) -> str:
        """Fit for a report: the same form as `PhoneNumber.masked` where the text is a number."""
        if self._masked_text is None:
            plain = _GRAPH_FORMAT.fullmatch(self._text)
            number = PhoneNumber(int(plain[1]), plain[2], plain[3] or "") if plain else self.canonical()
            self._masked_text = number.masked if number else _hide_digits(self._text)
        return self._masked_text

    @property
    def in_clear(self) -> str:
        """As Graph returned it: only for a caller who asked for full numbers, and may."""
        return self._text

    def compare(self, wanted: PhoneNumber) -> Match:
        """Canonically, extension included. Of a masked number whatever can be seen is compared."""
        if self._text == wanted.graph_format:
            return Match.EQUAL
        if MASK.search(self._text):
            return Match.VISIBLE_EQUAL if _visible_digits_agree(self._text, wanted) else Match.DIFFERENT
        if _GRAPH_FORMAT.fullmatch(self._text) and self._text[-2:] != wanted.graph_format[-2:]:
            # All that the library may take away stands in front, so it need not be asked.
            return Match.DIFFERENT
        return Match.EQUAL if self.canonical() == wanted else Match.DIFFERENT

    def canonical(self) -> PhoneNumber | None:
        """None for a text that is no number, a masked one among them."""
        try:
            return PhoneNumber(*find_stored(clean(self._text))[:3])
        except InvalidNumber:
            return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredNumber) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"StoredNumber({self.masked})"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means. `office_only`: why it cannot become a mobile number, if it cannot."""

    number: PhoneNumber
    office_only: str | None = None


def read_number(text: str, region: str | None) -> Reading:
    """The number that a text means; `region` is the ISO 3166 country for numbers without a country code.

    A number that says its country (`+`, 00, or what the region dials in its place) has to be possible, a national one
    valid in its region: else `070…` of one country becomes a wrong number of another. Raises InvalidNumber, also where
    a text can mean two numbers.
    """
    cleaned = clean(text)
    if not cleaned.startswith(("+", "00")) and not is_region(region):
        raise InvalidNumber(
            "it has no country code, and neither the user's usageLocation nor DEFAULT_REGION names a country"
        )
    found = find(cleaned, region)
    if reason := nobodys(found):
        raise InvalidNumber(reason)
    return Reading(PhoneNumber(found.country_code, found.national, found.extension), office_only(found))


def country_of(number: PhoneNumber) -> str | None:
    """ISO 3166; None where several countries share the code and the number is valid in none of them."""
    return country(number.country_code, number.national)


def likely_country_of(number: PhoneNumber) -> str | None:
    """The same, and for a number that is valid in none of these the country that has most numbers with its code."""
    return country_of(number) or main_country(number.country_code)


def _visible_digits_agree(text: str, wanted: PhoneNumber) -> bool:
    """Whether the digits before the first and behind the last masking sign fit; one has to be seen at the end."""
    number, _, extension = re.sub(r"[\s()\-.]", "", text).partition("x")
    head, tail = re.match(r"\+(\d*)", number), re.search(r"\d+$", number)
    if tail is None or bool(extension) != bool(wanted.extension):
        return False
    begins = f"{wanted.country_code}{wanted.national}".startswith(head.group(1)) if head else True
    seen = re.search(r"\d*$", extension)
    return begins and wanted.national.endswith(tail.group()) and wanted.extension.endswith(seen.group() if seen else "")


def _hide_digits(text: str) -> str:
    """For text that is no number to us: a star for every digit but the country code and the last two."""
    kept = re.sub(r"[^\d+*Xx\s\u2022]", "", text)[:40]
    main, sign, extension = kept.partition("x")
    kept = main + sign + re.sub(r"\d", "*", extension)
    country = re.match(r"\+\d{1,3}(?=\s)", kept)
    digits = [m.start() for m in re.finditer(r"\d", kept)]
    shown = {*digits[-2:], *range(country.end() if country else 0)}
    return "".join("*" if i in digits and i not in shown else c for i, c in enumerate(kept))
