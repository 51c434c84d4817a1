"""Fault rules: which calls go wrong, and how.

A `status` or `unreadable` fault hits one call: a single request or one member of a $batch. It hits the outer $batch
request only when its `path` is given and matches "$batch". Every other kind spoils a whole exchange, once, when the
outer request or any member matches; that is also how `after`, `times` and `percent` count.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import unquote

from .directory import User


class What(StrEnum):
    STATUS = "status"  # an error status instead of the work
    UNREADABLE = "unreadable"  # the work is done; JSON, but a text stands where an object should be
    HANG = "hang"  # no answer for `seconds`, then the connection is closed; the work is not done
    CLOSE = "close"  # the connection is closed before the work is done
    LOST = "lost"  # the work is done, then the connection is closed
    DELAY = "delay"  # the right answer, `seconds` late
    DRIP = "drip"  # the right answer, one byte every `seconds`
    TRUNCATE = "truncate"  # the work is done; half of the body arrives, then the connection is closed
    GARBAGE = "garbage"  # the work is done; the body is not JSON


OF_ONE_CALL = (What.STATUS, What.UNREADABLE)
OF_AN_EXCHANGE = tuple(what for what in What if what not in OF_ONE_CALL)


class Part(StrEnum):
    HEADERS = "headers"
    BODY = "body"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Call:
    """What a rule looks at: a single request or one member of a $batch."""

    host: str
    method: str
    path: str
    user: User | None = None
    batched: bool = False

    @property
    def is_batch(self) -> bool:
        return self.path.endswith(("/$batch", "/%24batch"))


@dataclass
class Fault:
    """One rule. A matcher that is None matches everything.

    `path` is a regex, searched in the decoded path and query. The rule lets the first `after` matching calls pass and
    fires at most `times` times; with `percent` it fires at random. `retry_after` (seconds) belongs to a status.
    """

    what: What
    host: str | None = None
    method: str | None = None
    path: str | None = None
    user: str | None = None
    batched: bool | None = None
    times: int | None = None
    after: int = 0
    percent: float | None = None
    status: int = 503
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    retry_after_as_date: bool = False
    seconds: float = 60.0
    part: Part = Part.BOTH
    seen: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.what = What(self.what)
        self.part = Part(self.part)
        if self.host not in (None, "graph", "login", "vault", "identity", "adfs"):
            raise ValueError(f"unknown host kind {self.host!r}")
        self._path = re.compile(self.path) if self.path is not None else None

    def matches(self, call: Call) -> bool:
        if self.host is not None and self.host != call.host:
            return False
        if self.method is not None and self.method.upper() != call.method:
            return False
        if self.batched is not None and self.batched != call.batched:
            return False
        if self.user is not None and (call.user is None or not call.user.is_called(self.user)):
            return False
        if self._path is not None:
            return self._path.search(unquote(call.path)) is not None
        return not (self.what in OF_ONE_CALL and call.is_batch)

    def retry_after_headers(self) -> dict[str, str]:
        if self.retry_after is None:
            return {}
        if self.retry_after_as_date:
            when = datetime.now(UTC) + timedelta(seconds=self.retry_after)
            return {"Retry-After": format_datetime(when, usegmt=True)}
        return {"Retry-After": str(self.retry_after)}


class FaultRules(list[Fault]):
    """The rules in force, first match first. Random rules draw from one generator with a fixed seed. `cleared` is the
    event of the rules in force now: it is set once they are no longer."""

    RANDOM_SEED = 20_261_122

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        super().__init__(rules)
        self._random = random.Random(self.RANDOM_SEED)  # noqa: S311 - repeatable on purpose, nothing secret
        self.cleared = threading.Event()

    def clear(self) -> None:
        """No rule is in force any more, and what a hang or a delay holds goes on."""
        super().clear()
        self._random.seed(self.RANDOM_SEED)
        held, self.cleared = self.cleared, threading.Event()
        held.set()

    def pick_of_call(self, call: Call) -> Fault | None:
        """The fault that hits this one call, if any."""
        return self._pick([call], OF_ONE_CALL)

    def pick_transport(self, calls: list[Call]) -> Fault | None:
        """The fault that spoils the exchange made of these calls, if any."""
        return self._pick(calls, OF_AN_EXCHANGE)

    def _pick(self, calls: list[Call], kinds: tuple[What, ...]) -> Fault | None:
        for fault in self:
            if fault.what not in kinds or not any(map(fault.matches, calls)):
                continue
            fault.seen += 1
            if fault.seen <= fault.after or (fault.times is not None and fault.fired >= fault.times):
                continue
            if fault.percent is not None and self._random.random() * 100 >= fault.percent:
                continue
            fault.fired += 1
            return fault
        return None
