"""How commands end that somebody stops from outside: `kill`, the stop button of an IDE, a terminal that closes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox_host import commands
from tests.sandbox_host.test_worker_process import is_alive
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without telling it")
# By name: Windows, where this file is read too, has no SIGHUP.
NAMES = ("SIGTERM", "SIGHUP")
WAITS = """
import os
try:
    print(os.getpid(), flush=True)
    input()
except KeyboardInterrupt:
    raise SystemExit(7)
"""


def python(folder: Path, code: str) -> subprocess.Popen[str]:
    """dev.py's functions, with modules of this folder in the place of the project's."""
    folder.joinpath("waits.py").write_text(WAITS, encoding="utf-8")
    imports = "import dev, sys\nfrom pathlib import Path\n"
    given = f"{imports}dev.ROOT, python = Path({str(folder)!r}), Path(sys.executable)\n"
    return subprocess.Popen(
        [sys.executable, "-c", f"{given}{code}"],
        cwd=commands.CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("module", "code"), [("serve", 0), ("demo", 130)])
def test_a_command_cleans_up_as_after_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, module: str, code: int
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setitem(commands.ENVIRONMENT, "TMPDIR", str(temporary))
    options = ("--port", "0") if module == "serve" else ()
    with commands.start_module(f"sandbox.{module}", *options, folder=tmp_path) as process:
        assert process.stdout
        process.stdout.readline()
        assert os.listdir(temporary)
        # A terminal that closes can send more than one.
        for each in (name, *NAMES):
            process.send_signal(getattr(signal, each))
        process.communicate(timeout=30)
    assert process.returncode == code
    assert os.listdir(temporary) == []


def test_a_command_that_nohup_started_outlives_its_terminal() -> None:
    code = """
import signal
from sandbox.command import run
signal.signal(signal.SIGHUP, signal.SIG_IGN)
run(lambda: print(signal.getsignal(signal.SIGHUP).name))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=commands.CHECKOUT, capture_output=True, encoding="utf-8")
    assert (done.stdout, done.stderr) == ("SIG_IGN\n", "")


def test_dev_py_gives_its_process_to_the_command_so_that_every_signal_reaches_it(tmp_path: Path) -> None:
    with python(tmp_path, "dev.become(python, ('waits',))") as process:
        assert process.stdout
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 7


@pytest.mark.parametrize("name", NAMES)
def test_the_tool_that_runs_ends_with_dev_py_and_the_next_one_does_not_begin(tmp_path: Path, name: str) -> None:
    with python(tmp_path, "dev.end_with_signals(); dev.run_all(python, (('waits',), ('waits',)))") as process:
        assert process.stdout
        process.stdout.readline()
        tool = int(process.stdout.readline())
        process.send_signal(getattr(signal, name))
        assert process.wait(30) == 128 + getattr(signal, name)
        assert process.stdout.read() == ""
        wait_for(lambda: not is_alive(tool))
