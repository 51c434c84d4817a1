"""Runs activities, a bounded number at a time, and records their results.

Each is a message of a queue, as in Azure Storage: while it runs it is hidden, and that is renewed in good time. What
was running on a machine that was lost becomes visible again when its time is over, and runs again then.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sandbox.host.calls import FunctionFailedError
from sandbox.host.durable.counters import Counters
from sandbox.host.durable.history import Event, EventType
from sandbox.host.durable.rows import Activity
from sandbox.host.durable.store import Store
from sandbox.host.durable.switches import Switches
from sandbox.host.durable.timers import Timers

Invoke = Callable[[str, str | None], Awaitable[str]]


class Activities:
    """`wake` is called with the instance of each result that somebody waits for."""

    def __init__(
        self,
        store: Store,
        timers: Timers,
        counters: Counters,
        invoke: Invoke,
        width: int,
        hidden_s: float,
        switches: Switches,
        wake: Callable[[str], None],
    ) -> None:
        self._store = store
        self._timers = timers
        self._counters = counters
        self._invoke = invoke
        self._width = width
        self._hidden_s = hidden_s
        self._repeat = switches.repeat_activities
        self._wake = wake
        self._running: dict[asyncio.Task[None], Activity] = {}
        self._look_again: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        return bool(self._running) or self._store.next_activity_at() is not None

    def open(self) -> None:
        self._renewal = asyncio.get_running_loop().create_task(self._renew())
        self.begin()

    def begin(self) -> None:
        """Take what waits, as long as there is room, and look again when the next hidden one becomes visible."""
        if self._look_again:
            self._look_again.cancel()
        while len(self._running) < self._width:
            now = time.time()
            activity = self._store.take_activity(now, now + self._hidden_s)
            if activity is None:
                at = self._store.next_activity_at()
                if at is not None:
                    self._look_again = asyncio.get_running_loop().call_later(max(0.0, at - now), self.begin)
                break
            task = asyncio.get_running_loop().create_task(self._run(activity))
            self._running[task] = activity
            task.add_done_callback(self._end)

    async def close(self, patience_s: float = 0.0) -> None:
        """Begin nothing more, give those that run so much time, and leave the others to the next machine."""
        self._width = 0
        if self._running and patience_s:
            await asyncio.wait(self._running, timeout=patience_s)
        self._renewal.cancel()
        for task in self._running:
            task.cancel()
        await asyncio.gather(self._renewal, *self._running, return_exceptions=True)

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self.begin()
        self._timers.something_ended()
        if not task.cancelled():
            task.result()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._hidden_s / 3)
            numbers = [activity.number for activity in self._running.values()]
            self._store.hide_activities(numbers, time.time() + self._hidden_s)

    async def _run(self, activity: Activity) -> None:
        match self._repeat:
            case "after":
                await self._outcome(activity)
                self._record(activity, await self._outcome(activity))
            case "overlap":
                for outcome in asyncio.as_completed([self._outcome(activity), self._outcome(activity)]):
                    self._record(activity, await outcome)
            case _:
                self._record(activity, await self._outcome(activity))

    async def _outcome(self, activity: Activity) -> Event:
        self._counters.runs += 1
        try:
            result = await self._invoke(activity.name, activity.input)
        except FunctionFailedError as failure:
            # Guess: the wording; the SDK makes one exception text of the two.
            reason = f"Activity function '{activity.name}' failed: {str(failure).splitlines()[0]}"
            self._counters.measure(f"error of {activity.name}", str(failure))
            ending = {"TaskScheduledId": activity.task, "Reason": reason, "Details": str(failure)}
            return Event.new(EventType.TASK_FAILED, self._timers.now(), ending)
        self._counters.measure(f"result of {activity.name}", result)
        ending = {"TaskScheduledId": activity.task, "Result": result}
        return Event.new(EventType.TASK_COMPLETED, self._timers.now(), ending)

    def _record(self, activity: Activity, event: Event) -> None:
        if self._store.finish_activity(activity, event):
            self._wake(activity.instance)
