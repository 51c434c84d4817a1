"""Servers that drip or hang, and how long an exchange with them lasts."""

import time

import pytest
from requests.exceptions import Timeout

from shared.microsoft.session import BoundedSession
from tests.unit.wire import HEAD, Line

# Slack for a machine that is busy; without the limit these exchanges would last half a minute at least.
SLACK_S = 15.0
LONG = HEAD + b"Content-Length: 4000\r\n\r\n" + b" " * 4000


def seconds_to_fail(session: BoundedSession, url: str, kind: type[Exception] = Timeout, **options: object) -> float:
    """Which time-out it is depends on how far the exchange came, and that on the machine."""
    began = time.monotonic()
    with pytest.raises(kind):
        session.get(url, **options)  # type: ignore[arg-type]
    return time.monotonic() - began


def drip_all(line: Line) -> None:
    line.request()
    line.drip(LONG, 0.05)


def drip_body(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Content-Length: 4000\r\n\r\n")
    line.drip(b" " * 4000, 0.05)


def drip_chunks(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    line.drip(b"1\r\n \r\n" * 700, 0.02)


def drip_without_length(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Connection: close\r\n\r\n")
    line.drip(b" " * 4000, 0.05)


def hang(line: Line) -> None:
    line.request()
    line.hang()


def hang_in_the_body(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Content-Length: 10\r\n\r\n{")
    line.hang()


TORTURES = [drip_all, drip_body, drip_chunks, drip_without_length, hang, hang_in_the_body]
