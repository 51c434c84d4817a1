"""What a test may switch on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Switches:
    """How the stand-in makes life hard or short for tests.

    `repeat_activities`: "no"; "after": each activity runs twice, one run after the other, and the second result
    counts; "overlap": both runs at once, the first result counts and the other run goes on. `shuffle`: a seed that
    mixes the order of the completions that wait for an orchestrator. `virtual_time`: timers fire at once when nothing
    else is left to do. `hidden_s`: in place of both visibility timeouts of host.json, so that what a lost host was at
    is taken up sooner.
    """

    virtual_time: bool = False
    repeat_activities: str = "no"
    shuffle: int | None = None
    hidden_s: float | None = None
