"""A report as CSV: one line for each change, or one for a user without any. Pure, and safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterator

from shared.models import ChangeResult, RunReport, UserResult

_COLUMNS = (
    *("userPrincipalName", "userId", "status", "code", "message", "source"),
    *("method", "id", "action", "before", "after", "changeStatus", "changeCode", "changeMessage", "ignored"),
)
# A cell that begins with one of these is a formula to a spreadsheet (OWASP, "CSV Injection"). A spreadsheet may take
# other separators than ours for the end of a cell, drop white space before the sign, and know full-width signs.
_FORMULA = re.compile(r"(^|[,;|\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")


def report_csv(report: RunReport) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows it; comma and CRLF as in RFC 4180."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for result in report.results:
        for row in _rows(result, report.source.value):
            writer.writerow([_safe(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig", "replace")


def _rows(result: UserResult, source: str) -> Iterator[list[str]]:
    user = [result.target.upn or "", result.user_id or "", result.status.value, result.code.value, result.message]
    for change in result.changes or (None,):
        yield [*user, source, *_change(change), " ".join(result.ignored)]


def _change(result: ChangeResult | None) -> list[str]:
    if result is None:
        return [""] * 8
    change = result.change
    before, after = (value.masked if value else "" for value in (change.before, change.after))
    return [
        *(change.method.value, change.id or "", change.action.value, before, after),
        *(result.status.value, result.code.value, result.message),
    ]


def _safe(cell: str) -> str:
    return _FORMULA.sub(r"\1'", cell)
