"""How the list of a job lies in one blob, so that one chunk can be read without the others. Pure.

16 digits for each chunk and the end: where it begins
the chunks: JSON lists of [userPrincipalName, id], with the names that the caller used and nobody uses, if any, behind
"""

import json
from collections.abc import Mapping, Sequence

from shared.core.models import Target

# Batches fill and a list of 12,000 is 60 activities.
USERS_IN_A_CHUNK = 200
_DIGITS = 16


def count_chunks(users: int) -> int:
    return -(-users // USERS_IN_A_CHUNK)


def pack(targets: Sequence[Target], ignored: Mapping[Target, tuple[str, ...]]) -> bytes:
    """The blob for a list."""
    parts = [
        json.dumps(
            [
                [target.upn, target.id, *((ignored[target],) if target in ignored else ())]
                for target in targets[begin : begin + USERS_IN_A_CHUNK]
            ]
        ).encode()
        for begin in range(0, len(targets), USERS_IN_A_CHUNK)
    ]
    places = [(len(parts) + 1) * _DIGITS]
    for part in parts:
        places.append(places[-1] + len(part))
    return "".join(f"{place:0{_DIGITS}d}" for place in places).encode() + b"".join(parts)


def place_of(chunk: int) -> tuple[int, int]:
    """Offset and length of the bytes that `span` reads."""
    return chunk * _DIGITS, 2 * _DIGITS


def span(head: bytes) -> tuple[int, int]:
    """Offset and length of a chunk, from the bytes at `place_of` it."""
    begin, end = int(head[:_DIGITS]), int(head[_DIGITS:])
    return begin, end - begin


def unpack(part: bytes) -> dict[Target, tuple[str, ...]]:
    """The users of a chunk in order, with the ignored names of each."""
    return {Target(upn, user_id): tuple(*ignored) for upn, user_id, *ignored in json.loads(part)}
