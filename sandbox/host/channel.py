"""Frames between the host and its worker process, over pipes: a head in JSON and raw bytes, which are bodies."""

import asyncio
import json
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

Head = dict[str, Any]
Frame = tuple[Head, bytes]
_LENGTHS = struct.Struct("!IQ")


def parts(head: Head, body: bytes = b"") -> Iterator[bytes]:
    """What to write for a frame."""
    text = json.dumps(head).encode()
    yield _LENGTHS.pack(len(text), len(body)) + text
    yield body


def read(pipe: BinaryIO) -> Frame | None:
    """The next frame; None at the end of the pipe."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = _LENGTHS.unpack(lengths)
    return json.loads(pipe.read(head)), pipe.read(body)


async def read_async(pipe: asyncio.StreamReader) -> Frame | None:
    try:
        head, body = _LENGTHS.unpack(await pipe.readexactly(_LENGTHS.size))
        return json.loads(await pipe.readexactly(head)), await pipe.readexactly(body)
    except asyncio.IncompleteReadError:
        return None
