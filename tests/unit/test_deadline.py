import pytest

from shared import deadline
from shared.deadline import Deadline
from tests.unit.clock import Clock


def test_a_deadline_runs_down_to_zero_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock().rule(monkeypatch, deadline)
    budget = Deadline(10)
    assert 9 < budget.remaining() <= 10
    clock.advance(4)
    assert 5 < budget.remaining() <= 6
    clock.advance(7)
    assert budget.remaining() == 0


def test_a_deadline_of_nothing_is_over_at_once() -> None:
    assert Deadline(0).remaining() == 0
    assert Deadline(-1).remaining() == 0
