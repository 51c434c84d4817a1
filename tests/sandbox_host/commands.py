"""The sandbox's commands as child processes, without dev.py's preparation."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sandbox_host.http_file import HttpFile

LAST_LINE = "The log of the function app follows."
CHECKOUT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(CHECKOUT)}


def run_module(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=CHECKOUT,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@contextmanager
def start_module(name: str, *arguments: str, folder: Path = CHECKOUT) -> Iterator[subprocess.Popen[str]]:
    """The running command; it is ended with the block, if it has not ended by then."""
    process = subprocess.Popen(
        [sys.executable, "-m", name, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


@contextmanager
def serve(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`python dev.py serve` in this folder, and the lines that it printed before the log."""
    with start_module("sandbox.serve", "--port", "0", *options, folder=folder) as process:
        assert process.stdout
        printed: list[str] = []
        while not (printed and printed[-1] == LAST_LINE):
            line = process.stdout.readline()
            assert line, process.communicate(timeout=10)
            printed.append(line.rstrip("\n"))
        yield process, printed


def requests_file(folder: Path) -> HttpFile:
    """What `serve` has written in this folder."""
    return HttpFile(folder.joinpath(".sandbox", "requests.http").read_text(encoding="utf-8"))
