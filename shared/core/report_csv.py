"""Results of users, and rows of the report on phone methods, as CSV that is safe to open in a spreadsheet. Pure.

UTF-8 with a byte order mark, by which Excel knows it; CRLF as in RFC 4180.
"""

import csv
import functools
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.core.report import Json
from shared.core.survey.rows import COLUMNS

_NAMES = ("userPrincipalName", "userId", "status", "code", "message")
_USER = (*_NAMES, "source")
# Name in a change, and as a column.
_CHANGE = {
    **{name: name for name in ("method", "id", "action", "before", "after")},
    **{"status": "changeStatus", "code": "changeCode", "message": "changeMessage"},
}
# These hold nothing but our own words and object ids.
_OUR_WORDS = {"userId", "status", "code", "source", "method", "action"}
# A cell that begins with one of these is a formula to a spreadsheet (OWASP, "CSV Injection"). A spreadsheet may take
# other separators than ours for the end of a cell, drop white space before the sign, and know full-width signs.
_FORMULA = re.compile(r"(^|[,;|\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")


def bodies_csv(bodies: Iterable[Json]) -> bytes:
    """One line for each change, or one for a user without any."""
    return _csv((*_USER, *_CHANGE.values(), "ignored"), _changes(bodies))


def rows_csv(rows: Iterable[Json]) -> bytes:
    """One line for each user. What is not known is an empty cell."""
    columns = (*_NAMES, *COLUMNS)
    return _csv(columns, ([safe_cell(text_of(row[name])) for name in columns] for row in rows))


def text_of(value: object) -> str:
    """A value of a row as one text."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return "; ".join(map(str, value))
        case Mapping():
            return "; ".join(f"{name} {number or '-'}" for name, number in value.items())
    return str(value)


def _csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig", "replace")


def _changes(bodies: Iterable[Json]) -> Iterator[Sequence[object]]:
    for body in bodies:
        changes, ignored = body["changes"], body.get("ignored")
        user = _cells(body, _USER)
        names = safe_cell(" ".join(ignored)) if isinstance(ignored, list) else ""
        for change in (changes if isinstance(changes, list) else []) or [{}]:
            yield *user, *_cells(change, _CHANGE), names


def _cells(values: Json, columns: Iterable[str]) -> list[object]:
    return [values.get(name) if name in _OUR_WORDS else safe_cell(str(values.get(name) or "")) for name in columns]


@functools.lru_cache(maxsize=1024)  # most sentences and masked numbers stand in many rows
def safe_cell(cell: str) -> str:
    """The text, or what a spreadsheet does not take for a formula."""
    return _FORMULA.sub(r"\1'", cell)
