"""The events of an orchestration's history, and the text with which the extension invokes an orchestrator. Pure.

Field names and numbers: azure-functions-durable, models/history and models/DurableOrchestrationContext.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Self


class EventType(IntEnum):
    EXECUTION_STARTED = 0
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_CREATED = 7
    SUB_ORCHESTRATION_COMPLETED = 8
    SUB_ORCHESTRATION_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_RAISED = 15


@dataclass(frozen=True)
class Event:
    """One event. `text` is its JSON without the opening brace: it is encoded once, however often it is replayed."""

    fields: dict[str, Any]
    text: str

    @classmethod
    def new(cls, kind: EventType, at: datetime, more: Mapping[str, object] | None = None, event_id: int = -1) -> Self:
        fields = {"EventType": int(kind), "EventId": event_id, "Timestamp": timestamp(at), **(more or {})}
        return cls(fields, json.dumps(fields)[1:])

    @classmethod
    def parse(cls, stored: str) -> Self:
        """The event of a `stored` text."""
        return cls(json.loads(stored), stored[1:])

    @property
    def stored(self) -> str:
        return "{" + self.text

    @property
    def kind(self) -> EventType:
        return EventType(self.fields["EventType"])

    def handed_over(self, *, played: bool) -> str:
        return f'{{"IsPlayed":{"true" if played else "false"},{self.text}'


def orchestrator_input(
    instance_id: str, given: str | None, parent: str | None, played: Sequence[Event], new: Sequence[Event]
) -> str:
    """What an orchestrator is invoked with: the events that it has seen and those that are new to it."""
    events = [event.handed_over(played=True) for event in played] + [event.handed_over(played=False) for event in new]
    rest = json.dumps(
        {
            "input": given,
            "instanceId": instance_id,
            "isReplaying": bool(played),
            "parentInstanceId": parent,
            "upperSchemaVersion": 0,
            "upperSchemaVersionNew": 2,
            # Defaults of the extension for Azure Storage (DurableTaskExtension, AzureStorageDurabilityProvider).
            "longRunningTimerIntervalDuration": "3.00:00:00",
            "maximumShortTimerDuration": "6.00:00:00",
        }
    )
    return f'{{"history":[{",".join(events)}],{rest[1:]}'


def timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The time of a timestamp. A year before 1000 may lack its zeros, as strftime on Linux writes it."""
    return datetime.fromisoformat(text.zfill(len(text) + max(0, 4 - text.index("-"))))
