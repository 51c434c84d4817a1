"""`python dev.py audit FILE…`: records of the audit trail as a table, each once, oldest first.

The files are those of the container `audit` (docs/operations.md, "Audit trail").
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.command import Parser, run
from sandbox.console import open_console

# What can be asked for, and the field that has to be equal.
FILTERS = {
    "--user": "objectId",
    "--caller": "caller",
    "--event": "event",
    "--outcome": "outcome",
    "--code": "code",
    "--job": "jobId",
    "--request": "correlationId",
    "--tag": "numberTag",
    "--address": "address",
}
COLUMNS = (
    *("time", "event", "outcome", "code", "caller", "objectId", "method", "action", "before", "after"),
    *("jobId", "applies", "appliesCaller", "correlationId", "numberTag", "reason"),
)
Record = Mapping[str, object]


class NotReadable(Exception):
    """A file, or a line of it, that holds no records."""


def main() -> None:
    parser = Parser(prog="dev.py audit", description="Records of the audit trail as a table.")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a .jsonl file, or a folder with such files"
    )
    for option, field in FILTERS.items():
        parser.add_argument(option, dest=field, metavar="VALUE", help=f"records with this {field}")
    given = vars(parser.parse_args())
    open_console()
    wanted = {field: given[field] for field in FILTERS.values() if given[field] is not None}
    try:
        found = selected(records_in(given["files"]), wanted)
    except NotReadable as fault:
        sys.exit(f"dev.py audit: {fault}")
    for line in table(found):
        print(line)


def records_in(paths: Iterable[Path]) -> Iterator[Record]:
    """Raises NotReadable."""
    for path in paths:
        files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        if not files:
            raise NotReadable(f"{path} holds no .jsonl file")
        for file in files:
            yield from _records_of(file)


def _records_of(file: Path) -> Iterator[Record]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as exc:
        raise NotReadable(f"{file} cannot be read: {exc}") from exc
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or "recordId" not in record:
            raise NotReadable(f"line {number} of {file} is no record of the audit trail")
        yield record


def selected(records: Iterable[Record], wanted: Mapping[str, str]) -> list[Record]:
    """Those with these values, each `recordId` once, in the order of time."""
    ordered = sorted(records, key=lambda record: str(record.get("time", "")))
    once = {record["recordId"]: record for record in reversed(ordered)}
    fitting = [record for record in once.values() if all(_has(record, *each) for each in wanted.items())]
    return fitting[::-1]


def _has(record: Record, field: str, value: str) -> bool:
    """Object ids are equal however they are spelled: some tools show them in capitals."""
    if field == "objectId":
        return str(record.get(field, "")).lower() == value.lower()
    return record.get(field) == value


def table(records: Sequence[Record]) -> Iterator[str]:
    """Columns that are empty for all of them are left out."""
    columns = [name for name in COLUMNS if any(record.get(name) for record in records)]
    rows = [columns, *([str(record.get(name, "")) for name in columns] for record in records)]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows if records else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield f"{len(records)} record{'' if len(records) == 1 else 's'}"


if __name__ == "__main__":
    run(main)
