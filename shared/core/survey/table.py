"""The rows of the report as CSV: one line for each user. Safe to open in a spreadsheet (core/report_csv)."""

import csv
import io
from collections.abc import Iterable, Mapping

from shared.core.report import Json
from shared.core.report_csv import safe_cell
from shared.core.survey.rows import COLUMNS

_USER = ("userPrincipalName", "userId", "status", "code", "message")


def rows_csv(rows: Iterable[Json]) -> bytes:
    """UTF-8 with a byte order mark, CRLF. What is not known is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*_USER, *COLUMNS))
    for row in rows:
        writer.writerow([safe_cell(cell(row[name])) for name in (*_USER, *COLUMNS)])
    return text.getvalue().encode("utf-8-sig", "replace")


def cell(value: object) -> str:
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
