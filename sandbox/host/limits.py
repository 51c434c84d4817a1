"""What Kestrel, the web server inside the Functions host, takes of a request before a function sees it.

Sources: Microsoft Learn, "KestrelServerLimits Class" (the numbers) and "App settings reference for Azure Functions",
FUNCTIONS_REQUEST_BODY_SIZE_LIMIT; the statuses were seen on the host 4.1037.
"""

import asyncio
import contextlib
import os
from typing import Any

from aiohttp import web

MAX_BODY_BYTES = 104_857_600
_MAX_LINE_BYTES = 8 * 1024
_MAX_HEADERS = 100
_MAX_HEADERS_BYTES = 32 * 1024
# MinRequestBodyDataRate: so many bytes a second on average, looked at every second once the grace is over.
_LEAST_RATE, _GRACE_S = 240.0, 5.0
# More than the limits above, so that it is them that refuse and not the parser of aiohttp.
PARSER_LIMITS: dict[str, Any] = {"max_line_size": 1 << 20, "max_field_size": 1 << 20, "max_headers": 10_000}


class Refused(Exception):
    """The host answers by itself, with nothing in the body."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def max_body_bytes() -> int:
    """Of this process: its app settings are its environment."""
    return int(os.environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or MAX_BODY_BYTES)


def check_head(request: web.BaseRequest) -> None:
    """Raises Refused for a request line or headers that are too long, and for a null character in the path."""
    target, headers = request.raw_path.encode(errors="surrogateescape"), request.raw_headers
    if len(request.method) + len(target) + len("  HTTP/1.1\r\n") > _MAX_LINE_BYTES:
        raise Refused(414)
    size = sum(len(name) + len(value) + len(": \r\n") for name, value in headers)
    if len(headers) > _MAX_HEADERS or size > _MAX_HEADERS_BYTES:
        raise Refused(431)
    if b"%00" in target.partition(b"?")[0]:
        raise Refused(400)


async def read_body(request: web.BaseRequest, max_bytes: int) -> bytes:
    """What a function gets as the body. Raises Refused for one that is too long, or that stops arriving.

    A chunked body does not reach a worker outside the process (azure-functions-host, issue 7930): it is empty.
    """
    if request.content_length is None:
        return b""
    if request.content_length > max_bytes:
        raise Refused(500)
    parts: list[bytes] = []
    size, loop = 0, asyncio.get_running_loop()
    began = loop.time()
    while not request.content.at_eof():
        part = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                part = await request.content.readany()
        parts.append(part)
        size += len(part)
        seconds = loop.time() - began
        if seconds > _GRACE_S and size < min(_LEAST_RATE * seconds, request.content_length):
            raise Refused(500)
    return b"".join(parts)
