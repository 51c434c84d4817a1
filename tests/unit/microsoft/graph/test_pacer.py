"""pacer.py: who has few calls to send does not wait for everybody who has many."""

import math
import threading
from collections.abc import Callable

import pytest

from shared.deadline import Deadline
from shared.microsoft.graph import pacer
from shared.microsoft.graph.pace import FIRST_WINDOW, Pace
from shared.microsoft.graph.pacer import Pacer
from shared.microsoft.graph.recent import Turn


class Crowd:
    """Threads that want a turn, while one turn fills the window; `order` is who got one."""

    def __init__(self, window: int = FIRST_WINDOW) -> None:
        self.pacer = Pacer(Pace(), 0.0)
        self.pacer.bound_window(window)
        self.order: list[str] = []
        self.turns: list[Turn] = []
        self.first = self.pacer.admit(FIRST_WINDOW, Deadline(60))
        self._threads: list[threading.Thread] = []

    def joined_by(self, name: str, *, brief: bool) -> None:
        def want() -> None:
            is_near.set()
            turn = self.pacer.admit(FIRST_WINDOW, Deadline(60), brief=brief)
            assert turn is not None
            self.order.append(name)
            self.turns.append(turn)

        is_near = threading.Event()
        thread = threading.Thread(target=want, daemon=True)
        self._threads.append(thread)
        thread.start()
        assert is_near.wait(10)
        # It waits on the condition as soon as that can be had.
        with self.pacer._changed:
            pass

    def end_one(self) -> None:
        """The turn that is under way comes back; then somebody gets the next one."""
        turn = self.turns.pop() if self.turns else self.first
        assert turn is not None
        served = len(self.order)
        self.pacer.report(turn, turn.calls, 0, None)
        wait_until(lambda: len(self.order) > served)


def wait_until(is_true: Callable[[], bool]) -> None:
    over = threading.Event()
    for _ in range(1000):
        if is_true():
            return
        over.wait(0.01)
    raise AssertionError("it never came true")


@pytest.mark.parametrize(("users", "lists"), [(2, 1), (2, 16), (16, 2)])
def test_few_calls_and_many_take_turns(users: int, lists: int) -> None:
    crowd = Crowd()
    for number in range(max(users, lists)):
        for kind, count in (("list", lists), ("user", users)):
            if number < count:
                crowd.joined_by(kind, brief=kind == "user")
    for _ in range(lists + users):
        crowd.end_one()
    alternating = ["user", "list"] * min(users, lists)
    rest = ["user" if users > lists else "list"] * abs(users - lists)
    assert crowd.order == alternating + rest


def test_who_stood_back_goes_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacer, "LOOK_AGAIN_S", 3600)
    crowd = Crowd(window=2 * FIRST_WINDOW)
    crowd.joined_by("list", brief=False)
    crowd.joined_by("user", brief=True)
    # Nothing was throttled: from now on there is room for two.
    crowd.end_one()
    wait_until(lambda: crowd.order == ["user", "list"])


class Heard(Pace):
    left: float | None = None

    def give(self, calls: int, now: float, left: float = math.inf) -> Turn:
        self.left = left
        return super().give(calls, now, left)


def test_the_pace_is_told_how_many_calls_are_left() -> None:
    pace = Heard()
    assert Pacer(pace, 0.0).admit(20, Deadline(60), left=47) is not None
    assert pace.left == 47
