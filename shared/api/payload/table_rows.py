"""CSV as spreadsheets and PowerShell write it, to rows by column name.

The number of a row is the one that a spreadsheet shows for it.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from shared.api.payload.document import Place, near_miss
from shared.api.payload.rehearsal import IN_QUERY, is_rehearsal
from shared.api.payload.table_head import (
    ALSO,
    BY_NAME,
    NAMES,
    Column,
    Head,
    find_head,
    is_blank,
    later_header,
    open_table,
    plain_name,
)
from shared.errors import BodyFault, InvalidBody

_MOST_COLUMNS = 500
# What a spreadsheet has at most; they also write rows that are blank. In characters a row with much text.
_MOST_ROWS, _LONGEST_ROW = 1_048_576, 1_048_576
# Ctrl-Z, which old programs write at the end of a file.
_END_OF_FILE = "\x1a"


@dataclass(frozen=True, slots=True)
class Header:
    """`spelt`: the known columns as the caller writes them. `others`: the names that mean nothing here, with places.
    `faults`: what is wrong with it, beside which the rows can be read as far as their columns are known."""

    place: Place
    spelt: Mapping[Column, str]
    others: Mapping[str, Place]
    positions: Mapping[Column, int]
    faults: tuple[BodyFault, ...]

    @property
    def names_users(self) -> bool:
        return any(name in self.spelt for name in NAMES)

    def is_exact(self, column: Column) -> bool:
        """Whether it has the very name that the published script gives it."""
        return self.spelt.get(column, "").lower() == column.lower()


@dataclass(frozen=True, slots=True)
class Row:
    """The trimmed cells of the known columns, or why the row cannot be read."""

    place: Place
    cells: Mapping[Column, str]
    fault: BodyFault | None = None


def read_table(body: bytes, no_rehearsal: str = IN_QUERY) -> tuple[Header, Iterator[Row]]:
    """`no_rehearsal`: what is wrong with a column that means a dry run. Raises InvalidBody unless there is a header."""
    head = find_head(open_table(body))
    if head is None:
        if is_blank(body):
            raise InvalidBody(BodyFault("", "The body is empty; a table with a header row is expected."))
        raise InvalidBody(BodyFault("", "The header row cannot be read. Its quotes may be unbalanced."))
    header = _header(head, no_rehearsal)
    # Below a line that is no header there is nothing to be told of rows.
    return header, _rows(head, header.positions) if header.spelt else iter(())


def _header(head: Head, no_rehearsal: str) -> Header:
    place = _row_place(head.number)
    if len(head.cells) > _MOST_COLUMNS:
        raise InvalidBody(place.fault(f"The header has more than {_MOST_COLUMNS} columns."))
    spelt: dict[Column, str] = {}
    others: dict[str, Place] = {}
    faults: list[BodyFault] = []
    positions: dict[Column, int] = {}
    proper = {BY_NAME.get(plain_name(cell)) for cell in head.cells}
    for position, cell in enumerate(cell.strip() for cell in head.cells):
        column = BY_NAME.get(plain_name(cell))
        if column is None and (also := ALSO.get(plain_name(cell))) not in proper:
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
        faults.insert(0, _nameless(head, place, others))
    return Header(place, spelt, others, positions, tuple(faults))


def _nameless(head: Head, place: Place, others: Mapping[str, Place]) -> BodyFault:
    """The line may be no header but a user with numbers: nothing of it is repeated."""
    meant = next(filter(None, (near_miss(cell, NAMES[:2]) for cell in others)), None)
    hint = f" Did you mean {meant}?" if meant else ""
    below = None if meant else later_header(head)
    if below is not None:
        hint = f" Row {below} looks like the header. Remove the rows above it."
    return place.fault(f"The header has none of the columns {', '.join(NAMES)}.{hint}")


def _rows(head: Head, positions: Mapping[Column, int]) -> Iterator[Row]:
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
            detail = "This is more rows than a spreadsheet can have. Nothing from here on was read."
            yield Row(place, {}, place.fault(detail))
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
