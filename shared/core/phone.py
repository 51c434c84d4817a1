"""Phone numbers: what a directory attribute means, how Graph writes it, and whether two of them are the same.

The only user of the `phonenumbers` library, which decides what a number is; the regular expression here only keeps out
text that is not a number at all (the library would find one inside it). No number leaves this module in clear by
accident: every `repr` and `str` is masked, and no error repeats digits.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import phonenumbers

# Digits with the usual punctuation, then at most one extension. Microsoft Graph documents `+<cc> <number>x<ext>` and no
# limit for the extension. Guess: ten digits.
_NUMBER = re.compile(
    r"\+?[\d\s().\-/\u2010-\u2015\u2212\u00b7]*\d[\d\s().\-/\u2010-\u2015\u2212\u00b7]*"
    r"(?:(?:;ext=|,?\s*ext(?:ension|n)?\.?:?|x|#)\s*\d{1,10})?",
    re.IGNORECASE,
)
LONGEST_TEXT = 64
# No longer than E.164 allows, and long enough to have a national number behind any country code.
_PLAIN = re.compile(r"\+[1-9](?: ?\d){6,14}", re.ASCII)
# What Graph returns for nearly all: it needs no library to be masked.
_GRAPH_FORMAT = re.compile(r"\+([1-9]\d{0,2}) (\d{3,})(?:x(\d+))?", re.ASCII)
# How Graph masks a number is not documented. Guess: as Entra's sign-in logs and portals do, by `*` or a capital `X`;
# a small `x` begins the extension.
_MASK = re.compile(r"[*X\u2022\u25cf#?]")


class InvalidNumber(ValueError):
    """The text is no number that may be registered; the message says why and holds no digit of it."""


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
        if _MASK.search(self._text):
            return Match.VISIBLE_EQUAL if _visible_digits_agree(self._text, wanted) else Match.DIFFERENT
        if _GRAPH_FORMAT.fullmatch(self._text) and self._text[-2:] != wanted.graph_format[-2:]:
            # All that the library may take away stands in front, so it need not be asked.
            return Match.DIFFERENT
        return Match.EQUAL if self.canonical() == wanted else Match.DIFFERENT

    def canonical(self) -> PhoneNumber | None:
        """None for a text that is no number, a masked one among them."""
        try:
            return _canonical(_parse(_clean(self._text), None))
        except InvalidNumber:
            return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredNumber) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"StoredNumber({self.masked})"

    __str__ = __repr__


def is_region(code: str | None) -> bool:
    """Whether national numbers of this ISO 3166 country are known. GB is, UK is not."""
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def parse_number(text: str, region: str | None) -> PhoneNumber:
    """The number that a directory attribute holds; `region` is the ISO 3166 country for numbers without a country code.

    A number that says its country (`+` or a leading `00`) has to be possible, a national one valid in its region: else
    `070…` of one country becomes a wrong number of another. Raises InvalidNumber.
    """
    import phonenumbers

    cleaned = _clean(text)
    international = cleaned.startswith("+")
    if not international and not is_region(region):
        raise InvalidNumber(
            "it has no country code, and neither the user's usageLocation nor DEFAULT_REGION names a country"
        )
    parsed = _parse(cleaned, None if international else region)
    number = _canonical(parsed)
    if _digits(cleaned) != f"{number.country_code}{number.national}":
        number, parsed = _settled(cleaned if international else number.graph_format, number, parsed)
    # The type is unknown exactly when the number is not valid.
    kind = phonenumbers.number_type(parsed)
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        reason = phonenumbers.is_possible_number_with_reason(parsed)
        if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
            name = phonenumbers.ValidationResult.to_string(reason)
            raise InvalidNumber(_IMPOSSIBLE.get(name, "its length is not possible"))
        if not international:
            raise InvalidNumber(f"it has no country code and is not a valid number in {region}")
    if kind in (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST):
        raise InvalidNumber("it is a premium-rate or shared-cost number")
    return number


_IMPOSSIBLE = {
    "TOO_SHORT": "it is too short",
    "TOO_LONG": "it is too long",
    "IS_POSSIBLE_LOCAL_ONLY": "it lacks its area code",
    "INVALID_COUNTRY_CODE": "its country code does not exist",
}


def _clean(text: str) -> str:
    """Full-width digits and no-break spaces made plain, invisible direction marks dropped, a leading 00 made a plus."""
    if len(text) > LONGEST_TEXT:
        raise InvalidNumber("it is too long")
    if not text.isascii():
        if any(unicodedata.category(c) == "No" for c in text):
            raise InvalidNumber("it has digits that are not part of a number, such as a raised footnote")
        text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        raise InvalidNumber("it has characters that a phone number does not have, or is more than one number")
    # `123456/57` is two numbers and `… (2)` a footnote: their digits must not be glued on.
    for sign, least in (("/", 5), (")", 4)):
        if sign in plain and len(_digits(plain.rpartition(sign)[2])) < least:
            raise InvalidNumber("it is more than one number, or has a remark behind it")
    return "+" + plain[2:] if plain.startswith("00") else plain


def _parse(text: str, region: str | None) -> "phonenumbers.PhoneNumber":
    import phonenumbers

    try:
        return _as_written(text) or phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as exc:
        reasons = {
            exc.INVALID_COUNTRY_CODE: "its country code does not exist",
            exc.TOO_SHORT_NSN: "it is too short",
            exc.TOO_SHORT_AFTER_IDD: "it is too short",
            exc.TOO_LONG: "it is too long",
        }
        # The cause is left out on purpose: the library's message repeats the text.
        raise InvalidNumber(reasons.get(exc.error_type, "it is not a phone number")) from None


def _as_written(text: str) -> "phonenumbers.PhoneNumber | None":
    """What the library reads in a plain international number that it takes nothing away from, in a quarter of its time.

    None for every other text: one with more signs than digits and blanks, with leading zeros behind the country code,
    or with digits there that may be a trunk prefix.
    """
    import phonenumbers

    if not _PLAIN.fullmatch(text):
        return None
    digits = text[1:].replace(" ", "")
    # No country code begins with another one.
    codes = (int(digits[:length]) for length in (1, 2, 3))
    code = next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)
    region = phonenumbers.region_code_for_country_code(code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    national = digits.removeprefix(str(code))
    if (
        metadata is None
        or national.startswith("0")
        or re.match(metadata.national_prefix_for_parsing or "(?!)", national)
    ):
        return None
    return phonenumbers.PhoneNumber(country_code=code, national_number=int(national))


def _settled(
    text: str, number: PhoneNumber, parsed: "phonenumbers.PhoneNumber"
) -> tuple[PhoneNumber, "phonenumbers.PhoneNumber"]:
    """For a text with other digits than the number read from it: the one reading that stays the same when read again.

    The library drops what it takes for a trunk prefix, and some numbers begin with those digits. All digits behind the
    country code count if that makes a valid number; else the number must not lose digits again.
    """
    import phonenumbers

    literal = _literally(text, parsed)
    if phonenumbers.is_valid_number(literal):
        return _canonical(literal), literal
    again = _parse(number.graph_format, None)
    if _canonical(again) != number and not phonenumbers.is_valid_number(_literally(number.graph_format, again)):
        raise InvalidNumber("it has a trunk prefix too many")
    return number, parsed


def _literally(text: str, parsed: "phonenumbers.PhoneNumber") -> "phonenumbers.PhoneNumber":
    """The number with all digits of the text behind the country code."""
    import phonenumbers

    national = _digits(text).removeprefix(str(parsed.country_code))
    zeros = len(national) - len(national[:-1].lstrip("0") + national[-1:])
    return phonenumbers.PhoneNumber(
        country_code=parsed.country_code,
        national_number=int(national or 0),
        extension=parsed.extension,
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros or None,
    )


def _digits(text: str) -> str:
    """The digits of a number without its extension, as plain ones."""
    main = re.split(r"[xX#;e,]", text, maxsplit=1)[0]
    if main.isascii():
        return "".join(filter(str.isdecimal, main))
    return "".join(str(unicodedata.decimal(c)) for c in main if c.isdecimal())


def _canonical(parsed: "phonenumbers.PhoneNumber") -> PhoneNumber:
    import phonenumbers

    return PhoneNumber(
        parsed.country_code or 0,
        phonenumbers.national_significant_number(parsed),
        phonenumbers.normalize_digits_only(parsed.extension) if parsed.extension else "",
    )


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
