"""The log: each line is one JSON object with a readable `message` first.

The host takes nothing but level and text from a Python worker, so what is to be searched for has to be in the text.
`docs/operations.md` lists kinds and fields. Ids of the request and the job live in a context variable, so that a module
deep down needs no parameter for them; work handed to another thread takes them along by `contextvars.copy_context()`.

What may be logged: object ids, counts, codes, durations, names of callers, masked values. Never a number, a body, a
header value or a secret; the name of a user only with LOG_USER_NAMES.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# Called on the thread that logs, before each line: tells the Functions worker which invocation the line belongs to.
claim: ContextVar[Callable[[], None]] = ContextVar("claim", default=lambda: None)
_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - it is never changed
_throttled: ContextVar["Throttled | None"] = ContextVar("throttled", default=None)

# Application Insights cuts a line off at 32,768 characters, and what is cut off is no JSON.
_LONGEST = 8000
# As json.dumps, which looks for each line how it was called, and whether a field holds itself.
_as_json = json.JSONEncoder(check_circular=False).encode
# What a library says of a fault may repeat what it was given.
_NUMBER = re.compile(r"\d(?:[\s().\-/]*\d){4,}")
_NAME = re.compile(r"[^\s'\"=(]{1,113}@[^\s'\")]+")
# At INFO and DEBUG these write headers and URLs, which hold user ids and names; urllib3 at WARNING too.
_CHATTY = ("azure", "requests")
# MSAL logs an answer that it cannot read, whole: a spoilt token answer would stand there. We report both ourselves.
_MUTE = ("msal", "azure.identity", "urllib3")


def claim_for(context: Any) -> None:
    """From now on lines of this task and of threads that it starts belong to the invocation of `context`.

    The host drops a line without the id of an invocation. Up to Python 3.12 the worker looks for it in this variable of
    the thread that logs, from 3.13 on in one of the context, which it sets for functions that are no coroutines.
    """

    def claim_line() -> None:
        context.thread_local_storage.invocation_id = context.invocation_id
        variable = getattr(sys.modules.get("azure_functions_runtime"), "invocation_id_cv", None)
        if variable is not None:
            variable.set(context.invocation_id)

    claim_line()
    claim.set(claim_line)


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Lines of the block say what they are about: `correlationId`, `callerCorrelationId`, `jobId`."""
    token = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(token)


def correlation_id() -> str:
    """Of the request, or the id of a job whose request is not known."""
    ids = _ids.get()
    return ids.get("correlationId") or ids.get("jobId") or "-"


class Throttled:
    """How often Graph has said 429 to a request or an activity, on whichever threads."""

    def __init__(self) -> None:
        self._lock, self.times = threading.Lock(), 0

    def add(self, times: int) -> None:
        with self._lock:
            self.times += times


@contextmanager
def counting_throttled() -> Iterator[Throttled]:
    """Counts for the block."""
    count = Throttled()
    token = _throttled.set(count)
    try:
        yield count
    finally:
        _throttled.reset(token)


def add_throttled(times: int) -> None:
    count = _throttled.get()
    if count is not None:
        count.add(times)


class Log:
    """Writes lines under one logger. Of fields those that are None or empty are left out."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def event(self, event: str, message: str, level: int = logging.INFO, /, **fields: object) -> None:
        """A line of a kind that docs/operations.md describes."""
        self._write(level, message, {"event": event}, fields)

    def info(self, text: str, *values: object) -> None:
        self._write(logging.INFO, _text(text, values), {}, {})

    def warning(self, text: str, *values: object) -> None:
        self._write(logging.WARNING, _text(text, values), {}, {})

    def error(self, text: str, *values: object) -> None:
        self._write(logging.ERROR, _text(text, values), {}, {})

    def exception(self, text: str, fault: BaseException) -> None:
        """An unforeseen fault, with where it came up; without the numbers and names that its text may hold."""
        told = "".join(traceback.format_exception(fault))[-2 * _LONGEST :]
        told = _NAME.sub("***", _NUMBER.sub("***", told))
        self._write(logging.ERROR, text, {}, {"exception": told[-_LONGEST:]})

    def _write(self, level: int, message: str, kind: Mapping[str, str], fields: Mapping[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            claim.get()()
            line = {"message": message[:_LONGEST], **kind, **_ids.get(), **fields}
            told = {name: value for name, value in line.items() if value is not None and value != ""}
            # Without what `log` would find out for each line: the file and line of this module.
            self._logger.handle(self._logger.makeRecord(self._logger.name, level, "", 0, _as_json(told), (), None))


def _text(text: str, values: tuple[object, ...]) -> str:
    return text % values if values else text


def get_logger(name: str) -> Log:
    return Log(name)


def quieten_libraries() -> None:
    """Keep the libraries' own lines away, whatever level the host is set to."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
