"""How fast Graph may be asked, learnt from its answers. Pure: the clock is an argument.

Graph's limit for authentication methods is not published and may be a few calls a second. So the pace begins gently
and follows what Graph says. Until the first 429 only the number of calls in flight is bounded: one batch at first,
doubled by every round that used it up and was not throttled. From the first 429 on there is a rate. Batches are spread
evenly over time, time that was lost in between is made good, and no more calls than the rate are sent in any second as
Graph may see it (`recent.py`), or in any longer time where the limit counts over longer:

    an odd 429 (noise.py)     only the call that was refused waits
    any other 429             everybody waits as long as its Retry-After says (without one: back-off with full jitter),
                              then the rate begins a little below what got through in the second before
    another, nothing passed   the limit counts over longer than a second (run.py), unless the last call that passed was
    in between                sent less than a second before, which proves nothing. Until a 429 comes among calls that
                              pass, that is a guess: others may have used the limit up, or Graph is in trouble
    no 429                    creeps up to find out whether the limit is still there (probe.py). Where the rate is
                              little more than a guess, or there was no 429 for long, it doubles every second: one 429
                              among many says little

Calls are counted as Graph counts them: each member of a batch is one.
"""

import math
import random
from collections import deque

from shared.microsoft.graph.noise import LONGEST_ODD_S, Noise
from shared.microsoft.graph.probe import BACK_TO, Probe
from shared.microsoft.graph.recent import Recent, Turn
from shared.microsoft.graph.run import Run

FIRST_WINDOW = 20
MAX_TURNS = 16
MAX_WINDOW = MAX_TURNS * 20
EASE_TO = 0.98
LEAST_RATE = 0.5
LEAST_PAUSE_S = 0.2
# One odd answer (a Retry-After of a day, a clock that is wrong) must not stop the process for so long.
LONGEST_PAUSE_S = 300.0
BACKOFF_BASE_S = 1.0
BACKOFF_CAP_S = 20.0
# Batches shrink to what may be sent in this time, so that they fill a second well and a throttled one costs little.
BATCH_SPAN_S = 0.05
# How much lost time may be made good: a busy processor, or nothing to send for a moment.
CATCH_UP_S = 0.5
MEASURED_S = 1.0
# If its last calls are refused, a whole list waits for them. So the calls of its last second do not test the limit.
LAST_S = 1.0
# What got through in the measured time says something about the limit from here on; fewer 429s than this share do not.
ENOUGH = 20
SPARSE = 0.1
# A rate beyond what one process ever reaches is none.
NO_LIMIT = 20_000
# Where nothing is known of a limit, that many 429s in a turn may still be chance: it takes DOUBTS of such turns, none
# later than DOUBT_S after the one before, until they count as one.
FEW, FEW_SHARE = 2, 0.25
DOUBTS = 3
DOUBT_S = 3.0
# After so long without any 429 a limit is as good as gone: it may have been trouble at Graph, or what others sent.
CALM_S = 30.0

_NEVER = float("-inf")
_UNBOUNDED = float("inf")


