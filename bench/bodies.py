"""What the worst bodies cost: peak memory and time, against a parser that builds the whole document."""

import json
import subprocess
import sys
from dataclasses import dataclass

from bench.figures import Figure, Say, Scale, Section, at_most
from bench.process import UNAVAILABLE
from bench.tenant import CHECKOUT

# Of those in `worst_bodies`: what once killed an instance of 2 GB, and what takes json.loads and us most.
WORST = ("numbers", "objects", "objects in entries")
MOST_MB, MOST_S = 300, 5


@dataclass(frozen=True)
class Reading:
    """`peak_mb` is over the idle process and counts the body; None where it cannot be read."""

    seconds: float
    cpu_s: float
    peak_mb: float | None
    endings: tuple[str, ...]


def read(name: str, way: str = "ours", times: int = 1) -> Reading:
    """In a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.worst_bodies", name, way, str(times)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return Reading(found["seconds"], found["cpu_s"], found["peak_mb"], tuple(found["endings"]))


def measure(_: Scale, say: Say) -> Section:
    figures: list[Figure] = []
    for name in WORST:
        say(f"32 MB of {name}: json.loads, ours, two at once")
        whole, one, two = read(name, "whole"), read(name), read(name, times=2)
        figures += [
            *_figures(f"{name}, whole document with json.loads", whole, judged=False),
            *_figures(f"{name}", one, judged=True),
            *_figures(f"{name}, two at once", two, judged=True),
        ]
    return Section(
        "The worst bodies",
        "Bodies of 32 MB, the default of MAX_BODY_BYTES, each read in a fresh process and refused. The peak is over "
        "the idle process and counts the bodies. json.loads builds the document and nothing of it.",
        figures,
    )


def _figures(name: str, reading: Reading, *, judged: bool) -> list[Figure]:
    note = UNAVAILABLE if reading.peak_mb is None else ", ".join(sorted(set(reading.endings)))
    return [
        Figure(f"{name}: peak", reading.peak_mb, "MB", at_most(MOST_MB) if judged else None, note),
        Figure(f"{name}: time", reading.seconds, "s", at_most(MOST_S) if judged else None),
    ]
