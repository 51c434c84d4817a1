"""The text of a phone number as people and programs write it, freed from what is no part of the number.

The regular expression only keeps out text that is not a number at all: the library behind it would find one inside.
"""

import re
import unicodedata
from urllib.parse import unquote

from shared.core.text import visible

LONGEST_TEXT = 64
_LEAST_BEHIND = 4
MORE_THAN_A_NUMBER = "it contains more than one number, or a remark"
# The last one is what a Japanese keyboard types for a dash.
DASHES = "\\-\u2010-\u2015\u2212\u30fc"
# Digits with the usual punctuation, then at most one extension. Microsoft Graph documents `+<cc> <number>x<ext>` and no
# limit for the extension. Guess: ten digits.
_SIGNS = rf"[\d\s().{DASHES}/\u00b7]*"
_NUMBER = re.compile(
    rf"(\+?{_SIGNS}\d{_SIGNS})(?:(?:;ext=|,?\s*ext(?:ension|n)?\.?:?|x|#)\s*(\d{{1,10}}))?",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"[xX#;e,]")
_NO_DIGITS = {code: None for code in range(128) if not chr(code).isdecimal()}
# `(+46) 70 …`, `(00) 46 70 …`
_BRACKETED_CODE = re.compile(r"\(\s*(\+|00)\s*(\d{0,3})\s*\)")
# Nearly all, of which nothing else has to be asked.
_USUAL = re.compile(r"\+[\d ]*\d", re.ASCII)
# What a spreadsheet makes of a number.
_COMPUTED = re.compile(
    "|".join(
        (
            # Negative; in accounting formats in brackets, in SAP's with the sign behind it.
            rf"\(?[{DASHES}].*\d.*|\([1-9][\d\s]*\)|[1-9][\d\s]*[{DASHES}]",
            # With a fraction. French numbers have several dots, American ones four digits behind the last.
            r"\+?(?:\d\s*){7,}[.,](?:\d{1,2}|0+)",
            # In thousands. None has a plus, and `+45.201.234.56` is grouped like them.
            r"[1-9]\d{0,2}(?:[.'\u2019]\d{3})+[.,]\d{1,2}|\+?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?",
            # In scientific notation.
            r"\+?\d([.,]\d*)?E[+-]?\d+",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
# RFC 3966. Guess: of its parameters no other than these two stands in a directory.
_URI = re.compile(r"tel:(?://)?([^;]*)((?:;(?:ext|phone-context)=[^;]*)*)", re.IGNORECASE)


class InvalidNumber(ValueError):
    """The text is no number that may be registered; the message says why and holds at most country codes of it."""


def clean(text: str) -> str:
    """Full-width digits and no-break spaces made plain, invisible marks dropped, a `tel:` URI unwrapped; an extension
    as in RFC 3966 (`;ext=7`). Raises InvalidNumber."""
    if len(text) > LONGEST_TEXT:
        raise InvalidNumber("it is too long")
    if not text.isascii():
        if any(unicodedata.category(c) == "No" for c in text):
            raise InvalidNumber("it contains digits that are not part of the number, such as a raised footnote")
        text = unicodedata.normalize("NFKC", text)
    plain = visible(text)
    if _USUAL.fullmatch(plain):
        return plain
    if plain[:4].lower() == "tel:":
        plain = _without_scheme(plain)
    if _COMPUTED.fullmatch(plain):
        raise InvalidNumber(
            "a spreadsheet treated it as a quantity and may have changed its digits. Store it as text that begins with "
            "+ and the country code, such as +46 …"
        )
    found = _NUMBER.fullmatch(_BRACKETED_CODE.sub(r"\1\2 ", plain, count=1) if plain.startswith("(") else plain)
    if not found:
        raise InvalidNumber("it contains characters that phone numbers do not have, or more than one number")
    number, extension = found.groups()
    # `123456/57` is two numbers and `… (2)` a footnote: their digits must not be glued on.
    if (number.count("/") == 1 and _behind(number, "/") < _LEAST_BEHIND) or (
        ")" in number and _behind(number, ")") < _LEAST_BEHIND
    ):
        raise InvalidNumber(MORE_THAN_A_NUMBER)
    return f"{number};ext={extension}" if extension else number


def digits(text: str) -> str:
    """The digits of a number without its extension, as plain ones."""
    extension = _EXTENSION.search(text)
    main = text[: extension.start()] if extension else text
    if main.isascii():
        return main.translate(_NO_DIGITS)
    return "".join(str(unicodedata.decimal(c)) for c in main if c.isdecimal())


def _behind(text: str, sign: str) -> int:
    """How many digits stand behind the last such sign."""
    return len(digits(text.rpartition(sign)[2]))


def _without_scheme(uri: str) -> str:
    """A local number with a context of digits is a global one; a context that is a domain says nothing of a country."""
    found = _URI.fullmatch(unquote(uri))
    if found is None:
        raise InvalidNumber("it is a tel: URI with parts that a phone number does not have")
    number = found[1].strip()
    parameters = dict(part.lower().split("=", 1) for part in found[2].split(";")[1:])
    context = parameters.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        number = f"{context} {number}"
    extension = re.sub(rf"[\s.(){DASHES}]", "", parameters.get("ext", ""))
    return f"{number};ext={extension}" if extension else number
