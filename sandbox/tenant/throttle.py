"""Graph's limit on sub-requests, as a sliding window."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

# What the path of a call holds that counts.
_SCOPES = {"graph": "", "phoneMethods": "/authentication/phoneMethods", "reports": "/reports/"}


@dataclass
class Throttle:
    """At most `limit` sub-requests in any `window_seconds`; the rest is answered 429.

    Members of a $batch count one by one, the outer request does not. `scope` is "graph" (every sub-request) or
    "phoneMethods" or "reports" (only those). Guess: a throttled call uses no quota. `retry_after=None` leaves the
    header out.
    """

    limit: int
    window_seconds: float = 1.0
    retry_after: float | None = None
    scope: str = "graph"
    _served: deque[float] = field(default_factory=deque, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scope not in _SCOPES:
            raise ValueError(f"unknown throttle scope {self.scope!r}")

    def admits(self, path: str) -> bool:
        """True, and the quota is used, when the call may pass."""
        if _SCOPES[self.scope] not in path:
            return True
        now = time.monotonic()
        while self._served and self._served[0] <= now - self.window_seconds:
            self._served.popleft()
        if len(self._served) >= self.limit:
            return False
        self._served.append(now)
        return True


def reports_limit() -> Throttle:
    """Microsoft's own for the reports of authentication methods: "5 requests per 10 seconds" of an app and a tenant."""
    return Throttle(5, 10.0, retry_after=2, scope="reports")
