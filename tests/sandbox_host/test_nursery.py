"""The nursery: what is forked there is a process as `python -m` begins one, but for the modules that it has."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from sandbox.host import HostProcess
from sandbox.host.forked import Forked
from tests.nursery import open_nursery
from tests.sandbox_host.commands import CHECKOUT
from tests.sandbox_host.conftest import AppWriter, send
from tests.sandbox_host.test_process import ONE
from tests.sandbox_host.test_worker_process import is_alive
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the nursery needs Linux")


@pytest.fixture(scope="module")
def nursery() -> Iterator[str]:
    with open_nursery("colorsys", "random") as address:
        yield address


class Run:
    """Runs a text as the module `what` in a folder of its own."""

    def __init__(self, nursery: str, folder: Path) -> None:
        self.nursery, self.folder = nursery, folder

    def start(self, code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Forked:
        self.folder.joinpath("what.py").write_text(code)
        with self.folder.joinpath("out").open("wb") as out, self.folder.joinpath("error").open("wb") as error:
            files = out.fileno(), error.fileno()
            return Forked(self.nursery, ["what", *arguments], environment or {}, self.folder, *files)

    def __call__(self, code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> int:
        process = self.start(code, *arguments, environment=environment)
        process.stdin.close()
        return process.wait(30)

    @property
    def out(self) -> str:
        return self.folder.joinpath("out").read_text()

    @property
    def error(self) -> str:
        return self.folder.joinpath("error").read_text()

    def tells(self, expression: str, imports: str = "os, sys", **environment: str) -> Any:
        """What it has, as JSON."""
        assert self(f"import json, {imports}\nprint(json.dumps({expression}))", environment=environment) == 0, (
            self.error
        )
        return json.loads(self.out)


@pytest.fixture
def run(nursery: str, tmp_path: Path) -> Run:
    return Run(nursery, tmp_path)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", 0),
        ("import sys; sys.exit(3)", 3),
        ("import os; os._exit(4)", 4),
        ("import os; os.kill(os.getpid(), 9)", -9),
    ],
)
def test_the_exit_code_is_told(run: Run, code: str, status: int) -> None:
    assert run(code) == status


def test_an_error_has_its_traceback_and_sys_exit_its_text(run: Run) -> None:
    assert run("def f():\n    raise ValueError('why')\nf()") == 1
    assert run.error.startswith("Traceback")
    assert run.error.endswith(
        f"File \"{run.folder / 'what.py'}\", line 2, in f\n    raise ValueError('why')\nValueError: why\n"
    )
    assert run("import sys; sys.exit('no')") == 1
    assert run.error == "no\n"


def test_what_is_registered_for_the_end_runs_and_threads_are_waited_for(run: Run) -> None:
    code = "import atexit, threading, time\natexit.register(print, 'end')\n"
    assert run(code + "threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()") == 0
    assert run.out == "thread\nend\n"


def test_the_three_files_are_its_own_and_no_other_is_open(run: Run) -> None:
    other = run.start("input()")
    process = run.start("import os, sys\nprint(input(), os.listdir('/proc/self/fd'))\nprint('bad', file=sys.stderr)")
    process.stdin.write(b"given\n")
    process.stdin.close()
    assert process.wait(30) == 0
    # 3 is the folder that is being listed.
    assert (run.out, run.error) == ("given ['0', '1', '2', '3']\n", "bad\n")
    other.stdin.close()
    assert other.wait(30) == 1


def test_the_environment_is_the_given_one_and_no_other(run: Run) -> None:
    assert run.tells("dict(os.environ)", A="b", TZ="Asia/Tokyo") == {"A": "b", "TZ": "Asia/Tokyo"}
    # What C libraries read, too, and what a child would inherit.
    assert run.tells("subprocess.getoutput('/usr/bin/env').split()", "subprocess", ONLY="x")[0] == "ONLY=x"
    assert run.tells("time.tzname", imports="time", TZ="Asia/Tokyo") == ["JST", "JST"]


def test_it_begins_as_a_module_that_is_run_in_a_folder(run: Run) -> None:
    assert (
        run("import json, os, sys\nprint(json.dumps([os.getcwd(), sys.path[0], sys.argv, __name__]))", "a", "-b") == 0
    )
    folder = str(run.folder)
    assert json.loads(run.out) == [folder, folder, [str(run.folder / "what.py"), "a", "-b"], "__main__"]
    assert run.tells("sys.modules['__main__'].__file__") == str(run.folder / "what.py")
    assert str(CHECKOUT / "sandbox" / "host") not in run.tells("sys.path")


def test_it_has_the_modules_and_nothing_of_this_checkout(run: Run) -> None:
    names = run.tells("list(sys.modules)")
    assert "colorsys" in names
    assert not [name for name in names if name.partition(".")[0] in ("sandbox", "tests", "shared", "function_app")]


def test_two_do_not_draw_the_same_random_numbers(run: Run) -> None:
    assert run.tells("random.random()", "random") != run.tells("random.random()", "random")


def test_it_is_running_until_it_is_ended(run: Run) -> None:
    process = run.start("input()")
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    process.kill()
    assert process.wait(30) == process.poll() == -signal.SIGKILL
    process.kill()  # as for Popen, nothing
    process.stdin.close()


def test_one_thread_may_wait_while_another_looks_and_ends_it(run: Run) -> None:
    process = run.start("input()")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(process.wait)
        assert wait_for(waiting.running)
        assert process.poll() is None
        process.terminate()
        assert waiting.result(30) == -signal.SIGTERM
    process.stdin.close()


def test_signals_do_what_they_do_to_any_process(run: Run) -> None:
    process = run.start("import signal\nprint([signal.getsignal(n) for n in (2, 13, 15)], flush=True)\ninput()")
    wait_for(lambda: run.out)
    process.terminate()
    assert process.wait(30) == -signal.SIGTERM
    assert run.out == f"{[signal.default_int_handler, signal.SIG_IGN, signal.SIG_DFL]}\n".replace(
        repr(signal.default_int_handler), "<built-in function default_int_handler>"
    )
    process.stdin.close()


def test_a_group_is_ended_at_once(run: Run) -> None:
    leader = run.start("input()")
    files = [os.open(os.devnull, os.O_RDWR) for _ in range(2)]
    member = Forked(run.nursery, ["what"], {}, run.folder, *files, group=leader.pid)
    os.killpg(leader.pid, signal.SIGKILL)
    assert (leader.wait(30), member.wait(30)) == (-signal.SIGKILL, -signal.SIGKILL)
    for process in (leader, member):
        process.stdin.close()
    for file in files:
        os.close(file)


def order(caller: socket.socket, folder: Path) -> None:
    """The module `what`; who orders hears nothing of it."""
    words = {"module": "what", "arguments": [], "environment": {}, "folder": str(folder), "group": 0}
    socket.send_fds(caller, [b"-"], [0, 1, 2])
    caller.sendall(json.dumps(words).encode() + b"\n")


def test_a_caller_who_is_gone_ends_nothing(run: Run) -> None:
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as interrupted:
        for caller in (silent, interrupted):
            caller.connect(run.nursery)
        socket.send_fds(interrupted, [b"-{"], [0, 1, 2])
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(run.nursery)
        run.folder.joinpath("what.py").write_text("open('ran', 'w').close()")
        order(deaf, run.folder)
    wait_for(run.folder.joinpath("ran").exists)
    assert run("") == 0


def test_modules_are_imported_for_the_first_process_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "imported"
    tmp_path.joinpath("heavy.py").write_text(f"open({str(mark)!r}, 'a').write('x')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with open_nursery("heavy") as address:
        run = Run(address, tmp_path)
        with socket.socket(socket.AF_UNIX) as without_order:
            without_order.connect(address)
            without_order.shutdown(socket.SHUT_WR)
            assert without_order.recv(1) == b""
        assert not mark.exists()
        assert (run("import heavy"), run("import heavy")) == (0, 0)
    assert mark.read_text() == "x"


def test_a_module_that_begins_a_thread_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tmp_path.joinpath("threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with open_nursery("threaded") as address, socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(30)
        caller.connect(address)
        order(caller, tmp_path)
        with suppress(ConnectionResetError):
            assert caller.recv(4) == b""
    assert "a module has begun a thread" in capfd.readouterr().err


OWNER = """
import os, sys, time
from pathlib import Path
from tests.nursery import open_nursery
from sandbox.host.forked import Forked

