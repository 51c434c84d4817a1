"""Which calls Graph may still count, as far as that can be known from here. Pure.

Graph counts a call at some moment between sending and answer, and it may look at any second, whenever that begins. So a
call is held to count for a second after it was sent, and longer by what its answer took longer than the fastest of the
others: it may have been on the way for that time. Where the limit counts over longer than a second, so does this.
"""

from collections import deque
from dataclasses import dataclass

# A hundredth more, for clocks and timers.
MARGIN = 1.01
# An answer that takes longer than this beyond the others is slow work in Graph rather than a late arrival there.
LATEST_S = 0.2


@dataclass(frozen=True, slots=True)
class Turn:
    """Permission for `calls` calls, given at `at`."""

    at: float
    calls: int


@dataclass(slots=True)
class _Sent:
    turn: Turn
    took_s: float | None = None


class Recent:
    """All times are seconds on one monotonic clock. `window_s`: over how long Graph counts."""

    def __init__(self) -> None:
        self.window_s = 1
        self._sent: deque[_Sent] = deque()
        self._calls = 0

    def sent(self, turn: Turn) -> None:
        while self._sent and self._sent[0].turn.at + self._counts_s() + LATEST_S <= turn.at:
            self._calls -= self._sent.popleft().turn.calls
        self._sent.append(_Sent(turn))
        self._calls += turn.calls

    def answered(self, turn: Turn, now: float) -> None:
        for sent in self._sent:
            if sent.turn is turn:
                sent.took_s = now - turn.at
                return

    def count(self, now: float) -> int:
        """How many calls may still count."""
        return sum(calls for until, calls in self._counting(now) if until > now)

    def wait_s(self, calls: int, most: int, now: float) -> float:
        """Seconds until with so many more at most `most` count, or until no others do; as far as is known now."""
        if self._calls + calls <= most:
            return 0.0
        count, free_at = self._calls, now
        for until, leaving in sorted(self._counting(now)):
            if until > now and count + calls <= most:
                break
            count, free_at = count - leaving, max(now, until)
        return free_at - now

    def _counting(self, now: float) -> list[tuple[float, int]]:
        """Until when the calls of each turn may count, and how many they are."""
        fastest_s = min([sent.took_s for sent in self._sent if sent.took_s is not None], default=LATEST_S)
        counts_s = self._counts_s()
        found = []
        for sent in self._sent:
            late_s = (now - sent.turn.at if sent.took_s is None else sent.took_s) - fastest_s
            late_s = 0.0 if late_s < 0.0 else LATEST_S if late_s > LATEST_S else late_s
            found.append((sent.turn.at + counts_s + late_s, sent.turn.calls))
        return found

    def _counts_s(self) -> float:
        return self.window_s * MARGIN
