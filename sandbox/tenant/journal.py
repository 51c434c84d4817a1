"""What the tenant remembers of the requests it saw. Never a token, never a secret."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

WRITE_METHODS = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass
class Record:
    """One request, noted when it arrives. `status` stays None when the work was not done and nothing was answered;
    `settled_at` is the moment at which it was settled.

    `body` holds the JSON of a Graph write. A member of a $batch names the outer request's id in `batch`.
    """

    host: str
    method: str
    path: str
    request_id: str
    status: int | None = None
    principal: str | None = None
    client_request_id: str | None = None
    batch: str | None = None
    fault: str | None = None
    user: str | None = None
    target: str | None = None
    body: Any = None
    settled_at: float | None = None

    def settle(self, status: int) -> None:
        self.status = status
        self.settled_at = time.time()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Write(NamedTuple):
    """A Graph write: who it was for, which method, the number or e-mail address sent.

    `target` is a phoneType, "mobile/enableSmsSignIn" and the like, "email", "microsoftAuthenticator/{id}" and the like,
    else the id that was asked for.
    """

    method: str
    user: str | None
    target: str | None
    phone_number: str | None
    status: int | None


def write_of(record: Record) -> Write | None:
    """The write that a record stands for; None for a read, an outer $batch and other hosts."""
    if record.host != "graph" or record.method not in WRITE_METHODS or record.path.endswith(("/$batch", "/%24batch")):
        return None
    sent = record.body if isinstance(record.body, dict) else {}
    return Write(
        record.method, record.user, record.target, sent.get("phoneNumber", sent.get("emailAddress")), record.status
    )