folder = Path(sys.argv[1])
folder.joinpath("what.py").write_text("import os\\nprint(os.getppid(), os.getpid(), flush=True)\\ninput()")
with open_nursery() as address:
    process = Forked(address, ["what"], {}, folder, 1, 2)  # kept: with it goes the input
    time.sleep(60)
"""


def test_it_ends_with_its_owner_and_what_it_forked_ends_with_its_input(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    # What is killed leaves its folder. This name is short, as a socket's has to be.
    with TemporaryDirectory() as temporary:
        environment = {**os.environ, "TMPDIR": temporary}
        with subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as owner:
            assert owner.stdout
            pids = [int(pid) for pid in owner.stdout.readline().split()]
            assert all(is_alive(pid) for pid in pids)
            owner.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def test_a_copy_of_the_app_gets_new_interpreters(write_app: AppWriter) -> None:
    """It would get the modules of this checkout in place of its own."""
    app_dir = write_app(ONE)
    app_dir.joinpath("shared").mkdir()
    with HostProcess(app_dir, {}) as host:
        for pid in (host.pid, os.getpgid(host.pid)):
            assert b"nursery.py" not in Path("/proc", str(pid), "cmdline").read_bytes()


def test_a_host_and_its_worker_are_forked_and_the_app_does_not_see_it(write_app: AppWriter) -> None:
    with HostProcess(write_app(ONE), {"A": "b"}) as host:
        worker, leader = host.pid, os.getpgid(host.pid)
        seen = json.loads(send(host, "GET", "/api/environment").body)
        for pid in (worker, leader):
            assert b"nursery.py" in Path("/proc", str(pid), "cmdline").read_bytes()
        assert leader != worker
        host.kill()
        wait_for(lambda: not any(is_alive(pid) for pid in (worker, leader)))
    assert seen["A"] == "b"
    assert not [name for name in seen if "NURSERY" in name]
