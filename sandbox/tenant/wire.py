"""HTTP/1.1 on a socket: read a request, write an answer, spoil it on the way if a fault says so."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from http.client import responses as REASONS
from typing import Protocol

from .exchange import Delivery, Request, Response
from .faults import Part, What

MAX_BODY = 64 * 1024 * 1024
CHUNK = 4096


class BadRequest(Exception):
    """What arrived is not HTTP/1.1 as this server reads it."""


class Stream(Protocol):
    """What a request is read from."""

    def readline(self, size: int = ..., /) -> bytes: ...
    def read(self, size: int = ..., /) -> bytes | None: ...


def read_request(stream: Stream, before_body: Callable[[], None]) -> Request | None:
    """The next request, or None when the other side has closed the connection."""
    line = stream.readline(65_537)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("not an HTTP/1.1 request line")
    headers: dict[str, str] = {}
    while (line := stream.readline(65_537)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest("not a header line")
        headers[name.strip().lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise BadRequest("a body needs a Content-Length here")
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MAX_BODY:
        raise BadRequest("the Content-Length is not a number, or too long")
    length = int(announced)
    if length:
        before_body()
    body = (stream.read(length) or b"") if length else b""
    if len(body) < length:
        return None
    return Request(words[0], headers.get("host", ""), words[1], headers, body)


def wants_to_stay(request: Request) -> bool:
    return request.headers.get("connection", "").lower() != "close"


def encode(response: Response, *, keep: bool) -> tuple[bytes, bytes]:
    """The head and the body."""
    reason, body = REASONS.get(response.status, ""), response.body
    lines = [f"HTTP/1.1 {response.status} {reason}", *(f"{name}: {value}" for name, value in response.headers.items())]
    if response.is_packed and body:
        lines += ["Content-Encoding: gzip", "Vary: Accept-Encoding", "Transfer-Encoding: chunked"]
        body = _in_chunks(gzip.compress(body, 1))
    elif response.status != 204:
        lines.append(f"Content-Length: {len(body)}")
    if not keep:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body


def _in_chunks(body: bytes) -> bytes:
    parts = (body[at : at + CHUNK] for at in range(0, len(body), CHUNK))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


Send = Callable[[bytes], None]


def deliver(send: Send, delivery: Delivery, stopping: threading.Event, *, keep: bool) -> bool:
    """Send the answer; True when the connection can carry another request."""
    response, fault = delivery.response, delivery.fault
    if response is None:
        return False
    head, body = encode(response, keep=keep)
    if fault is not None and fault.what is What.TRUNCATE:
        send(head + body[: len(body) // 2])
        return False
    if fault is not None and fault.what is What.DRIP:
        head_wait = fault.seconds if fault.part in (Part.HEADERS, Part.BOTH) else 0
        body_wait = fault.seconds if fault.part in (Part.BODY, Part.BOTH) else 0
        return _drip(send, head, head_wait, stopping) and _drip(send, body, body_wait, stopping) and keep
    send(head + body)
    return keep


def _drip(send: Send, data: bytes, seconds: float, stopping: threading.Event) -> bool:
    """Send byte by byte; False when the sandbox ends meanwhile."""
    if seconds <= 0:
        send(data)
        return True
    for byte in data:
        if stopping.wait(seconds):
            return False
        send(bytes([byte]))
    return True
