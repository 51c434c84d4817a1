"""What a name is without that which cannot be seen, and without what mail programs put around it."""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point: joiners, direction marks, byte order marks, soft hyphens, variation selectors.
# The blank of the Braille block is no white space to Python. No name in Entra ID and no phone number can hold any.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_IN_BRACKETS = re.compile(r"([^<>]*)<([^<>]*)>", re.DOTALL)
_SCHEME = "mailto:"


def visible(text: str) -> str:
    """The text without characters that cannot be seen, and without white space around it."""
    return (text if text.isascii() else _UNSEEN.sub("", text)).strip()


def is_padded(text: str) -> bool:
    """Whether white space, or a character that cannot be seen, stands in front or at the end."""
    return any(not visible(end) for end in (text[:1], text[-1:]) if end)


def as_shown(text: str) -> str:
    """What the text shows: `visible`, without control characters, and with ordinary letters in place of wide ones."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(filter(str.isprintable, visible(unicodedata.normalize("NFKC", text)))).strip()


def bare_address(text: str) -> str:
    """`anna@contoso.com` of `mailto:anna@contoso.com` and `Anna <anna@contoso.com>`, wherever only one can be meant."""
    plain = visible(text)
    found = _IN_BRACKETS.fullmatch(plain) if plain.endswith(">") else None
    if found is not None:
        shown, inner = found[1].strip("\"' \t\r\n"), _without_scheme(found[2].strip())
        is_one = "@" not in shown or shown.casefold() == inner.casefold()
        return inner if is_one else plain
    return _without_scheme(plain)


def _without_scheme(text: str) -> str:
    return text[len(_SCHEME) :].lstrip() if text[: len(_SCHEME)].lower() == _SCHEME else text