class Pace:
    """`ceiling` is a hard limit in calls a second, 0 for none. All times are seconds on one monotonic clock.

    `left`: how many calls the list still has to send.
    """

    def __init__(self, ceiling: int = 0) -> None:
        self._ceiling = float(ceiling) if ceiling else _UNBOUNDED
        self._window = FIRST_WINDOW
        self._max_window = MAX_WINDOW
        self._in_flight = 0
        self._turns = 0
        self._full_at = _NEVER
        self._rate = _UNBOUNDED
        self._is_estimate = False
        self._is_guess = False
        self._learnt = 0.0
        self._crept_at = 0.0
        self._next_at = _NEVER
        self._paused_until = _NEVER
        self._refused_at = _NEVER
        self._throttled_at = _NEVER
        self._strikes = 0
        self._run = Run()
        self._last_run = Run()
        self._passed: deque[tuple[float, int]] = deque()
        self._recent = Recent()
        self._noise = Noise()
        self._probe: Probe | None = None
        self._stepped_at = _NEVER
        self._is_careful = False
        self._is_silent = False
        self._doubts = 0

    def batch_size(self, most: int, now: float, left: float = math.inf) -> int:
        """How many calls to send together."""
        rate = self._bounded_rate(left)
        if rate == _UNBOUNDED:
            return most
        size = max(1, round(rate * BATCH_SPAN_S))
        # Rather a smaller batch now than a second that is not filled; but no crumbs.
        return min(most, size, max(size - size // 2, self._most(rate) - self._recent.count(now)))

    def is_paused(self, now: float) -> bool:
        """Whether Graph has asked to wait until later than now."""
        return now < self._paused_until

    def bound_window(self, calls: int) -> None:
        """From now on at most so many calls in flight."""
        self._max_window = calls
        self._window = min(self._window, calls)

    def wait_s(self, calls: int, now: float, left: float = math.inf) -> float | None:
        """Seconds until so many calls may be sent, 0 for now, None for as soon as something comes back."""
        if now < self._paused_until:
            return self._paused_until - now
        if self._in_flight and (self._in_flight + calls > self._window or self._turns >= MAX_TURNS):
            return None
        rate = self._bounded_rate(left)
        room_in_s = 0.0 if rate == _UNBOUNDED else self._recent.wait_s(calls, self._most(rate), now)
        return max(0.0, self._next_at - now, room_in_s)

    def give(self, calls: int, now: float, left: float = math.inf) -> Turn:
        """Takes the turn that `wait_s` said is there."""
        self._in_flight += calls
        self._turns += 1
        if self._in_flight >= 0.75 * self._window:
            self._full_at = now
        self._creep(now)
        self._next_at = max(self._next_at, now - CATCH_UP_S) + calls / self._bounded_rate(left)
        turn = Turn(now, calls)
        self._recent.sent(turn)
        return turn

    def report(self, turn: Turn, passed: int, throttled: int, retry_after_s: float | None, now: float) -> None:
        """What became of a turn: calls that Graph let through, calls it answered with 429, the longest Retry-After."""
        self._in_flight -= turn.calls
        self._turns -= 1
        self._recent.answered(turn, now)
        is_stale = turn.at <= self._throttled_at
        (self._last_run if is_stale else self._run).add(turn.at, passed)
        self._passed.append((now, passed))
        while self._passed[0][0] < now - self._recent.window_s:
            self._passed.popleft()
        if self._is_estimate and is_stale:
            # Sent before the 429: it may belong to what got through in the second before.
            self._rate = self._learnt = max(self._rate, self._got_through() * BACK_TO)
            if self._probe is not None:
                self._probe.limit = self._rate / BACK_TO
        # Lost, or refused for their own sake: such calls are no reason to go faster.
        self._is_silent = not passed and not throttled
        self._noise.add(passed, throttled)
        if throttled:
            self._refused_at = now
        if self._probe is not None and turn.at > self._stepped_at:
            self._probe.add(self._rate, passed, throttled)
        if throttled and not self._noise.is_odd(retry_after_s):
            self._slow_down(turn, throttled, retry_after_s, is_stale, now)
        elif self._full_at >= turn.at:
            self._window = min(self._window + turn.calls, self._max_window)
        if self._probe is not None and self._probe.has_failed():
            self._step_back(now)

    def _bounded_rate(self, left: float) -> float:
        rate = min(self._ceiling, self._rate)
        if self._probe is not None and left <= rate * LAST_S:
            return min(rate, self._probe.limit * BACK_TO)
        return rate

    def _slow_down(self, turn: Turn, throttled: int, retry_after_s: float | None, is_stale: bool, now: float) -> None:
        is_sparse = throttled <= SPARSE * turn.calls
        is_brief = retry_after_s is not None and retry_after_s <= LONGEST_ODD_S
        if not is_stale:
            self._strikes = 0 if self._run.passed else self._strikes + 1
            if retry_after_s is None:
                cap_s = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2**self._strikes)
                retry_after_s = random.uniform(0, cap_s)  # noqa: S311 - spreads load, guards nothing
            is_few = throttled <= max(FEW, FEW_SHARE * turn.calls)
            is_rare = is_brief and self._noise.share() < SPARSE
            if not (is_rare and self._is_doubtful(is_sparse, is_few, now)):
                self._lower_rate(is_sparse, turn.at, now + retry_after_s)
                self._start_probe(self._rate / BACK_TO, is_careful=not is_brief or self._is_long(), now=now)
            self._throttled_at = now
        self._paused_until = max(
            self._paused_until, now + min(max(retry_after_s or 0.0, LEAST_PAUSE_S), LONGEST_PAUSE_S)
        )
        self._next_at = self._paused_until
        if self._is_long() and not self._strikes:
            self._next_at -= CATCH_UP_S  # during the pause, some of the calls that counted have left the window

    def _is_doubtful(self, is_sparse: bool, is_few: bool, now: float) -> bool:
        """Whether it takes more to tell a limit: a probe that is under way will, and otherwise a few more 429s."""
        if self._probe is not None:
            return is_sparse
        self._doubts = self._doubts + 1 if now - self._throttled_at < DOUBT_S else 0
        if not is_few:
            self._doubts = DOUBTS
        return self._doubts == 0 or (self._is_guess and self._doubts < DOUBTS)

    def _lower_rate(self, is_sparse: bool, refused_at: float, again_at: float) -> None:
        got_through = self._got_through()
        self._is_estimate = self._rate == _UNBOUNDED
        if self._is_estimate:
            self._rate = got_through * BACK_TO
            self._is_guess = is_sparse or got_through < ENOUGH
        elif self._run.passed:
            self._rate = self._rate * EASE_TO if is_sparse else min(self._rate * EASE_TO, got_through * BACK_TO)
            is_as_before = 0.75 * self._learnt <= self._rate <= self._learnt / 0.75
            self._is_guess = got_through < ENOUGH and not is_as_before and not self._is_long()
        elif self._last_run.passed and self._last_run.silence_s(refused_at) >= MEASURED_S:
            limit, self._recent.window_s = self._last_run.limit(refused_at, again_at)
            self._rate, self._is_guess = min(self._rate, limit * BACK_TO), True
        self._rate = self._learnt = max(self._rate, LEAST_RATE)
        if self._run.passed:
            self._last_run = self._run
        self._run = Run()

    def _got_through(self) -> float:
        """Calls a second in the time that ends now and over which the limit counts."""
        return sum(count for _, count in self._passed) / self._recent.window_s

    def _most(self, rate: float) -> int:
        return math.ceil(rate * self._recent.window_s)

    def _is_long(self) -> bool:
        return self._recent.window_s > MEASURED_S

    def _start_probe(self, limit: float, *, is_careful: bool, now: float) -> None:
        self._probe = None if self._is_guess else Probe(limit, is_careful=is_careful)
        self._is_careful, self._stepped_at = is_careful, now

    def _step_back(self, now: float) -> None:
        limit, self._rate = self._rate, max(self._rate * BACK_TO, LEAST_RATE)
        self._start_probe(limit, is_careful=self._is_careful, now=now)

    def _creep(self, now: float) -> None:
        if self._rate != _UNBOUNDED:
            seconds = min(now - self._crept_at, MEASURED_S)
            self._rate *= 1 + seconds * self._growth_per_s(now)
            if self._rate > NO_LIMIT:
                self._rate, self._probe, self._is_guess = _UNBOUNDED, None, False
                self._recent.window_s = 1
        self._crept_at = now

    def _growth_per_s(self, now: float) -> float:
        if self._is_silent:
            return 0.0
        if self._probe is None or now - max(self._refused_at, self._paused_until) >= CALM_S:
            return 1.0
        if self._noise.is_nearly_limit():
            return 0.0  # one more 429 would hold everybody: no time to provoke it
        return self._probe.growth_per_s(self._rate, now - max(self._throttled_at, self._paused_until))
