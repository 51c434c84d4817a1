"""Follows what an orchestrator wants to do, and hands out event ids in the order of the extension. Pure.

After each episode the SDK returns all actions since the beginning, one for each thing that was yielded. The extension
(OutOfProcOrchestrationShim.cs, ProcessAsyncActionsV2) goes through the history with them: it starts an action, waits
until that has ended, well or badly, and starts the next one. A new event id is taken for each activity, timer and
sub-orchestration that begins. The SDK counts the same way by itself, and whoever counts otherwise loses its results.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sandbox.host.durable.history import Event, EventType, moment


class ActionType(IntEnum):
    ACTIVITY = 0
    ACTIVITY_WITH_RETRY = 1
    SUB_ORCHESTRATION = 2
    SUB_ORCHESTRATION_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    TIMER = 5
    EXTERNAL_EVENT = 6
    ANY = 11
    ALL = 12


class ScriptError(Exception):
    """The orchestrator did something that cannot be followed; its instance fails with this text."""


@dataclass(frozen=True)
class Begun:
    """An activity, a sub-orchestration or a timer that begins; `kind` is the event that records it."""

    event_id: int
    kind: EventType
    name: str = ""
    input: str | None = None
    instance_id: str | None = None
    fire_at: datetime = datetime.min


@dataclass
class _Step:
    """Something that is waited for: an action, or a group of them of which `missing` must still end."""

    action: dict[str, Any]
    group: "_Step | None" = None
    missing: int = 1
    attempt: int = 1
    pausing: bool = False


@dataclass
class Script:
    """What the actions amount to after a history. `begun` is in the order of the event ids.

    `ended` tells that nothing of the actions is left to wait for. Only then may the instance end, even when the
    orchestrator has returned earlier (after a failed task_all whose other tasks still run).
    """

    begun: list[Begun] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    ended: bool = False

    _open: dict[int, _Step] = field(default_factory=dict)
    _waiting: defaultdict[str, list[_Step]] = field(default_factory=lambda: defaultdict(list))
    _unclaimed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _actions: Sequence[dict[str, Any]] = ()
    _position: int = 0
    _current: _Step | None = None
    _next_id: int = 0
    _now: datetime | None = None

    @classmethod
    def follow(cls, actions: Sequence[dict[str, Any]], history: Sequence[Event]) -> "Script":
        """Raises ScriptError for an action that is not known here."""
        script = cls(_actions=actions)
        for event in history:
            script._see(event)
        return script

    def _see(self, event: Event) -> None:
        match event.kind:
            case EventType.ORCHESTRATOR_STARTED:
                self._now = moment(event.fields["Timestamp"])
            case EventType.EXECUTION_STARTED:
                self._go_on()
            case EventType.TASK_COMPLETED | EventType.SUB_ORCHESTRATION_COMPLETED:
                self._finish(self._open.pop(event.fields["TaskScheduledId"], None))
            case EventType.TASK_FAILED | EventType.SUB_ORCHESTRATION_FAILED:
                self._fail(self._open.pop(event.fields["TaskScheduledId"], None))
            case EventType.TIMER_FIRED:
                self._fire(self._open.pop(event.fields["TimerId"], None))
            case EventType.EVENT_RAISED:
                name = event.fields["Name"]
                if self._waiting[name]:
                    self._finish(self._waiting[name].pop())  # the SDK takes the youngest first, too
                else:
                    self._unclaimed[name] += 1

    def _go_on(self) -> None:
        """Start one action after the other until there is one to wait for."""
        self._current = None
        while self._position < len(self._actions):
            step = self._start(self._actions[self._position], None)
            self._position += 1
            if step.missing:
                self._current = step
                return
        self.ended = True

    def _start(self, action: dict[str, Any], group: _Step | None) -> _Step:
        step = _Step(action, group)
        match action["actionType"]:
            case ActionType.ALL | ActionType.ANY:
                parts = [self._start(part, step) for part in action["compoundActions"]]
                running = sum(part.missing > 0 for part in parts)
                any_is_enough = action["actionType"] == ActionType.ANY
                step.missing = (1 if running == len(parts) > 0 else 0) if any_is_enough else running
            case ActionType.ACTIVITY | ActionType.ACTIVITY_WITH_RETRY:
                self._begin(step, EventType.TASK_SCHEDULED)
            case ActionType.SUB_ORCHESTRATION | ActionType.SUB_ORCHESTRATION_WITH_RETRY:
                self._begin(step, EventType.SUB_ORCHESTRATION_CREATED)
            case ActionType.TIMER:
                self._begin_timer(step, moment(action["fireAt"]))
                if action.get("isCanceled"):
                    self.cancelled.append(self._next_id - 1)
                    step.missing = 0
            case ActionType.EXTERNAL_EVENT:
                name = action["externalEventName"]
                if self._unclaimed[name]:
                    self._unclaimed[name] -= 1
                    step.missing = 0
                else:
                    self._waiting[name].append(step)
            case ActionType.CONTINUE_AS_NEW:
                self._next_id += 1
                step.missing = 0
            case other:
                raise ScriptError(f"this host does not know the durable action type {other}")
        return step

    def _begin(self, step: _Step, kind: EventType) -> None:
        action = step.action
        self._note(
            step,
            Begun(self._next_id, kind, action["functionName"], action.get("input"), action.get("instanceId") or None),
        )

    def _begin_timer(self, step: _Step, fire_at: datetime) -> None:
        self._note(step, Begun(self._next_id, EventType.TIMER_CREATED, fire_at=fire_at))

    def _note(self, step: _Step, begun: Begun) -> None:
        self.begun.append(begun)
        self._open[begun.event_id] = step
        self._next_id += 1

    def _fail(self, step: _Step | None) -> None:
        """As DurableTask.Core's RetryInterceptor: a pause follows each failure, even the last one."""
        options = step.action.get("retryOptions") if step else None
        if step is None or options is None:
            self._finish(step)
            return
        assert self._now is not None  # noqa: S101 - for the type checker: every history begins with a time
        step.pausing = True
        self._begin_timer(step, self._now + timedelta(milliseconds=options["firstRetryIntervalInMilliseconds"]))

    def _fire(self, step: _Step | None) -> None:
        if step is None or not step.pausing or step.attempt >= step.action["retryOptions"]["maxNumberOfAttempts"]:
            self._finish(step)
            return
        step.pausing = False
        step.attempt += 1
        is_activity = step.action["actionType"] == ActionType.ACTIVITY_WITH_RETRY
        self._begin(step, EventType.TASK_SCHEDULED if is_activity else EventType.SUB_ORCHESTRATION_CREATED)

    def _finish(self, step: _Step | None) -> None:
        """`step` is None for an event that nobody waits for, such as a timer that was cancelled."""
        while step is not None and step.missing:
            step.missing -= 1
            if step.missing:
                return
            if step is self._current:
                self._go_on()
                return
            step = step.group
