"""The log that `python dev.py serve` prints: each line once, and read once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_host import commands

LONG = 5_000_000


@pytest.fixture
def serve_and_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    monkeypatch.setitem(commands.ENVIRONMENT, "TMPDIR", str(tmp_path))
    with commands.serve(tmp_path) as (process, _):
        (log,) = tmp_path.glob("functions-host-*/log.txt")
        yield process, log


def write(log: Path, content: bytes) -> None:
    with log.open("ab") as file:
        file.write(content)


def printed_until(process: subprocess.Popen[str], end: str) -> list[str]:
    assert process.stdout
    lines = [process.stdout.readline()]
    while lines[-1] != f"{end}\n":
        assert lines[-1], "it has ended"
        lines.append(process.stdout.readline())
    return lines


def test_a_line_is_printed_once_it_is_whole(serve_and_log: tuple[subprocess.Popen[str], Path]) -> None:
    process, log = serve_and_log
    write(log, b"one\n\xc3")
    printed_until(process, "one")
    write(log, b"\xa5 two\nthree\n")
    assert printed_until(process, "three")[-2:] == ["\xe5 two\n", "three\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts what a process reads")
def test_what_was_printed_is_not_read_again(serve_and_log: tuple[subprocess.Popen[str], Path]) -> None:
    process, log = serve_and_log

    def read() -> int:
        found = re.search(r"^rchar: (\d+)$", Path(f"/proc/{process.pid}/io").read_text(encoding="ascii"), re.MULTILINE)
        assert found
        return int(found[1])

    write(log, b"x" * LONG + b"\nfirst\n")
    printed_until(process, "first")
    before = read()
    write(log, b"second\n")
    printed_until(process, "second")
    assert read() - before < LONG
