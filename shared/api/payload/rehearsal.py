"""How a caller may write "dry run" and "what if". Only the query can ask for one, or the top of a signed body; anywhere
else either word is refused, because passing it over would write.
"""

import unicodedata

from shared.errors import BodyFault, InvalidBody

WORDS = ("dryRun", "whatIf")
_FOLDED = tuple(word.lower() for word in WORDS)
_LONGEST_NAME, _LONGEST_UNREAD = 4_096, 131_072
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
IN_QUERY = "Request a dry run in the query only: ?dryRun=true. Nothing was done."
IN_SIGNED_BODY = "A signed call requests a dry run with dryRun at the top of its body. Nothing was done."
NOT_HERE = "A dry run is not supported on this route. Nothing was done."


def is_rehearsal(name: str) -> bool:
    """Whether a key, a column or an attribute holds one of the words: `dry_run`, `isDryRun`, `WhatIfPreference`."""
    return mentions_rehearsal(name[:_LONGEST_NAME])


def mentions_rehearsal(text: str) -> bool:
    """Whether one of the words stands in it, whatever stands around it."""
    found = letters(text)
    return any(word in found for word in _FOLDED)


def letters(text: str) -> str:
    """The letters alone, without case."""
    if text.isascii():
        return text.encode().translate(None, _NO_LETTERS).decode().lower()
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKC", text))).casefold()


def unread_text(body: bytes) -> str:
    """A body of a route that takes none, in any encoding, to look for words in. Raises InvalidBody if it is long."""
    if len(body) > _LONGEST_UNREAD:
        raise InvalidBody(BodyFault("", "This route takes no body. Send none. Nothing was done."))
    # UTF-16 too: what is left of it, its zero bytes, is no letter.
    return body.decode("utf-8", "ignore")


def refuse_in_unread_body(body: bytes) -> None:
    """For a route that takes no body: it may hold anything but a wish to do nothing. Raises InvalidBody."""
    if mentions_rehearsal(unread_text(body)):
        raise InvalidBody(BodyFault("", NOT_HERE))
