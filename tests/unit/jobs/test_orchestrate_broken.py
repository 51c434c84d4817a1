"""orchestrate.py: an activity, or a wave, fails for good. The job ends as every other: settled, and told."""

from typing import Any

import pytest

from shared.jobs.answers import LISTED
from shared.jobs.life import INTERNAL
from shared.jobs.orchestrate import Data, run_job
from shared.services import EVERYONE
from tests.unit.jobs.driver import Activity, Engine, Step, answer, job, replay

SETTLED = ("settle_job", 0)
RESUMED = ("resume_workflow", 0)


def broken(name: str, chunk: int = 0) -> Activity:
    """This activity raises whenever the engine tries it."""

    def activity(called: str, of: int) -> Data:
        if (called, of) == (name, chunk):
            raise RuntimeError("unforeseen fault")
        return answer(counts={LISTED: 400}) if called == "list_users" else answer()

    return activity


class Losing(Engine):
    """A wave ends without an answer."""

    def _do(self, step: Step) -> Any:
        is_lost = step.kind == "wave" and step.asked["activity"] == "apply_chunk"
        return RuntimeError("the wave failed") if is_lost else super()._do(step)


def test_the_others_of_its_group_are_waited_for_and_count() -> None:
    engine = Engine(broken("apply_chunk", 1))
    outcome = engine.run(run_job, job(12))
    assert engine.of("apply_chunk") == [0, 1, 2, 3]
    assert (outcome["error"], outcome["counts"]) == (INTERNAL, {"unchanged": 600})
    assert engine.calls[-1] == SETTLED


def test_what_could_not_be_planned_is_not_judged() -> None:
    engine = Engine(broken("plan_chunk", 5))
    assert engine.run(run_job, job(12))["error"] == INTERNAL
    assert engine.calls == [("plan_chunk", chunk) for chunk in range(8)]


@pytest.mark.parametrize("name", ["mark_duplicates", "judge_plan"])
def test_what_could_not_be_judged_is_not_written_and_may_have_been_reserved(name: str) -> None:
    engine = Engine(broken(name))
    assert engine.run(run_job, job(2, is_mixed=True))["error"] == INTERNAL
    assert engine.of("apply_chunk") == []
    assert engine.calls[-1] == SETTLED


def test_who_could_not_be_listed_is_not_planned() -> None:
    engine = Engine(broken("list_users"))
    assert engine.run(run_job, job(0, scope=EVERYONE))["error"] == INTERNAL
    assert engine.calls == [("list_users", 0)]


@pytest.mark.parametrize("name", ["plan_chunk", "judge_plan", "apply_chunk", "settle_job"])
def test_a_workflow_hears_of_it(name: str) -> None:
    engine = Engine(broken(name))
    assert engine.run(run_job, job(1, callback="/resume"))["error"] == INTERNAL
    assert engine.calls[-1] == RESUMED


@pytest.mark.parametrize("name", ["settle_job", "resume_workflow"])
def test_what_was_written_counts_though_the_last_steps_fail(name: str) -> None:
    engine = Engine(broken(name))
    outcome = engine.run(run_job, job(2, callback="/resume"))
    assert (outcome["error"], outcome["counts"]) == (INTERNAL, {"unchanged": 400})


def test_a_check_whose_drift_cannot_be_told_says_so() -> None:
    outcome = Engine(broken("tell_drift")).run(run_job, job(0, dry_run=True, scope=EVERYONE, tells_drift=True))
    assert (outcome["error"], outcome["counts"]) == (INTERNAL, {"unchanged": 200})


def test_a_wave_that_is_lost_ends_the_job_and_it_is_settled() -> None:
    engine = Losing(lambda *_: answer())
    assert engine.run(run_job, job(2, callback="/resume"))["error"] == INTERNAL
    assert engine.calls[-2:] == [SETTLED, RESUMED]


def test_settling_waits_for_a_service_that_is_away() -> None:
    away = answer(0, counts={}, unfinished=1, pausedBy={"code": "storageUnavailable", "detail": "d"})
    left = [away, away, answer()]
    engine = Engine(lambda name, _: left.pop(0) if name == "settle_job" else answer())
    assert engine.run(run_job, job(1))["error"] is None
    assert left == []


@pytest.mark.parametrize("name", ["plan_chunk", "judge_plan", "apply_chunk", "settle_job", "resume_workflow"])
def test_what_happened_leads_to_the_same_again(name: str) -> None:
    engine = Engine(broken(name))
    engine.run(run_job, job(6, callback="/resume"))
    for orchestrator, given, history in engine.histories:
        for length in range(len(history) + 1):
            replay(orchestrator, given, history[:length])
