"""The JSON of a $batch request (page "Combine multiple HTTP requests using JSON batching")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .exchange import Refused
from .journal import WRITE_METHODS

MAX_MEMBERS = 20


@dataclass(frozen=True)
class Member:
    id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    depends_on: tuple[str, ...]


def read_batch(body: bytes) -> list[Member]:
    """The members in their order. Everything that makes the whole batch a 400 is refused here."""
    try:
        document = json.loads(body)
        members = [_member(entry) for entry in document["requests"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _bad("Invalid batch payload format.") from None
    if not members:
        raise _bad("Invalid batch payload format.")
    if len(members) > MAX_MEMBERS:
        raise _bad(f"Number of batch request steps exceeds the maximum value of {MAX_MEMBERS}.")
    seen: set[str] = set()
    for member in members:
        if member.id.lower() in seen:
            raise _bad(f"Request Id {member.id} has to be unique in a batch.")
        if not {name.lower() for name in member.depends_on} <= seen:
            # Guess: a dependency must come earlier in the list.
            raise _bad(f"Request {member.id} depends on a request that is not in the batch before it.")
        seen.add(member.id.lower())
        is_bare = member.body is None or "content-type" not in member.headers
        if member.method in WRITE_METHODS - {"DELETE"} and is_bare:
            # Seen for actions that have no body too (microsoft-graph-docs, issue 6682).
            raise _bad(f"Write request id : {member.id} does not contain Content-Type header or body.")
    return members


def _member(entry: Any) -> Member:
    url = entry["url"]
    if not isinstance(entry["id"], str) or not isinstance(url, str):
        raise TypeError("id and url are strings")
    return Member(
        id=entry["id"],
        method=entry["method"].upper(),
        url=url if url.startswith("/") else f"/{url}",
        headers={name.lower(): value for name, value in entry.get("headers", {}).items()},
        body=entry.get("body"),
        depends_on=tuple(entry.get("dependsOn") or ()),
    )


def _bad(text: str) -> Refused:
    return Refused(400, "BadRequest", text)
