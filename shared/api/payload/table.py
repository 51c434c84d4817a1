"""The table of the published bulk script to requested users, and a table that only names users.

What a spreadsheet does to numbers is not undone here: what a number means is decided where the user's country is known,
for this way in as for all others.
"""

import re
from collections.abc import Iterator
from itertools import chain

from shared.api.payload.distinct import Entry, distinct_users, ignored_names
from shared.api.payload.document import ID, UPN, near_miss
from shared.api.payload.limit import NO_LIMIT, Limit
from shared.api.payload.names import Name, given_id, named
from shared.api.payload.rehearsal import IN_QUERY
from shared.api.payload.table_head import ALSO, NAMES, Column, looks_like_rows
from shared.api.payload.table_rows import Header, Row, read_table
from shared.api.payload.users import UserList, distinct_names
from shared.core.desired import Condition, Requested, RequestedUsers, RequestedValue
from shared.core.models import Method
from shared.errors import BodyFault, InvalidBody

_VALUES = {
    Column.MOBILE: Method.MOBILE,
    Column.OFFICE_PHONE: Method.OFFICE,
    Column.ALTERNATE_MOBILE: Method.ALTERNATE_MOBILE,
}
_FLAGS = (Column.FORCED_UPDATE, Column.FORCED_REMOVAL)
_NAMES = {Column.UPN: UPN, Column.USER_PRINCIPAL_NAME: UPN, Column.ID: ID}

_BOOLEANS = {
    **dict.fromkeys(("true", "$true", "1", "yes"), True),
    **dict.fromkeys(("false", "$false", "0", "no", ""), False),
}
# Excel's two ways to keep a cell as text. Nothing is lost in them.
_FORMULA_TEXT = re.compile(r'="([^"]*)"')
_TEXT_MARK = "'"
# What a spreadsheet shows where it has no value, in the language of its user.
_ERROR = re.compile(r"#[^\s@]{1,20}")
_NO_VALUE = "This is a spreadsheet error (such as #N/A), not a value. Correct the cell or leave it empty."
_NO_FLAG = "This must be true or false. Spreadsheets may translate these words; write them in English."


def looks_like_table(body: bytes, content_type: str | None) -> bool:
    """Whether the body is CSV: the content type says so, or its first lines look like it."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type == "text/csv" or looks_like_rows(body)


def parse_table(body: bytes, limit: Limit = NO_LIMIT) -> RequestedUsers:
    """ForcedUpdate true sets a number, else it is only added where there is none. ForcedRemoval true removes what has
    an empty cell, else an empty cell leaves alone. Columns that mean nothing here are named in `ignored`.

    Raises InvalidBody, TooManyUsers, ParsingTimedOut.
    """
    header, rows = read_table(body)
    faults = [*header.faults, *_column_faults(header)]
    ignored = ignored_names(list(header.others))
    entries = (_entry(row, header, ignored) for row in _some(limit.counted(rows), header, faults))
    return distinct_users(chain([Entry(header.place, faults=faults)] if faults else [], entries))


def parse_table_users(body: bytes, limit: Limit = NO_LIMIT, no_rehearsal: str = IN_QUERY) -> UserList:
    """A table that names users. Values in it are refused, because the directory decides; other columns are named in
    `ignored`. `no_rehearsal`: what is wrong with a column that means a dry run. Raises InvalidBody, TooManyUsers,
    ParsingTimedOut."""
    header, rows = read_table(body, no_rehearsal)
    values = [
        header.place.at(header.spelt[column]).fault(
            "This column names values to set, but on this route the directory decides. Remove the column, or send the "
            "table to /api/set."
        )
        for column in (*_VALUES, *_FLAGS)
        if header.is_exact(column)
    ]
    faults = [*header.faults, *values]
    # A column with a number by any other name is the directory's, as in an export of all users.
    ignored = (*header.others, *(header.spelt[column] for column in (*_VALUES, *_FLAGS) if column in header.spelt))
    found = (_named(row, header) for row in _some(limit.counted(rows), header, faults))
    return distinct_names((name, ignored) for name in chain(faults, found) if name is not None)


def _some(rows: Iterator[Row], header: Header, faults: list[BodyFault]) -> Iterator[Row]:
    """The rows; without any, and without faults that are told instead, raises InvalidBody."""
    first = next(rows, None)
    if first is not None:
        yield first
        yield from rows
    elif not faults:
        raise InvalidBody(header.place.fault("The table has no rows below its header. Nothing was done."))


def _column_faults(header: Header) -> list[BodyFault]:
    faults = []
    for name, place in header.others.items():
        also = tuple(known for known, column in ALSO.items() if column in _VALUES and column not in header.spelt)
        names = NAMES[:2] if header.names_users else ()
        meant = near_miss(name, (*names, *_VALUES, *_FLAGS, *also)) or _longer(name, header)
        if meant:
            faults.append(place.fault(f"Unknown column. Did you mean {ALSO.get(meant, meant)}?"))
    if not faults and not header.faults and not any(column in header.spelt for column in _VALUES):
        faults.append(header.place.fault(f"The header has none of the columns {', '.join(_VALUES)}: nothing to set."))
    return faults


def _longer(name: str, header: Header) -> str | None:
    """OfficePhoneNumber may be meant for it; beside OfficePhone it is one more column of the directory."""
    for column in _VALUES:
        if column not in header.spelt and name.lower().startswith(column.lower()):
            return column
    return None


def _entry(row: Row, header: Header, ignored: tuple[str, ...]) -> Entry:
    entry = Entry(row.place)
    named = _named(row, header)
    if isinstance(named, Name):
        entry.name = named
    elif named is not None:
        entry.faults.append(named)
    if row.fault is not None:
        return entry
    cell = row.cells.get(Column.ID)
    if cell and isinstance(named, Name) and named.kind == UPN:
        entry.given_id = given_id(row.place.at(header.spelt[Column.ID]), _without_formula(cell))
    flags = {column: _BOOLEANS.get(row.cells.get(column, "").lower()) for column in _FLAGS}
    for column in _FLAGS:
        if flags[column] is None:
            entry.faults.append(row.place.at(header.spelt[column]).fault(_NO_FLAG))
    condition = Condition.ALWAYS if flags[Column.FORCED_UPDATE] else Condition.IF_MISSING
    values: dict[Method, RequestedValue] = {}
    for column, method in _VALUES.items():
        cell = row.cells.get(column)
        text = _mended(cell) if cell else ""
        if _ERROR.fullmatch(text):
            entry.faults.append(row.place.at(header.spelt[column]).fault(_NO_VALUE))
        if text:
            values[method] = RequestedValue(text, condition)
        elif column in header.spelt and flags[Column.FORCED_REMOVAL]:
            values[method] = RequestedValue(None)
    entry.requested = Requested(values, ignored=ignored)
    return entry


def _named(row: Row, header: Header) -> Name | BodyFault | None:
    """Without a column for names that is no fault of the row."""
    if row.fault is not None:
        return row.fault
    if not header.names_users:
        return None
    for column, kind in _NAMES.items():
        cell = row.cells.get(column)
        if cell:
            return named(row.place, header.spelt[column], kind, _without_formula(cell))
    return row.place.fault("This row names no user.")


def _mended(cell: str) -> str:
    return _without_formula(cell).removeprefix(_TEXT_MARK).strip()


def _without_formula(cell: str) -> str:
    formula = _FORMULA_TEXT.fullmatch(cell)
    return formula[1] if formula else cell
