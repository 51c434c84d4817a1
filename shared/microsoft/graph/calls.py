"""A call to Graph and what came of it, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Call:
    """`path` begins behind the version and is percent-encoded, query included. `alone`: not in a batch with others.

    `is_eventual`: asked of the index, as advanced queries have to be; `alone` only.
    """

    method: str
    path: str
    body: Mapping[str, str] | None = field(default=None, repr=False)
    alone: bool = False
    is_eventual: bool = False

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def kind(self) -> str:
        """What a batch may or may not carry: the method and the collection, whoever the user is."""
        return f"{self.method} {'phoneMethods' if '/authentication/' in self.path else self.path.split('/')[1][:6]}"


class Fate(StrEnum):
    ANSWERED = "answered"
    LOST = "lost"  # sent, and no complete answer came
    NOT_SENT = "not sent"  # no time was left
    HELD_BACK = "held back"  # Graph has asked everybody to wait, for longer than there was time
    NO_TOKEN = "no token"  # noqa: S105 - the token could not be renewed


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `status` is 0 unless the fate is ANSWERED. `body` is the JSON object, else empty.

    `claims`: what Graph wants the token to satisfy. `error`: why there was no token, or none that Graph accepts: a
    trouble of every call. `of_batch`: another member may be the cause. The batch failed as a whole, has no
    answer of this call's own, or says that this call failed with another one.
    """

    fate: Fate
    status: int = 0
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    retry_after_s: float | None = None
    request_id: str = ""
    detail: str = ""
    claims: str | None = None
    error: ServiceError | None = None
    of_batch: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_throttled(self) -> bool:
        return self.status == 429

    @property
    def has_no_verdict(self) -> bool:
        """The service may or may not have done what it was asked for, or says that what is in its way will pass."""
        return self.fate is Fate.LOST or self.status in (408, 423) or (self.status >= 500 and self.status != 501)

    @property
    def may_pass(self) -> bool:
        """Whether a read may fare better the next time, or in other company."""
        return self.has_no_verdict or (self.of_batch and self.status == 424)
