"""The part of host.json's durableTask that this stand-in follows (Microsoft Learn, "host.json settings for Durable
Functions")."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.host.durable.switches import Switches
from sandbox.host.host_json import seconds

_HIDDEN = "00:05:00"


@dataclass(frozen=True)
class Settings:
    """`width`: activities at a time. The other two: for how long a message is hidden from others by who is at it."""

    hub: str
    width: int
    control_hidden_s: float
    activity_hidden_s: float

    @classmethod
    def read(cls, durable_task: Mapping[str, Any], switches: Switches) -> "Settings":
        """Raises ValueError."""
        storage = durable_task.get("storageProvider", {})
        hidden = [storage.get(f"{queue}QueueVisibilityTimeout", _HIDDEN) for queue in ("control", "workItem")]
        control, activity = (seconds(text) if switches.hidden_s is None else switches.hidden_s for text in hidden)
        return cls(
            str(durable_task.get("hubName", "TestHubName")),
            int(durable_task.get("maxConcurrentActivityFunctions", 10 * (os.cpu_count() or 1))),
            control,
            activity,
        )
