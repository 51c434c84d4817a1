"""A clock that a test moves by hand, in place of the `time` module inside the modules under test."""

import time
from collections.abc import Callable
from types import ModuleType

import pytest


class Clock:
    """Runs like the real one; `advance` and every `sleep` make it jump, so that no test waits for a pause."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def time(self) -> float:
        return time.time() + self._ahead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        self.on_sleep()

    def rule(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> "Clock":
        for module in modules:
            monkeypatch.setattr(module, "time", self)
        return self
