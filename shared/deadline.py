"""The time budget of one request, handed down the whole path."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("time_limit_ends_at", default=None)


class Deadline:
    """A point in time on the monotonic clock, `seconds` from `began_at` or from now."""

    __slots__ = ("_ends_at",)

    def __init__(self, seconds: float, began_at: float | None = None) -> None:
        self._ends_at = (time.monotonic() if began_at is None else began_at) + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends_at - time.monotonic())


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """All exchanges begun inside share these seconds, on top of what bounds each of them. The nearest end wins."""
    outer = _ends_at.get()
    ends_at = time.monotonic() + seconds
    token = _ends_at.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


def time_limit_ends_at() -> float | None:
    """Where the nearest limit ends, on the monotonic clock."""
    return _ends_at.get()
