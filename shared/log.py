"""Logging with the correlation id on every line.

The id lives in a context variable, so that a module deep down needs no parameter for it; work handed to another
thread takes it along by `contextvars.copy_context()`. What may be logged: object ids, counts, codes, durations. Never a
number, a body, a header value or a secret; a userPrincipalName at DEBUG only.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")
# Of the request that a job comes from; `correlation_id` is the job's own id then.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# Called on the thread that logs, before each line: tells the Functions worker which invocation the line belongs to.
claim: ContextVar[Callable[[], None]] = ContextVar("claim", default=lambda: None)

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


class _WithCorrelationId(logging.LoggerAdapter[logging.Logger]):
    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        claim.get()()
        request = request_id.get()
        origin = f" of {request}" if request else ""
        return f"[{correlation_id.get()}{origin}] {msg}", kwargs


def get_logger(name: str) -> logging.LoggerAdapter[logging.Logger]:
    """A logger whose lines start with the correlation id of the request being served."""
    return _WithCorrelationId(logging.getLogger(name))


def log_object(name: str, message: str, facts: Mapping[str, object]) -> None:
    """A line that is one JSON object, `message` first, for whoever searches the log by what stands in it."""
    logger = logging.getLogger(name)
    if logger.isEnabledFor(logging.INFO):
        claim.get()()
        logger.info("%s", json.dumps({"message": message, **facts}))


def quieten_libraries() -> None:
    """Keep the libraries' own lines away, whatever level the host is set to."""
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
