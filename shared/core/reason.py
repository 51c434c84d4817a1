"""Texts of a caller that are kept, so that they must not hold a number: why it sends a request, and names of what is
not used."""

import re

LONGEST = 200
# Five digits or more, with what people write between them.
_NUMBER = re.compile(r"\d(?:[ ._\-\u2010-\u2015\u2212/()\[\]]*\d){4,}")
# The same with anything between them but letters.
_NUMBER_IN_NAME = re.compile(r"\d(?:[\W_]*\d){4,}")


def reason_fault(name: str, text: str) -> str | None:
    """Why a text is no reason, or None. `name`: what the sentence calls it."""
    if len(text) > LONGEST or not text.isprintable():
        return f"{name} must have at most {LONGEST} printable characters."
    return None


def without_numbers(text: str) -> str:
    """The text with every run of five or more digits masked."""
    return _masked(_NUMBER, text)


def name_without_numbers(name: str) -> str:
    """The name of a property or a column likewise, whatever but letters stands between the digits: it is no prose, and
    may be a number by mistake."""
    return _masked(_NUMBER_IN_NAME, name)


def _masked(number: re.Pattern[str], text: str) -> str:
    return number.sub(lambda found: re.sub(r"\d", "*", found.group()), text)
