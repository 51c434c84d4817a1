"""CSV as spreadsheets and PowerShell write it, to rows by column name.

Not copied from any one standard: Excel writes the list separator and the code page of its country, PowerShell 5.1 a
`#TYPE` line, quotes everywhere and UTF-16 where it was asked for Unicode. The number of a row is the one that a
spreadsheet shows for it.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, islice

from shared.api.payload.document import Place, near_miss
from shared.api.payload.rehearsal import IN_QUERY, is_rehearsal
from shared.api.payload.text import open_text
from shared.core.text import visible
from shared.errors import BodyFault, InvalidBody

_DELIMITERS = ";,\t"
# The same white space as str.strip() takes off cells, so that a line above the header is blank where a row would be.
_BLANK = re.compile(rf"[\s\"{_DELIMITERS}]*")
_MOST_COLUMNS = 500
# What a spreadsheet has at most; they also write rows that are blank. In characters a header of so many columns with
# names of 64 characters, and a row of them with much text.
_MOST_ROWS, _LONGEST_HEADER, _LONGEST_ROW = 1_048_576, 65_536, 1_048_576
# Guess: nobody leaves more lines free above a header.
_MOST_ABOVE = 1_000
_SEPARATOR = "sep="  # the first line for Excel, which does not show it as a row
_TYPE = "#TYPE"


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
_BY_NAME = {column.lower(): column for column in Column}
# What the export of the admin centre and the cmdlets of Active Directory call some of them, where these are not there.
ALSO = {"mobilephone": Column.MOBILE, "alternatemobilephone": Column.ALTERNATE_MOBILE, "objectid": Column.ID}
# Ctrl-Z, which old programs write at the end of a file.
_END_OF_FILE = "\x1a"


@dataclass(frozen=True, slots=True)
class Header:
    """`spelt`: the known columns as the caller writes them. `others`: the names that mean nothing here, with places."""

    place: Place
    spelt: Mapping[Column, str]
    others: Mapping[str, Place]
    positions: Mapping[Column, int]

    def is_exact(self, column: Column) -> bool:
        """Whether it has the very name that the published script gives it."""
        return self.spelt.get(column, "").lower() == column.lower()


@dataclass(frozen=True, slots=True)
class Row:
    """The trimmed cells of the known columns, or why the row cannot be read."""

    place: Place
    cells: Mapping[Column, str]
    fault: BodyFault | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """The first lines: the header's cells and their delimiter. `rest` stands behind it."""

    number: int
    cells: list[str]
    delimiter: str
    rest: io.TextIOWrapper


def names_users(body: bytes) -> bool:
    """Whether this is a table by the look of its first line: one column is for users."""
    text = _open(body)
    if text.read(_LONGEST_HEADER).lstrip()[:1] in ("[", "{"):
        return False
    text.seek(0)
    head = _head(text)
    return head is not None and any(_column(cell) in NAMES for cell in head.cells)


def read_table(body: bytes, no_rehearsal: str = IN_QUERY) -> tuple[Header, Iterator[Row]]:
    """`no_rehearsal`: what is wrong with a column that means a dry run. Raises InvalidBody unless there is a header
    that names the users."""
    head = _head(_open(body))
    if head is None:
        if _is_empty(body):
            raise InvalidBody(BodyFault("", "The body is empty; a table with a header row is expected."))
        raise InvalidBody(BodyFault("", "The header row cannot be read. Its quotes may be unbalanced."))
    header = _header(head, no_rehearsal)
    return header, _rows(head, header.positions)


def _open(body: bytes) -> io.TextIOWrapper:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return open_text(body, "utf-16", "latin-1")
    return open_text(body, "utf-8-sig", "cp1252", "latin-1")


def _is_empty(body: bytes) -> bool:
    text = _open(body)
    return not any(piece.strip() for piece in iter(lambda: text.read(_LONGEST_ROW), ""))


def _head(rest: io.TextIOWrapper) -> _Head | None:
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


def _split(line: str, number: int, delimiter: str, rest: io.TextIOWrapper) -> _Head | None:
    if len(line) >= _LONGEST_HEADER:
        return None
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
    except (csv.Error, ValueError, TypeError):
        return None
    return _Head(number, cells, delimiter, rest)


