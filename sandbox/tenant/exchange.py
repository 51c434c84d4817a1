"""One HTTP exchange as plain data: what was asked, what is answered, and how the answer travels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A request as it came off the wire; header names are in lower case."""

    method: str
    host: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path as sent, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Response:
    """`is_packed`: the body travels in gzip and in chunks."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_packed: bool = False


@dataclass(frozen=True)
class Delivery:
    """What the connection does next. No response means: close it without an answer."""

    response: Response | None
    fault: Fault | None = None


class Refused(Exception):
    """A rule of the tenant says no. Services turn it into their own error shape."""

    def __init__(self, status: int, code: str, message: str, **details: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def json_bytes(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, json_bytes(body))
