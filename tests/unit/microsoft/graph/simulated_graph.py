"""A simulated Graph in virtual time: a sliding-window limiter, a fixed latency, no real clock."""

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.microsoft.graph.pace import (
    Pace,
)
from shared.microsoft.graph.recent import Turn

LATENCY_S = 0.08


@dataclass
class Limiter:
    """Lets `limit(now)` calls through in any `window_s`; the others are answered 429 and do not count.

    `odd`: the share of calls that are answered 429 for no reason.
    """

    limit: Callable[[float], int]
    window_s: float = 1.0
    retry_after_s: float | None = 1.0
    odd: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - a simulation
    passed: deque[float] = field(default_factory=deque)

    def take(self, calls: int, now: float) -> tuple[int, int]:
        while self.passed and self.passed[0] <= now - self.window_s:
            self.passed.popleft()
        meant = calls - sum(self.dice.random() < self.odd for _ in range(calls))
        through = max(0, min(meant, self.limit(now) - len(self.passed)))
        self.passed.extend([now] * through)
        return through, calls - through


@dataclass
class Outcome:
    seconds: float
    calls: int
    throttled: list[tuple[float, int]]
    through: list[tuple[float, int]]

    @property
    def share_throttled(self) -> float:
        refused = sum(count for _, count in self.throttled)
        return refused / (refused + self.calls)

    def between(self, events: list[tuple[float, int]], begin: float, end: float) -> int:
        return sum(count for at, count in events if begin <= at < end)


def simulate(
    pace: Pace,
    limiter: Limiter,
    calls: int,
    late_s: Callable[[int], float] = lambda _number: 0.0,
    busy: tuple[float, float] = (0.0, 0.0),
    begin: float = 0.0,
) -> Outcome:
    """Sends as many calls as fast as the pace allows, those answered 429 again after their wait, until all have passed.

    `late_s`: how late each batch, by its number, reaches Graph. `busy`: from when until when nothing is sent.
    """
    now, todo = begin, calls
    later: list[float] = []
    arrivals: list[tuple[float, int, Turn]] = []
    answers: list[tuple[float, int, Turn, int, int]] = []
    outcome = Outcome(0.0, calls, [], [])
    batches = 0
    while todo or later or arrivals or answers:
        while later and later[0] <= now:
            heapq.heappop(later)
            todo += 1
        ready_at = busy[1] if busy[0] <= now < busy[1] else now
        wait_s = pace.wait_s(size := pace.batch_size(min(todo, 20), now, todo), now, todo) if todo else None
        if ready_at == now and wait_s == 0.0:
            turn = pace.give(size, now, todo)
            todo -= size
            batches += 1
            heapq.heappush(arrivals, (now + LATENCY_S / 2 + late_s(batches), batches, turn))
            continue
        arrival = arrivals[0][0] if arrivals else float("inf")
        back = answers[0][0] if answers else float("inf")
        turn_at = max(now + wait_s, ready_at) if wait_s is not None else float("inf")
        now = min(arrival, back, turn_at, later[0] if later else float("inf"))
        if arrival == now:
            _, number, turn = heapq.heappop(arrivals)
            heapq.heappush(answers, (now + LATENCY_S / 2, number, turn, *limiter.take(turn.calls, now)))
        elif back == now:  # else somebody's wait is over
            _, _, turn, passed, refused = heapq.heappop(answers)
            pace.report(turn, passed, refused, limiter.retry_after_s if refused else None, now)
            for _ in range(refused):
                heapq.heappush(later, now + (limiter.retry_after_s or 0.0))
            outcome.through.append((now, passed))
            outcome.throttled.append((now, refused))
    outcome.seconds = now
    return outcome


def constant(limit: int) -> Callable[[float], int]:
    return lambda _now: limit
