"""Finds out whether a limit that was once hit is still there, at the price of about one call in a hundred. Pure.

The rate creeps up from a little below the limit. Where more calls are answered 429 above the limit than below it, the
limit stands, and the rate steps back. Where it is passed by GONE without that, the limit is gone, and the rate doubles
every second until Graph objects again.
"""

import math
from dataclasses import dataclass

# Steps back to this share of the rate that was too much.
BACK_TO = 0.97
# A rate that is this much above the limit, and no 429 for it: there is no such limit any more.
GONE = 1.04
# Where a 429 delays only itself: the rate grows by this much a second, so that the limit is met every few seconds.
CREEP_PER_S = 0.008
CREEP_PER_CALL = 0.0004
# Where a 429 holds everybody: the more slowly, the faster the longer it goes well.
CAREFUL_PER_S = 0.0005
CAREFUL_DOUBLES_S = 15.0


@dataclass(slots=True)
class _Seen:
    calls: int = 0
    throttled: int = 0


class Probe:
    """One climb of the rate, from a step back to the next. `limit` is the rate that was too much last time."""

    def __init__(self, limit: float, *, is_careful: bool) -> None:
        self.limit = limit
        self._is_careful = is_careful
        self._below, self._above = _Seen(), _Seen()

    def growth_per_s(self, rate: float, calm_s: float) -> float:
        """By how much of itself the rate may grow in a second; `calm_s`: since the last 429 that held everybody."""
        if rate >= GONE * self.limit:
            return 1.0
        if self._is_careful:
            # Bounded: after hours of calm the power itself would overflow.
            return min(1.0, CAREFUL_PER_S * 2 ** min(calm_s / CAREFUL_DOUBLES_S, 20))
        return min(CREEP_PER_S, CREEP_PER_CALL * rate)

    def add(self, rate: float, passed: int, throttled: int) -> None:
        seen = self._above if rate >= self.limit * BACK_TO**0.5 else self._below
        seen.calls += passed + throttled
        seen.throttled += throttled

    def has_failed(self) -> bool:
        """Whether more of the calls were refused near and above the limit than below it, by more than chance."""
        expected = self._below.throttled / max(1, self._below.calls) * self._above.calls
        return self._above.throttled > expected + 2 * math.sqrt(expected)
