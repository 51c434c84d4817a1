"""Why a caller says it sends a request: free text that is kept, so it must not hold a number."""

import re

LONGEST = 200
# Five digits or more, with what people write between them.
_NUMBER = re.compile(r"\d(?:[ .\-\u2010-\u2015\u2212/()\[\]]*\d){4,}")


def reason_fault(text: str) -> str | None:
    """Why a text is no reason, or None."""
    if len(text) > LONGEST or not text.isprintable():
        return f"This must have at most {LONGEST} printable characters."
    return None


def without_numbers(text: str) -> str:
    """The text with every run of five or more digits masked."""
    return _NUMBER.sub(lambda found: re.sub(r"\d", "*", found.group()), text)
