"""`python -m sandbox.host.worker_process APP_DIR`: the process that runs the code of the app, begun by the host.

Frames come in on standard input and go out on what was standard output; whatever the app prints goes to the log. First
goes out what the app holds, or why it does not load; then one answer for each call.
"""

import asyncio
import dataclasses
import logging
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from sandbox.host import channel
from sandbox.host.calls import AppLoadError, FunctionFailedError, HttpCall
from sandbox.host.library import Library
from sandbox.host.log_lines import RunningInvocations, create_task
from sandbox.host.sentences import Sentences

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_DEBUG_SWITCH = "PYTHON_ENABLE_DEBUG_LOGGING"  # Microsoft Learn, "App settings reference for Azure Functions"


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    # Ctrl-C reaches this process too; when to end is for the host to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app_dir = Path(sys.argv[1])
    os.chdir(app_dir)
    asyncio.run(_serve(app_dir, answers))
    sys.stderr.flush()
    # Python would wait for the threads of the app, which may sit in a remote call for minutes.
    os._exit(0)


async def _serve(app_dir: Path, answers: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(create_task)
    invocations = RunningInvocations()
    _log(invocations)
    library = Library(app_dir, invocations)
    try:
        functions = await library.start()
    except AppLoadError as error:
        _write(answers, ({"error": str(error)}, b""))
        return
    _write(answers, ({"functions": [dataclasses.asdict(function) for function in functions]}, b""))
    outgoing: queue.SimpleQueue[channel.Frame] = queue.SimpleQueue()
    threading.Thread(target=_write_all, args=(answers, outgoing), daemon=True).start()

    async def answer(head: channel.Head, body: bytes) -> None:
        outgoing.put(await _answer(library, head, body))

    def read() -> None:
        while frame := channel.read(sys.stdin.buffer):
            loop.call_soon_threadsafe(loop.create_task, answer(*frame))
        loop.call_soon_threadsafe(ended.set)

    ended = asyncio.Event()
    threading.Thread(target=read, daemon=True).start()
    await ended.wait()


def _log(invocations: RunningInvocations) -> None:
    debug = os.environ.get(_DEBUG_SWITCH, "").strip().lower() in ("1", "true", "t", "yes", "y")
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if debug else logging.INFO,
        format=_LINE,
    )
    handler = logging.getLogger().handlers[0]
    handler.addFilter(invocations)
    if sys.stderr.isatty():
        handler.setFormatter(Sentences(_LINE))
    if not debug:
        # The worker library: it logs two lines a request, and repeats the errors that the host reports itself.
        logging.getLogger("azure.functions").setLevel(logging.CRITICAL)


async def _answer(library: Library, head: channel.Head, body: bytes) -> channel.Frame:
    number, function, trigger = head["number"], head["function"], head["trigger"]
    library.durable_client = head["client"]
    try:
        if "http" not in head:
            return {"number": number}, (await library.call_durable(function, trigger, body.decode())).encode()
        reply = await library.call_http(function, trigger, HttpCall(**head["http"], body=body))
        return {"number": number, "status": reply.status, "headers": dict(reply.headers)}, reply.body
    except FunctionFailedError as error:
        return {"number": number, "failed": str(error)}, b""


def _write_all(answers: BinaryIO, outgoing: "queue.SimpleQueue[channel.Frame]") -> None:
    while True:
        _write(answers, outgoing.get())


def _write(answers: BinaryIO, frame: channel.Frame) -> None:
    for part in channel.parts(*frame):
        answers.write(part)
    answers.flush()


if __name__ == "__main__":
    main()
