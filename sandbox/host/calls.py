"""What the host and its worker process say to each other, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class AppLoadError(Exception):
    """The app cannot be served; the text says why, in one line."""


class FunctionFailedError(Exception):
    """A function raised, or returned something that is no HTTP response; the text ends with the stack trace."""


class WorkerLostError(FunctionFailedError):
    """The worker process ended while the function ran."""


@dataclass(frozen=True)
class IndexedFunction:
    """A function as the worker library reports it to the host; `bindings` are its JSON bindings."""

    name: str
    bindings: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class HttpCall:
    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    parameters: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpReply:
    status: int
    headers: Mapping[str, str]
    body: bytes