def _likelihood(head: _Head) -> tuple[int, int]:
    return sum(_column(cell) is not None for cell in head.cells), len(head.cells)


def _column(cell: str) -> Column | None:
    plain = _plain(cell)
    return _BY_NAME.get(plain) or ALSO.get(plain)


def _plain(cell: str) -> str:
    """A header's cell without case and white space: `User principal name` is a column too."""
    return "".join(visible(cell).lower().split())


def _header(head: _Head, no_rehearsal: str) -> Header:
    place = _row_place(head.number)
    if len(head.cells) > _MOST_COLUMNS:
        raise InvalidBody(place.fault(f"The header has more than {_MOST_COLUMNS} columns."))
    spelt: dict[Column, str] = {}
    others: dict[str, Place] = {}
    faults: list[BodyFault] = []
    positions: dict[Column, int] = {}
    proper = {_BY_NAME.get(_plain(cell)) for cell in head.cells}
    for position, cell in enumerate(cell.strip() for cell in head.cells):
        column = _BY_NAME.get(_plain(cell))
        if column is None and (also := ALSO.get(_plain(cell))) not in proper:
            column = also
        if column in spelt or (column in NAMES[:2] and any(name in spelt for name in NAMES[:2])):
            faults.append(place.at(cell).fault("This column is given twice. It is not clear which one counts."))
        elif column is not None:
            spelt[column], positions[column] = cell, position
        elif is_rehearsal(cell):
            faults.append(place.at(cell).fault(no_rehearsal))
        elif cell:
            others[cell] = place.at(cell)
    if not any(name in spelt for name in NAMES):
        # The line may be no header but a user with numbers: nothing of it is repeated.
        meant = next(filter(None, (near_miss(cell, NAMES[:2]) for cell in others)), None)
        hint = f" Did you mean {meant}?" if meant else ""
        raise InvalidBody(place.fault(f"The header has none of the columns {', '.join(NAMES)}.{hint}"))
    if faults:
        raise InvalidBody(*faults)
    return Header(place, spelt, others, positions)


def _rows(head: _Head, positions: Mapping[Column, int]) -> Iterator[Row]:
    nameless = [i for i, cell in enumerate(head.cells) if not cell.strip()]
    lines = _Lines(head.rest)
    reader = csv.reader(lines, delimiter=head.delimiter, skipinitialspace=True, strict=True)
    for number in count(head.number + 1):
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            place = _row_place(number)
            detail = "The quotes of this row are unbalanced, or a cell is too long. Nothing after it was read."
            yield Row(place, {}, place.fault(detail))
            return
        if number > _MOST_ROWS:
            place = _row_place(number)
            yield Row(place, {}, place.fault("No spreadsheet has so many rows. Nothing from here on was read."))
            return
        if not any(cell.strip().strip(_END_OF_FILE) for cell in cells):
            continue
        place = _row_place(number)
        if len(cells) < len(head.cells):
            # Excel leaves out empty cells at the end of a row.
            cells += [""] * (len(head.cells) - len(cells))
        if len(cells) > len(head.cells):
            detail = (
                f"This row has {len(cells)} cells, the header {len(head.cells)}. "
                "Put quotes around a value that contains the delimiter."
            )
            yield Row(place, {}, place.fault(detail))
        elif any(cells[i].strip() for i in nameless):
            yield Row(place, {}, place.fault("There is a value in a column without a name."))
        else:
            yield Row(place, {column: cells[i].strip() for column, i in positions.items()})


class _Lines:
    """The lines for a csv.reader, which takes several for one row where an end of line stands in quotes."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._row = 0

    def begin_row(self) -> None:
        self._row = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LONGEST_ROW + 1)
        self._row += len(line)
        if self._row > _LONGEST_ROW:
            raise csv.Error("too long")
        if not line:
            raise StopIteration
        return line.rstrip(_END_OF_FILE)


def _row_place(number: int) -> Place:
    """The pointer counts from 0, as pointers do; the words from 1, as a spreadsheet does."""
    return Place(f"/{number - 1}", f"Row {number}", is_row=True)
