"""When durable timers fire: on the real clock, or on a virtual one that jumps ahead whenever nothing else runs."""

import asyncio
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.host.durable.history import moment
from sandbox.host.durable.rows import Timer


class Timers:
    """`fire` is called with each timer that is due; `idle` tells whether nothing but timers is left to do.

    On virtual time a timer fires as soon as everything is idle, and the clock then shows at least its time. The clock
    is that of the orchestrators only: code that asks the operating system sees the real time.
    """

    def __init__(
        self, fire: Callable[[Timer], None], idle: Callable[[], bool], *, virtual: bool, ahead: float = 0.0
    ) -> None:
        self._fire = fire
        self._idle = idle
        self._virtual = virtual
        self.ahead = ahead
        self._waiting: list[tuple[datetime, int, Timer]] = []
        self._added = 0
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def add(self, timer: Timer) -> None:
        self._added += 1
        heapq.heappush(self._waiting, (moment(timer.fire_at), self._added, timer))
        self._changed.set()

    def remove(self, instance: str, tasks: set[int] | None = None) -> None:
        """Forget timers of an instance: some, or all."""
        self._waiting = [
            entry
            for entry in self._waiting
            if entry[2].instance != instance or (tasks is not None and entry[2].task not in tasks)
        ]
        heapq.heapify(self._waiting)

    def something_ended(self) -> None:
        """Look again whether everything is idle."""
        if self._virtual:
            self._changed.set()

    async def run(self) -> None:
        while True:
            self._changed.clear()
            if self._virtual and self._waiting and self._idle():
                self.ahead += max(0.0, (self._waiting[0][0] - self.now()).total_seconds() + 0.001)
            wait = (self._waiting[0][0] - self.now()).total_seconds() if self._waiting else None
            if wait is not None and wait <= 0:
                self._fire(heapq.heappop(self._waiting)[2])
                continue
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue
