"""Which log lines of an app reach the log of the host.

The Functions host drops a line that does not name an invocation which it knows to be running. The worker of Python up
to 3.12 (azure-functions-python-worker, azure_functions_worker/dispatcher.py) and the one from 3.13 on (proxy_worker/
dispatcher.py) look for it in different places. A line is kept here only if both would find it, so that an app that logs
rightly here does so on either.
"""

import asyncio
import functools
import logging
import sys
import threading
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

# Lines of the worker itself belong to no invocation.
_OF_THE_WORKER = ("azure.functions", "azure_functions_runtime")


class InvocationTask(asyncio.Task[Any]):
    """A task that belongs to the invocation of the task that began it, as those of both workers."""

    invocation_id: str | None = None

    def __init__(self, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop, **options: Any) -> None:
        super().__init__(coroutine, loop=loop, **options)
        self.invocation_id = getattr(asyncio.current_task(loop), "invocation_id", None)


def create_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> InvocationTask:
    """For `loop.set_task_factory`."""
    return InvocationTask(coroutine, loop, **options)


class RunningInvocations(logging.Filter):
    """The invocations that run, and the filter for the lines that name one of them. To be made on the loop's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._running: set[str] = set()
        self._loop_thread = threading.get_ident()
        self._begun_last: str | None = None
        self._told: set[str] = set()

    @contextmanager
    def begin(self) -> Iterator[str]:
        """An invocation in the present task; gives its id."""
        invocation = str(uuid.uuid4())
        task = asyncio.current_task()
        assert isinstance(task, InvocationTask)  # noqa: S101 - for the type checker
        task.invocation_id = self._begun_last = invocation
        self._running.add(invocation)
        try:
            yield invocation
        finally:
            self._running.discard(invocation)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(_OF_THE_WORKER):
            return True
        of_the_task = _of_the_task()
        older, newer = of_the_task or _of_the_thread(), of_the_task or self._newer()
        if older in self._running and newer in self._running:
            return True
        if record.name not in self._told:
            self._told.add(record.name)
            found = {"up to 3.12": older, "from 3.13 on": newer}
            lost = " and ".join(python for python, invocation in found.items() if invocation not in self._running)
            print(f"A log line of {record.name} is lost with Python {lost}.", file=sys.stderr, flush=True)
        return False

    def _newer(self) -> str | None:
        """What the library tells by its context variable, else what was begun last, on the thread of the loop."""
        of_the_context: str | None = _runtime().invocation_id_cv.get()
        return of_the_context or (self._begun_last if threading.get_ident() == self._loop_thread else None)


def _of_the_task() -> str | None:
    loop = asyncio._get_running_loop()
    return None if loop is None else getattr(asyncio.current_task(loop), "invocation_id", None)


def _of_the_thread() -> str | None:
    """The variable of the thread that a function knows as context.thread_local_storage."""
    return getattr(_runtime().bindings.context._invocation_id_local, "invocation_id", None)


@functools.cache
def _runtime() -> Any:
    """The worker's library; only now: it must see the final environment and sys.path."""
    import azure_functions_runtime.bindings.context

    return azure_functions_runtime
