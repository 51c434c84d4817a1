"""Runs activities, a bounded number at a time, and records their results."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from sandbox.host.calls import FunctionFailedError
from sandbox.host.durable.counters import Counters
from sandbox.host.durable.history import Event, EventType
from sandbox.host.durable.store import Activity, Store
from sandbox.host.durable.switches import Switches
from sandbox.host.durable.timers import Timers

Invoke = Callable[[str, str | None], Awaitable[str]]


class Activities:
    """`wake` is called with the instance of each result that somebody waits for, `ended` after each end."""

    def __init__(
        self,
        store: Store,
        timers: Timers,
        counters: Counters,
        invoke: Invoke,
        width: int,
        switches: Switches,
        wake: Callable[[str], None],
    ) -> None:
        self._store = store
        self._timers = timers
        self._counters = counters
        self._invoke = invoke
        self._width = width
        self._repeat = switches.repeat_activities
        self._wake = wake
        self._ready: deque[Activity] = deque()
        self._running: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        return bool(self._ready or self._running)

    def add(self, activities: Iterable[Activity]) -> None:
        self._ready.extend(activities)
        self._begin()

    async def close(self) -> None:
        self._ready.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self) -> None:
        while self._ready and len(self._running) < self._width:
            task = asyncio.get_running_loop().create_task(self._run(self._ready.popleft()))
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._begin()
        self._timers.something_ended()
        if not task.cancelled():
            task.result()

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
