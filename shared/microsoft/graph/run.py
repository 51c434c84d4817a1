"""What got through from one 429 to the next, and what it says of a limit that counts over longer than a second. Pure.

Microsoft states each of its limits over whole seconds ("Microsoft Graph service-specific throttling limits": 1, 10, 150
and more). A call that is refused long after the last one that passed shows over how many seconds the limit counts.
"""

import math
from collections import deque

# Limits over longer than this are kept by the rate alone.
LONGEST_WINDOW_S = 10

_NEVER = float("-inf")


class Run:
    """All times are those of sending, in seconds on one monotonic clock."""

    def __init__(self) -> None:
        self.passed = 0
        self._began_at = math.inf
        self._ended_at = _NEVER
        self._last: deque[tuple[float, int]] = deque()

    def add(self, at: float, passed: int) -> None:
        """Of the calls sent at `at`, so many passed."""
        if not passed:
            return
        self.passed += passed
        self._began_at = min(self._began_at, at)
        self._ended_at = max(self._ended_at, at)
        self._last.append((at, passed))
        while self._last[0][0] < self._ended_at - LONGEST_WINDOW_S:
            self._last.popleft()

    def silence_s(self, now: float) -> float:
        """Seconds since a call was sent that passed."""
        return now - self._ended_at

    def limit(self, refused_at: float, again_at: float) -> tuple[float, int]:
        """The limit in calls a second, and the seconds over which it counts. Something must have passed.

        Calls that passed are held to count still at `refused_at` and no longer at `again_at`. It is not known which of
        them used up the limit: all of the run, or those of some time at its end. The highest rate is taken, so that an
        hour of quiet at the beginning of the run does not look like a limit of nearly nothing.
        """
        most = _used_up(self.passed, self._began_at, refused_at, again_at)
        passed = 0
        for at, more in sorted(self._last, reverse=True):
            passed += more
            most = max(most, _used_up(passed, at, refused_at, again_at))
        return most


def _used_up(passed: int, since: float, refused_at: float, again_at: float) -> tuple[float, int]:
    window_s = math.floor(refused_at - since) + 1
    return passed / min(window_s, again_at - since), min(window_s, LONGEST_WINDOW_S)
