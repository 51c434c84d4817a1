"""The worker process, as the host sees it: begun, asked, and begun again when it has ended or hangs."""

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

from sandbox.host import channel
from sandbox.host.calls import (
    AppLoadError,
    FunctionFailedError,
    HttpCall,
    HttpReply,
    IndexedFunction,
    WorkerLostError,
)
from sandbox.host.forked import ADDRESS, ForkedWorker

_CHECKOUT = Path(__file__).resolve().parents[2]
_LIMIT = 1 << 20  # what the host reads of a worker process ahead
_LOST = "the worker process ended"


class Worker:
    """Await `start` once, then call functions as often as needed.

    One that runs longer than `timeout_s` fails, and the process is replaced when the others that run in it have ended;
    a process that ends by itself is replaced at once. Calls wait meanwhile. `durable_client` is the text that a
    function with a durable client gets; to be set before the first call.
    """

    durable_client = ""

    def __init__(self, app_dir: Path, timeout_s: float | None) -> None:
        self._app_dir = app_dir
        self._timeout_s = timeout_s
        self._numbers = itertools.count()

    async def start(self) -> tuple[IndexedFunction, ...]:
        """Begin the first process. Raises AppLoadError."""
        self._life = asyncio.ensure_future(self._begin())
        return (await self._life).functions

    async def call_http(self, function: str, trigger: str, call: HttpCall) -> HttpReply:
        """Invoke an HTTP function; `trigger` is the name of its request parameter. Raises FunctionFailedError."""
        http = {name: value for name, value in vars(call).items() if name != "body"}
        head, body = await self._call({"function": function, "trigger": trigger, "http": http}, call.body)
        return HttpReply(head["status"], head["headers"], body)

    async def call_durable(self, function: str, trigger: str, data: str | None) -> str:
        """Invoke an orchestrator or an activity: JSON texts in and out. Raises FunctionFailedError."""
        given = "null" if data is None else data
        _, body = await self._call({"function": function, "trigger": trigger}, given.encode())
        return body.decode()

    async def close(self) -> None:
        self._life.cancel()
        with contextlib.suppress(asyncio.CancelledError, AppLoadError):
            await (await self._life).end()

    async def _call(self, head: channel.Head, body: bytes) -> channel.Frame:
        try:
            life = await asyncio.shield(self._life)
        except AppLoadError as error:
            raise FunctionFailedError(str(error)) from error
        head |= {"number": next(self._numbers), "client": self.durable_client}
        try:
            async with asyncio.timeout(self._timeout_s):
                answer, content = await life.ask(head, body)
        except TimeoutError:
            self._replace(life)
            reason = f"Timeout value of {self._timeout_s:g} s was exceeded by function: {head['function']}"
            raise FunctionFailedError(reason) from None
        if "failed" in answer:
            raise FunctionFailedError(answer["failed"])
        return answer, content

    async def _begin(self) -> "_Life":
        life = await _Life.begin(self._app_dir)
        life.on_end = lambda: self._replace(life)
        return life

    def _replace(self, life: "_Life") -> None:
        async def next_life() -> _Life:
            await life.idle.wait()
            await life.end()
            return await self._begin()

        if self._life.done() and self._life.result() is life:
            self._life = asyncio.ensure_future(next_life())


class _Life:
    """One worker process, from its beginning to its end. `idle`: nothing runs in it that anybody waits for."""

    def __init__(
        self,
        process: asyncio.subprocess.Process | ForkedWorker,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        functions: tuple[IndexedFunction, ...],
    ) -> None:
        self._process, self._stdin, self._stdout = process, stdin, stdout
        self._asked: dict[int, asyncio.Future[channel.Frame]] = {}
        self._has_ended = False
        self._listening = asyncio.ensure_future(self._listen())
        self.functions = functions
        self.on_end: Callable[[], None] = lambda: None
        self.idle = asyncio.Event()
        self.idle.set()

    @classmethod
    async def begin(cls, app_dir: Path) -> Self:
        """Raises AppLoadError."""
        process = await _new_process(["sandbox.host.worker_process", str(app_dir)])
        stdin, stdout = process.stdin, process.stdout
        assert stdin  # noqa: S101 - for the type checker, as the next: both were asked for
        assert stdout  # noqa: S101
        try:
            first = await channel.read_async(stdout)
            if first is None or "error" in first[0]:
                raise AppLoadError(first[0]["error"] if first else "the worker process ended while it started")
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        print(f"worker process {process.pid}", file=sys.stderr, flush=True)
        functions = (IndexedFunction(item["name"], tuple(item["bindings"])) for item in first[0]["functions"])
        return cls(process, stdin, stdout, tuple(functions))

    async def ask(self, head: channel.Head, body: bytes) -> channel.Frame:
        """Raises WorkerLostError."""
        if self._has_ended:
            raise WorkerLostError(_LOST)
        number = head["number"]
        answer: asyncio.Future[channel.Frame] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        self.idle.clear()
        try:
            for part in channel.parts(head, body):
                self._stdin.write(part)
            with contextlib.suppress(ConnectionError):
                await self._stdin.drain()
            return await answer
        finally:
            del self._asked[number]
            if not self._asked:
                self.idle.set()

    async def end(self) -> None:
        self.on_end = lambda: None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._listening

    async def _listen(self) -> None:
        while frame := await channel.read_async(self._stdout):
            answer = self._asked.get(frame[0]["number"])
            if answer and not answer.done():
                answer.set_result(frame)
        await self._process.wait()
        self._has_ended = True
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(WorkerLostError(_LOST))
        self.on_end()


async def _new_process(command: list[str]) -> asyncio.subprocess.Process | ForkedWorker:
    if nursery := os.environ.get(ADDRESS):
        return await ForkedWorker.begin(nursery, command, _CHECKOUT, _LIMIT)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command),
        cwd=_CHECKOUT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LIMIT,
    )
