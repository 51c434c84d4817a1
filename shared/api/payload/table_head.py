"""The first lines of a table: how it is encoded and delimited, and which columns its header names.

Not copied from any one standard: Excel writes the list separator and the code page of its country, PowerShell 5.1 a
`#TYPE` line, quotes everywhere and UTF-16 where it was asked for Unicode.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from shared.api.payload.text import open_text
from shared.core.text import as_shown

_DELIMITERS = ";,\t"
# The same white space as str.strip() takes off cells, so that a line above the header is blank where a row would be.
_BLANK = re.compile(rf"[\s\"{_DELIMITERS}]*")
# In characters a header of as many columns as there may be, with names of 64 characters.
_LONGEST_HEADER = 65_536
# Guess: nobody leaves more lines free above a header, or writes more of a title there.
_MOST_ABOVE, _MOST_TITLES = 1_000, 20
_SEPARATOR = "sep="  # the first line for Excel, which does not show it as a row
_TYPE = "#TYPE"
# How JSON and XML begin, also where a shell has left its quotes around them, and a form.
_NO_TABLE = re.compile(r"[\s\ufeff\0\"'`(]*[\[{<]|(?!sep=)[\w.%]+=(?!\")", re.IGNORECASE)


class Column(StrEnum):
    """The columns of the published bulk script, and two other ways to name a user."""

    UPN = "UPN"
    USER_PRINCIPAL_NAME = "userPrincipalName"
    ID = "id"
    MOBILE = "Mobile"
    OFFICE_PHONE = "OfficePhone"
    ALTERNATE_MOBILE = "AlternateMobile"
    FORCED_UPDATE = "ForcedUpdate"
    FORCED_REMOVAL = "ForcedRemoval"


NAMES = (Column.UPN, Column.USER_PRINCIPAL_NAME, Column.ID)
BY_NAME = {column.lower(): column for column in Column}
# What the export of the admin centre and the cmdlets of Active Directory call some of them, where these are not there.
ALSO = {"mobilephone": Column.MOBILE, "alternatemobilephone": Column.ALTERNATE_MOBILE, "objectid": Column.ID}


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines: the header's cells and their delimiter. `rest` stands behind it."""

    number: int
    cells: list[str]
    delimiter: str
    rest: io.TextIOWrapper


def looks_like_rows(body: bytes) -> bool:
    """Whether this is a table by the look of its first lines: one column is for users; or it begins neither as JSON
    nor as XML, and has several columns or several lines, so that what is wrong with it is wrong with a table."""
    text = open_table(body)
    begin = text.read(_LONGEST_HEADER).lstrip()
    if begin[:1] in ("[", "{"):
        return False
    text.seek(0)
    head = find_head(text)
    if head is None:
        return False
    if _names_users(head.cells):
        return True
    return not _NO_TABLE.match(begin) and (len(head.cells) > 1 or any(map(str.strip, _lines(head.rest))))


def later_header(head: Head) -> int | None:
    """The number of a row below this one that looks like the header, where a title stands above it."""
    at = head.rest.tell()
    lines = list(_lines(head.rest))
    head.rest.seek(at)
    for number, line in enumerate(lines, head.number + 1):
        split = [found for delimiter in _DELIMITERS if (found := _split(line, number, delimiter, head.rest))]
        if any(_names_users(found.cells) for found in split):
            return number
    return None


def _lines(rest: io.TextIOWrapper) -> Iterator[str]:
    return islice(iter(lambda: rest.readline(_LONGEST_HEADER), ""), _MOST_TITLES)


def _names_users(cells: list[str]) -> bool:
    return any(column_of(cell) in NAMES for cell in cells)


def open_table(body: bytes) -> io.TextIOWrapper:
    # UTF-16 is known by its mark, or by the zero bytes that JSON is known by.
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        return open_text(body, encoding, "latin-1")
    return open_text(body, "utf-8-sig", "cp1252", "latin-1")


def is_blank(body: bytes) -> bool:
    text = open_table(body)
    return not any(piece.strip() for piece in iter(lambda: text.read(_LONGEST_HEADER), ""))


def find_head(rest: io.TextIOWrapper) -> Head | None:
    delimiters = _DELIMITERS
    number = 0
    for line in islice(iter(lambda: rest.readline(_LONGEST_HEADER), ""), _MOST_ABOVE):
        plain = line.strip().strip('"').lower()
        if number == 0 and plain.startswith(_SEPARATOR) and len(plain) <= len(_SEPARATOR) + 1:
            # A tab is stripped off.
            delimiters = plain[len(_SEPARATOR) :] or "\t"
            continue
        number += 1
        if _BLANK.fullmatch(line) or line.lstrip(' "').upper().startswith(_TYPE):
            continue
        candidates = [head for head in (_split(line, number, d, rest) for d in delimiters) if head]
        return max(candidates, key=_likelihood, default=None)
    return None


def _split(line: str, number: int, delimiter: str, rest: io.TextIOWrapper) -> Head | None:
    if len(line) >= _LONGEST_HEADER:
        return None
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
    except (csv.Error, ValueError, TypeError):
        return None
    return Head(number, cells, delimiter, rest)


def _likelihood(head: Head) -> tuple[int, int]:
    return sum(column_of(cell) is not None for cell in head.cells), len(head.cells)


def column_of(cell: str) -> Column | None:
    plain = plain_name(cell)
    return BY_NAME.get(plain) or ALSO.get(plain)


def plain_name(cell: str) -> str:
    """A header's cell as it shows, without case and white space: `User principal name` is a column too."""
    return "".join(as_shown(cell).lower().split())
