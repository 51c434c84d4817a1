"""orchestrate.py: a job that waits for users goes through the same steps again, with growing pauses."""

from datetime import timedelta
from typing import Any

import pytest

from shared.jobs.orchestrate import Data, run_job
from tests.unit.jobs.driver import BEGIN, Engine, answer, job, replay

BROKEN = {"code": "tooManyOverwrites", "detail": "d"}


def order(chunks: int = 1, **words: Any) -> Data:
    return job(chunks, **{"wait_minutes": 60, **words})


class Hires:
    """Users of one chunk for whom the job waits; `comes` minutes after its beginning they are there."""

    def __init__(self, *comes: float, chunk: int = 0) -> None:
        self.comes, self.chunk = comes, chunk
        self.engine = Engine(self.answer)
        self.looked: list[float] = []

    @property
    def minute(self) -> float:
        return (self.engine.now - BEGIN) / timedelta(minutes=1)

    def answer(self, name: str, chunk: int) -> Data:
        if chunk != self.chunk or name not in ("plan_chunk", "apply_chunk"):
            return answer()
        if name == "plan_chunk":
            self.looked.append(self.minute)
        missing = 0 if self.engine.sent["isLast"] else sum(minute > self.minute for minute in self.comes)
        return answer(counts={"unchanged": 200 - missing, **({"pending": missing} if missing else {})})

    def run(self, **words: Any) -> Data:
        return self.engine.run(run_job, order(**words))


def test_the_pauses_grow_to_a_quarter_of_an_hour_and_end_with_the_time() -> None:
    hires = Hires(1000)
    outcome = hires.run()
    assert [round(minute) for minute in hires.looked] == [0, 1, 3, 8, 18, 33, 48, 60]
    assert outcome["counts"] == {"unchanged": 200}
    assert timedelta(minutes=60) <= hires.engine.now - BEGIN < timedelta(minutes=61)


@pytest.mark.parametrize("minute", [2, 7, 40])
def test_whoever_comes_is_dealt_with_within_one_pause_and_then_the_job_ends(minute: int) -> None:
    hires = Hires(minute)
    assert hires.run()["counts"] == {"unchanged": 200}
    assert minute <= hires.minute < minute + 15.5
    assert hires.engine.calls[-2:] == [("apply_chunk", 0), ("settle_job", 0)]


def test_a_job_in_which_everybody_is_there_does_not_wait() -> None:
    hires = Hires()
    hires.run()
    assert hires.minute < 1
    assert [name for name, _ in hires.engine.calls] == ["plan_chunk", "judge_plan", "apply_chunk", "settle_job"]


def test_only_waves_with_somebody_to_wait_for_are_looked_at_again() -> None:
    hires = Hires(2, chunk=17)
    assert hires.run(chunks=30)["counts"] == {"unchanged": 6000}
    looked = hires.engine.of("plan_chunk")
    assert looked[:30] == list(range(30))
    assert set(looked[30:]) == set(range(16, 24))


def test_as_long_as_nobody_comes_nothing_is_judged_or_applied() -> None:
    hires = Hires(40)
    hires.run()
    assert len(hires.engine.of("judge_plan")) == len(hires.engine.of("apply_chunk")) == 2


def test_the_order_tells_which_round_it_is_and_whether_it_is_the_last() -> None:
    hires = Hires(1000)
    hires.run(wait_minutes=3)
    waves = [(wave["activity"], wave["round"], wave["isLast"]) for wave in hires.engine.waves]
    assert waves == [
        *(("plan_chunk", 0, False), ("apply_chunk", 0, False)),
        *(("plan_chunk", 1, False), ("plan_chunk", 2, True), ("apply_chunk", 2, True)),
    ]
    assert hires.engine.sent["round"] == 2


def test_who_waits_sees_that_in_the_status() -> None:
    hires = Hires(2, 2)
    hires.run()
    waits = [status for status in hires.engine.custom if status["pass"] == "wait"]
    assert [status["counts"] for status in waits] == [{"unchanged": 198, "pending": 2}] * 2


def test_the_time_is_over_before_the_first_pass_is_done() -> None:
    hires = Hires(1000)
    hires.engine.takes = timedelta(minutes=5)
    assert hires.run(wait_minutes=4)["counts"] == {"unchanged": 200}
    assert len(hires.looked) == 2


def test_cancelled_while_it_waits_it_ends_with_the_next_look() -> None:
    hires = Hires(1000)

    def activity(name: str, chunk: int) -> Data:
        return answer(cancelled=True) if hires.minute > 4 and name == "plan_chunk" else hires.answer(name, chunk)

    hires.engine.activity = activity
    outcome = hires.run()
    assert outcome["cancelled"]
    assert hires.minute < 9
    assert hires.engine.calls[-1] == ("settle_job", 0)


def test_late_users_who_are_too_much_end_the_job_and_it_is_settled() -> None:
    hires = Hires(2)

    def activity(name: str, chunk: int) -> Data:
        is_late = name == "judge_plan" and hires.minute > 1
        return answer(counts={}, error=BROKEN) if is_late else hires.answer(name, chunk)

    hires.engine.activity = activity
    outcome = hires.run()
    assert outcome["error"] == BROKEN
    assert outcome["counts"] == {"unchanged": 199, "pending": 1}
    assert len(hires.engine.of("apply_chunk")) == 1
    assert hires.engine.calls[-1] == ("settle_job", 0)


@pytest.mark.parametrize("minutes", [1, 60, 170, 1440])
def test_what_happened_leads_to_the_same_again(minutes: int) -> None:
    hires = Hires(5, 1000)
    hires.run(wait_minutes=minutes)
    for orchestrator, given, history in hires.engine.histories:
        for length in range(len(history) + 1):
            replay(orchestrator, given, history[:length])
    # A day of waiting makes no endless history.
    assert max(len(history) for _, _, history in hires.engine.histories) < 250


def test_an_order_that_does_not_announce_it_takes_no_such_step() -> None:
    engine = Engine(lambda *_: answer(counts={"pending": 1}))
    engine.run(run_job, order(wait_minutes=0))
    assert [name for name, _ in engine.calls] == ["plan_chunk", "judge_plan", "apply_chunk", "settle_job"]
    assert "round" not in engine.sent


# Who is waited for by a workflow


def test_a_workflow_is_resumed_at_the_end_and_what_came_of_that_counts() -> None:
    refused = {"code": "configuration", "detail": "d"}
    engine = Engine(lambda name, _: answer(error=refused if name == "resume_workflow" else None))
    outcome = engine.run(run_job, order(callback="/resume"))
    assert engine.calls[-1] == ("resume_workflow", 0)
    assert outcome["error"] == refused
