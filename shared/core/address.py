"""E-mail addresses of the e-mail authentication method: what may be sent to Graph, and what a report may show."""

import re
from dataclasses import dataclass

from shared.core.text import bare_address

# What Graph accepts is not documented. Guess: the dot-atom form of RFC 5321 with a domain of two labels or more.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_LONGEST = 254  # RFC 5321, 4.5.3.1.3


class InvalidAddress(ValueError):
    """The text is no e-mail address; the message says why and does not repeat it."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as written; two that differ in case only are the same."""

    text: str

    @property
    def masked(self) -> str:
        """The first character of the name, and the domain."""
        name, at, domain = self.text.rpartition("@")
        return f"{name[:1]}***@{domain}" if at else "***"

    def is_same(self, other: "EmailAddress") -> bool:
        return self.text.casefold() == other.text.casefold()

    def __repr__(self) -> str:
        return f"EmailAddress({self.masked})"

    __str__ = __repr__


def parse_address(text: str) -> EmailAddress:
    """An address as pasted, as a name of a user may be. Raises InvalidAddress."""
    plain = bare_address(text)
    if len(plain) > _LONGEST:
        raise InvalidAddress("it is too long")
    if not _ADDRESS.fullmatch(plain):
        raise InvalidAddress("it does not have the form name@domain in plain ASCII")
    return EmailAddress(plain)
