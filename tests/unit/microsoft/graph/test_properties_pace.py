"""The pace whatever Graph answers, in whatever order: it goes on, and asks for no wait beyond the longest."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from shared.microsoft.graph.pace import LEAST_RATE, LONGEST_PAUSE_S, Pace
from shared.microsoft.graph.recent import LATEST_S, MARGIN, Turn
from shared.microsoft.graph.run import LONGEST_WINDOW_S

PAUSES = st.sampled_from([0.0, 0.01, 0.3, 1.0, 2.5, 30.0, 3600.0])
WAITS = st.none() | st.sampled_from([0.0, 0.2, 1.0, 2.0, 10.0, 86_400.0])


@dataclass(frozen=True)
class Step:
    """After a pause: a turn of at most so many calls is taken, or one that is under way comes back, in part refused."""

    pause_s: float
    most: int
    which: int
    refused: float
    retry_after_s: float | None


STEPS = st.lists(
    st.builds(
        Step,
        PAUSES,
        st.sampled_from([0, 0, 1, 1, 5, 20]),
        st.integers(0, 15),
        st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.0]),
        WAITS,
    ),
    max_size=80,
)


@given(STEPS, st.sampled_from([0, 7]), st.sampled_from([1, 5, 1_000_000]))
def test_it_always_goes_on(steps: list[Step], ceiling: int, left: int) -> None:
    pace, now = Pace(ceiling), 0.0
    flying: list[Turn] = []
    for step in steps:
        now += step.pause_s
        size = pace.batch_size(step.most, now, left) if step.most else 0
        assert size <= step.most
        if size and pace.wait_s(size, now, left) == 0.0:
            flying.append(pace.give(size, now, left))
        elif flying:
            turn = flying.pop(step.which % len(flying))
            refused = round(step.refused * turn.calls)
            pace.report(turn, turn.calls - refused, refused, step.retry_after_s if refused else None, now)
    for turn in flying:
        pace.report(turn, turn.calls, 0, None, now)
    wait_s = pace.wait_s(1, now, left)
    assert wait_s is not None
    assert 0.0 <= wait_s <= LONGEST_PAUSE_S + 1 / LEAST_RATE + LONGEST_WINDOW_S * MARGIN + LATEST_S
