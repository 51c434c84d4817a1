"""Tells odd 429s from a limit, by how many of the last calls were answered 429. Pure.

Now and then Graph answers a few calls with 429 although nobody is near a limit. To hold everybody for each would
make a long list crawl; so these delay nobody but the call that was refused.
"""

from collections import deque

LAST_CALLS = 200
# That many of the last calls answered 429 are a limit, whatever its rate is.
LIMIT_SHARE = 0.05
# An odd 429 is over in a moment: whoever asks for a longer wait means it.
LONGEST_ODD_S = 1.0


class Noise:
    """What became of the last LAST_CALLS calls."""

    def __init__(self) -> None:
        self._reports: deque[tuple[int, int]] = deque()
        self._calls = 0
        self._throttled = 0

    def add(self, passed: int, throttled: int) -> None:
        if not passed and not throttled:
            return
        self._reports.append((passed + throttled, throttled))
        self._calls += passed + throttled
        self._throttled += throttled
        while self._calls - self._reports[0][0] >= LAST_CALLS:
            calls, refused = self._reports.popleft()
            self._calls -= calls
            self._throttled -= refused

    def share(self) -> float:
        """Of the last calls, those answered 429. Before there were enough, the missing ones count as passed."""
        return self._throttled / max(self._calls, LAST_CALLS)

    def is_nearly_limit(self) -> bool:
        """Whether one more 429 would be a limit."""
        return self.share() + 1 / LAST_CALLS >= LIMIT_SHARE

    def is_odd(self, retry_after_s: float | None) -> bool:
        """Whether a 429 that was just added is one of a few, and over in a moment."""
        return self.share() < LIMIT_SHARE and retry_after_s is not None and retry_after_s <= LONGEST_ODD_S
