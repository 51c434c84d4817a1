"""Hands out turns at the pace of `pace.py` to all threads of the process, whichever request they work for.

Senders of few calls and senders of many take turns, so that a single user does not wait for sixteen lists.
"""

import math
import threading
import time

from shared.deadline import Deadline
from shared.log import get_logger
from shared.microsoft.graph.pace import LONGEST_PAUSE_S, Pace
from shared.microsoft.graph.recent import Turn

# How long to wait at most before looking again, when only an answer can make room.
LOOK_AGAIN_S = 1.0

_log = get_logger(__name__)


class Pacer:
    """`least_s`: no turn is given with less time than that left."""

    def __init__(self, pace: Pace, least_s: float) -> None:
        self._pace = pace
        self._least_s = least_s
        self._changed = threading.Condition()
        self._waiting = {True: 0, False: 0}
        self._brief_was_last = False

    def admit(self, most: int, deadline: Deadline, *, left: float = math.inf, brief: bool = False) -> Turn | None:
        """Waits for a turn of at most so many calls; None when it would come too late. Each turn has to be reported.

        `left`: how many calls are still to be sent. `brief`: few were to be sent in all.
        """
        with self._changed:
            self._waiting[brief] += 1
            try:
                return self._admit(most, deadline, left, brief)
            finally:
                self._waiting[brief] -= 1
                self._changed.notify_all()

    def _admit(self, most: int, deadline: Deadline, left: float, brief: bool) -> Turn | None:
        while True:
            now = time.monotonic()
            calls = self._pace.batch_size(most, now, left)
            wait_s = self._pace.wait_s(calls, now, left)
            if (wait_s or 0.0) + self._least_s > deadline.remaining():
                return None
            if wait_s == 0.0 and (brief is not self._brief_was_last or not self._waiting[not brief]):
                self._brief_was_last = brief
                return self._pace.give(calls, now, left)
            self._changed.wait(wait_s or LOOK_AGAIN_S)

    def report(self, turn: Turn, passed: int, throttled: int, retry_after_s: float | None) -> None:
        """What became of a turn; see Pace.report."""
        if (retry_after_s or 0.0) > LONGEST_PAUSE_S:
            _log.warning("Graph asks to wait %d s; it is asked again after %d s", retry_after_s, LONGEST_PAUSE_S)
        with self._changed:
            self._pace.report(turn, passed, throttled, retry_after_s, time.monotonic())
            self._changed.notify_all()

    def is_paused(self) -> bool:
        """Whether everybody waits because Graph said so."""
        with self._changed:
            return self._pace.is_paused(time.monotonic())

    def bound_window(self, calls: int) -> None:
        """From now on at most so many calls in flight."""
        with self._changed:
            self._pace.bound_window(calls)
