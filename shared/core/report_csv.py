"""A report as CSV: one line for each change, or one for a user without any. Pure, and safe to open in a spreadsheet."""

import csv
import functools
import io
import re
from collections.abc import Iterable

from shared.core.report import Json

_USER = ("userPrincipalName", "userId", "status", "code", "message", "source")
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
    """The users' results of a report. UTF-8 with a byte order mark, by which Excel knows it; CRLF as in RFC 4180."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*_USER, *_CHANGE.values(), "ignored"))
    for body in bodies:
        changes, ignored = body["changes"], body.get("ignored")
        user = _cells(body, _USER)
        names = safe_cell(" ".join(ignored)) if isinstance(ignored, list) else ""
        for change in (changes if isinstance(changes, list) else []) or [{}]:
            writer.writerow((*user, *_cells(change, _CHANGE), names))
    return text.getvalue().encode("utf-8-sig", "replace")


def _cells(values: Json, columns: Iterable[str]) -> list[object]:
    return [values.get(name) if name in _OUR_WORDS else safe_cell(str(values.get(name) or "")) for name in columns]


@functools.lru_cache(maxsize=1024)  # most sentences and masked numbers stand in many rows
def safe_cell(cell: str) -> str:
    """The text, or what a spreadsheet does not take for a formula."""
    return _FORMULA.sub(r"\1'", cell)
