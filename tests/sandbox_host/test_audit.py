"""dev.py audit: records as a table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from sandbox.audit import COLUMNS, FILTERS

SCHEMA = json.loads((dev.ROOT / "shared" / "records" / "audit.schema.json").read_text(encoding="utf-8"))
FIRST = {"time": "2026-11-27T10:00:00.000+00:00", "recordId": "1", "event": "write", "outcome": "applied"}
SECOND = {"time": "2026-11-28T10:00:00.000+00:00", "recordId": "2", "event": "refusal", "outcome": "refused"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "28" / "b.jsonl", SECOND | {"code": "unauthorized", "address": "192.0.2.7"})
    anna = FIRST | {"objectId": "id-anna", "caller": "hr", "method": "mobile", "action": "add", "after": "+46 *****05"}
    write(tmp_path / "27" / "a.jsonl", anna, anna | {"time": "2026-11-27T11:00:00.000+00:00", "outcome": "foundDone"})
    return tmp_path


def write(path: Path, *records: dict[str, str]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")


def audit(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.audit", *map(str, arguments)]
    given = {**os.environ, **environment}
    return subprocess.run(command, cwd=dev.ROOT, env=given, capture_output=True, text=True, timeout=30)


def test_each_record_stands_there_once_in_the_order_of_time(folder: Path) -> None:
    done = audit(folder / "28" / "b.jsonl", folder / "27")
    assert done.stdout.splitlines() == [
        "time                           event    outcome  code          caller  objectId  method  action  after",
        "2026-11-27T10:00:00.000+00:00  write    applied                hr      id-anna   mobile  add     +46 *****05",
        "2026-11-28T10:00:00.000+00:00  refusal  refused  unauthorized",
        "2 records",
    ]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--user", "id-anna"], 1),
        (["--user", "ID-Anna"], 1),
        (["--caller", "hr", "--event", "write"], 1),
        (["--caller", "hr", "--event", "refusal"], 0),
        (["--address", "192.0.2.7"], 1),
        # The first record of an id counts.
        (["--outcome", "foundDone"], 0),
    ],
)
def test_what_is_asked_for_is_shown(folder: Path, options: list[str], count: int) -> None:
    lines = audit(folder, *options).stdout.splitlines()
    assert lines[-1] == f"{count} record{'' if count == 1 else 's'}"
    assert len(lines) == (count + 2 if count else 1)


@pytest.mark.parametrize("text", ["no json", "[]", '{"event": "write"}', "\ufeff{}"])
def test_a_file_that_holds_something_else_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(FIRST)}\n{text}\n", encoding="utf-8")
    done = audit(path)
    assert done.stderr == f"dev.py audit: line 2 of {path} is no record of the audit trail\n"
    assert (done.stdout, done.returncode) == ("", 1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = audit(tmp_path / "a.jsonl")
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_records_is_named(tmp_path: Path) -> None:
    done = audit(tmp_path)
    assert (done.stdout, done.stderr) == ("", f"dev.py audit: {tmp_path} holds no .jsonl file\n")
    assert done.returncode == 1


def test_what_the_next_question_needs_is_shown(tmp_path: Path) -> None:
    applied = {"applies": "job-1", "appliesCaller": "lists"}
    ids = {"jobId": "job-2", **applied, "correlationId": "request-1", "numberTag": "tag-1"}
    write(tmp_path / "27" / "a.jsonl", FIRST | ids | {"reason": "CHG-1"})
    heading, line, _ = audit(tmp_path, "--job", "job-2").stdout.splitlines()
    assert heading.split()[-6:] == [*ids, "reason"]
    assert line.split()[-6:] == [*ids.values(), "CHG-1"]


def test_what_the_output_cannot_say_is_a_question_mark_and_the_rest_follows(tmp_path: Path) -> None:
    """On Windows, a file that the output goes to is cp1252."""
    write(tmp_path / "27" / "a.jsonl", FIRST | {"reason": "\u0141\xf3d\u017a"}, SECOND)
    done = audit(tmp_path, PYTHONIOENCODING="ascii")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines()[-1] == "2 records"
    assert len(done.stdout.splitlines()) == 4


def test_every_filter_and_every_column_is_a_field_of_a_record() -> None:
    assert {*FILTERS.values(), *COLUMNS} <= SCHEMA["properties"].keys()
