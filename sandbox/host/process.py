"""The host as a child process: how the demo, serve mode and the tests run an app."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, ClassVar, Self

from sandbox.host.app_service import UNAUTHENTICATED, AppService
from sandbox.host.calls import IndexedFunction
from sandbox.host.durable.switches import Switches
from sandbox.host.forked import ADDRESS, Forked

_CHECKOUT = Path(__file__).resolve().parents[2]
_READY = re.compile(r"^ready (http://127\.0\.0\.1:\d+)$", re.MULTILINE)
_DURABLE = re.compile(r"^durable http://(?P<address>127\.0\.0\.1:\d+)(?P<path>/\S+)$", re.MULTILINE)
_WORKER = re.compile(r"^worker process (\d+)$", re.MULTILINE)
_START_SECONDS = 60
_STOP_SECONDS = 5
# What the caller's shell may hold and the host must not inherit: the first two make the worker library believe that it
# runs in Azure, the others decide where the app's own calls go and whom they trust.
_NOT_INHERITED = frozenset(
    {
        "CONTAINER_NAME",
        "WEBSITE_INSTANCE_ID",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    }
)


class HostError(Exception):
    """The host did not start; the text is everything that it wrote."""


class HostProcess:
    """`with HostProcess(app_dir, {"KEY_VAULT_URL": "…"}) as host:` serves the app until the block ends.

    `environment` is all that the process gets on top of this process's environment, of which its proxy and certificate
    variables are left out. Entering waits until the host serves and raises HostError when it does not.
    `state` is a folder in which orchestrations survive the end of the block; `durable` are switches for them.
    `app_service` None: nothing stands in front of the host, and callers' own X-Forwarded-For and
    X-MS-CLIENT-PRINCIPAL-* come through.
    `log_file` is there until the block ends.
    `nursery` is the address of one that forks the process, as tests set it; None starts a new interpreter.
    """

    nursery: ClassVar[str | None] = None
    master_key = "local-master-key"

    def __init__(
        self,
        app_dir: Path,
        environment: Mapping[str, str],
        key: str = "local-key",
        port: int = 0,
        state: Path | None = None,
        durable: Switches | None = None,
        app_service: AppService | None = UNAUTHENTICATED,
    ) -> None:
        self._app_dir = app_dir
        self._environment = environment
        self._port = port
        self._state = state
        self._durable = durable or Switches()
        self._app_service = app_service
        self._durable_at: re.Match[str] | None = None
        self.key = key

    @property
    def pid(self) -> int:
        """Of the process that runs the app's code, at this moment: it is the host's child and may be replaced."""
        return int(_WORKER.findall(self.log())[-1])

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        """Everything that the process has written so far, also after it has ended."""
        if self.log_file.exists():
            self._last_log = self.log_file.read_text(encoding="utf-8", errors="replace")
        return self._last_log

    def kill(self) -> None:
        """End the process at once, as a lost machine does: nothing is cleaned up. The block may go on."""
        _kill_all(self._process)
        self._process.wait()

    def terminate(self) -> None:
        """End it as a platform does that takes a machine away: what runs may end, for some seconds. Waits for that."""
        self._process.terminate()
        self._process.wait()

    def durable_counters(self) -> dict[str, int]:
        """What the durable extension has counted since the process started, and how many orchestrations are unfinished;
        for an app with Durable Functions."""
        self._durable_at = self._durable_at or _DURABLE.search(self.log())
        if self._durable_at is None:
            raise HostError("this app has no Durable Functions")
        connection = http.client.HTTPConnection(self._durable_at["address"], timeout=_START_SECONDS)
        try:
            connection.request("GET", f"{self._durable_at['path']}/counters")
            return {name: int(value) for name, value in json.loads(connection.getresponse().read()).items()}
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="functions-host-", ignore_cleanup_errors=True)
        # A file and not a pipe: it never fills up, and what a function wrote before it answered is in it by then.
        self.log_file = Path(self._folder.name, "log.txt")
        with self.log_file.open("ab") as log:
            options = ("--port", str(self._port), *self._options(), *self._durable_options())
            self._process = _begin(self._app_dir, options, self._environment, log, log)
        try:
            self.url = self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _options(self) -> Iterator[str]:
        yield from ("--key", self.key, "--master-key", self.master_key)
        if self._app_service is None:
            yield "--no-app-service"
        else:
            yield from ("--auth-client-id", self._app_service.client_id, "--auth-issuer", self._app_service.issuer)

    def _durable_options(self) -> Iterator[str]:
        yield from ("--state", str(self._state.resolve() if self._state else Path(self._folder.name, "durable")))
        if self._durable.virtual_time:
            yield "--virtual-time"
        if self._durable.hidden_s is not None:
            yield from ("--hidden", str(self._durable.hidden_s))
        if self._durable.shuffle is not None:
            yield from ("--shuffle", str(self._durable.shuffle))
        yield from ("--repeat-activities", self._durable.repeat_activities)

    def _wait_until_ready(self) -> str:
        give_up = time.monotonic() + _START_SECONDS
        while time.monotonic() < give_up:
            ended = self._process.poll() is not None
            if ready := _READY.search(self.log()):
                return ready[1]
            if ended:
                raise HostError(f"the host ended with exit code {self._process.returncode}:\n{self.log()}")
            time.sleep(0.02)
        raise HostError(f"the host was not ready within {_START_SECONDS} s:\n{self.log()}")

    def _end(self) -> None:
        """The host stops when its input ends; the rest is for one that hangs."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker: it was asked for above
        self._process.stdin.close()
        for insist in (self._process.terminate, partial(_kill_all, self._process)):
            try:
                self._process.wait(_STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                insist()
        self._process.wait()
        self.log()
        self._folder.cleanup()


def _kill_all(process: subprocess.Popen[bytes] | Forked) -> None:
    """The host and its worker process at once; on Windows the worker ends when its input does."""
    if os.name == "nt":
        process.kill()
    elif process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def indexed_functions(app_dir: Path, environment: Mapping[str, str]) -> list[IndexedFunction]:
    """The functions that the worker library finds in the app, asked in a process of its own. Raises HostError."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        process = _begin(app_dir, ("--list",), environment, out, log)
        assert process.stdin is not None  # noqa: S101 - as above
        with process.stdin:
            try:
                process.wait(_START_SECONDS)
            finally:
                _kill_all(process)
                process.wait()
        for file in (out, log):
            file.seek(0)
        listed, logged = out.read(), log.read().decode("utf-8", "replace")
    if process.returncode:
        raise HostError(f"the host ended with exit code {process.returncode}:\n{logged}")
    return [IndexedFunction(item["name"], tuple(item["bindings"])) for item in json.loads(listed)]


def _begin(
    app_dir: Path, options: Iterable[str], environment: Mapping[str, str], stdout: IO[bytes], stderr: IO[bytes]
) -> subprocess.Popen[bytes] | Forked:
    command = ["sandbox.host", str(app_dir.resolve()), *options]
    kept = {name: value for name, value in os.environ.items() if name.upper() not in _NOT_INHERITED}
    given = {**kept, "PYTHONIOENCODING": "utf-8", **environment}
    # What is forked has modules of this checkout, which a copy of the app must not get.
    is_copy = app_dir.resolve() != _CHECKOUT and Path(app_dir, "shared").exists()
    if (nursery := HostProcess.nursery) and not is_copy:
        return Forked(nursery, command, {**given, ADDRESS: nursery}, _CHECKOUT, stdout.fileno(), stderr.fileno())
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=_CHECKOUT,
        env=given,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
