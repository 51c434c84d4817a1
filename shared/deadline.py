"""The time budget of one request, handed down the whole path."""

import time


class Deadline:
    """A point in time on the monotonic clock, `seconds` from `began_at` or from now."""

    __slots__ = ("_ends_at",)

    def __init__(self, seconds: float, began_at: float | None = None) -> None:
        self._ends_at = (time.monotonic() if began_at is None else began_at) + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends_at - time.monotonic())
