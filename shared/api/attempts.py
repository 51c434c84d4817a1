"""Guesses: how many failed attempts may be made in a minute, by one address and by all. Pure but for its memory.

Each process counts for itself. Only failures are counted and refused; who proves to be a caller never comes here.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0
BY_ONE_ADDRESS = 10
BY_ALL = 100


class Attempts:
    """Thread-safe. Failures beyond the limits are not counted, so no more than `BY_ALL` are ever kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: deque[tuple[float, str]] = deque()

    def wait_s(self, address: str) -> int | None:
        """Seconds until a failure of this address is counted again; None: it would be counted now."""
        with self._lock:
            return self._wait_s(address, self._clock())

    def note_failure(self, address: str) -> int | None:
        """Counts one failure, unless the limits are reached: then as `wait_s`. In one step, for threads at once."""
        with self._lock:
            now = self._clock()
            wait_s = self._wait_s(address, now)
            if wait_s is None:
                self._failures.append((now, address))
            return wait_s

    def _wait_s(self, address: str, now: float) -> int | None:
        while self._failures and self._failures[0][0] <= now - WINDOW_S:
            self._failures.popleft()
        of_all = [at for at, _ in self._failures]
        of_address = [at for at, who in self._failures if who == address]
        # The oldest one has to go before there is room.
        full = [times[0] for times, most in ((of_address, BY_ONE_ADDRESS), (of_all, BY_ALL)) if len(times) >= most]
        return max(1, math.ceil(max(full) + WINDOW_S - now)) if full else None
