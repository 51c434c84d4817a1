"""Waiting for what another process or thread is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    look: Callable[[], T],
    enough: Callable[[T], bool] = bool,
    seconds: float = 60,
    every_s: float = 0.02,
    explain: Callable[[], str] = str,
) -> T:
    """Looks until it is enough, and gives what was seen then. What `explain` says is told when that never comes.

    `every_s`: at first, and then up to five times as long: what is waited for needs the processor.
    """
    give_up, pause_s = time.monotonic() + seconds, every_s
    while not enough(seen := look()):
        assert time.monotonic() < give_up, f"waited in vain, last seen: {seen}\n{explain()}"
        time.sleep(pause_s)
        pause_s = min(1.1 * pause_s, 5 * every_s)
    return seen
