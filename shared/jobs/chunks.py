"""How the list of a job lies in one blob, so that one chunk can be read without the others. Pure.

16 digits for each chunk and the end: where it begins
the chunks: JSON lists of [userPrincipalName, id], followed by the names of ignored properties, if any

A user whom the job itself has listed has a third member: id, tags by method, and what the directory says of the user.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.core.listed import ListedUser
from shared.core.models import Method, Target

# Batches fill and a list of 12,000 is 60 activities.
USERS_IN_A_CHUNK = 200
_DIGITS = 16


def count_chunks(users: int) -> int:
    return -(-users // USERS_IN_A_CHUNK)


def pack(targets: Sequence[Target], ignored: Mapping[Target, tuple[str, ...]]) -> bytes:
    """The blob for a list."""
    return _packed([[target.upn, target.id, *((ignored[target],) if target in ignored else ())] for target in targets])


def pack_listed(users: Sequence[tuple[str, ListedUser]]) -> bytes:
    """The same of users whom the job has listed, each with the userPrincipalName."""
    return _packed([[upn, None, facts(user)] for upn, user in users])


def facts(user: ListedUser) -> dict[str, Any]:
    """For JSON."""
    return {"id": user.id, "tags": user.tags, "synced": user.synced, "restricted": user.restricted}


def listed_user(stored: Mapping[str, Any]) -> ListedUser:
    tags = {Method(method): tag for method, tag in stored["tags"].items()}
    return ListedUser(stored["id"], tags, stored["synced"], stored["restricted"])


def _packed(entries: Sequence[Sequence[object]]) -> bytes:
    parts = [
        json.dumps(entries[begin : begin + USERS_IN_A_CHUNK]).encode()
        for begin in range(0, len(entries), USERS_IN_A_CHUNK)
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
    return {
        Target(upn, user_id): () if isinstance(beside, dict) else tuple(beside)
        for upn, user_id, beside in _entries(part)
    }


def unpack_listed(part: bytes) -> dict[Target, ListedUser]:
    """The users of a chunk whom the job has listed."""
    return {
        Target(upn, user_id): listed_user(beside) for upn, user_id, beside in _entries(part) if isinstance(beside, dict)
    }


def _entries(part: bytes) -> Iterator[tuple[str | None, str | None, Any]]:
    return ((upn, user_id, beside[0] if beside else ()) for upn, user_id, *beside in json.loads(part))
