"""What a wave, a pass and a job come to, as their orchestrators tell it: counts, and why nothing more begins. Pure."""

from collections.abc import Mapping
from typing import Any

from shared.jobs.life import INTERNAL

Data = dict[str, Any]
# What came of each wave, by its first chunk.
Waves = dict[int, Data]


def of_wave(done: Mapping[int, Data], throttled: int) -> Data:
    """What a wave came to. A service that was away to the end ends the job, if nothing else did. Whoever was throttled
    counts every time."""
    total = nothing()
    for answer in done.values():
        total = add(total, answer)
    if not has_ended(total):
        total["error"] = next((answer["pausedBy"] for answer in done.values() if answer["pausedBy"] is not None), None)
    return total | {"throttled": throttled}


def added(waves: Waves) -> Data:
    total = nothing()
    for wave in waves.values():
        total = add(total, wave)
    return total


def has_ended(outcome: Data) -> bool:
    """Whether nothing more is begun."""
    return outcome["error"] is not None or outcome["cancelled"]


def broken() -> Data:
    """In place of the answer of what has failed for good."""
    return nothing() | {"pausedBy": None, "error": INTERNAL}


def nothing() -> Data:
    return {"counts": {}, "removals": 0, "throttled": 0, "unfinished": 0, "cancelled": False, "error": None}


def add(total: Data, more: Data) -> Data:
    return {
        "counts": {
            name: total["counts"].get(name, 0) + more["counts"].get(name, 0)
            for name in [*total["counts"], *more["counts"]]
        },
        "removals": total["removals"] + more["removals"],
        "throttled": total["throttled"] + more["throttled"],
        "unfinished": total["unfinished"] + more["unfinished"],
        "cancelled": total["cancelled"] or more["cancelled"],
        "error": total["error"] or more["error"],
    }
