"""outcome.py: what a wave and a job come to, where several things went wrong or several waves are added."""

import pytest

from shared.jobs.orchestrate import run_job
from shared.jobs.outcome import Data, added, nothing, of_wave
from tests.unit.jobs.driver import Engine, answer, job

TOO_MANY = {"code": "tooManyOverwrites", "detail": "Overwrites planned: 600."}
BROKEN = {"code": "graphSignInFailed", "detail": "AADSTS7000215"}
AWAY = {"code": "vaultUnavailable", "detail": "Key Vault did not respond."}


WAITING = answer(0, counts={}, unfinished=200, pausedBy=AWAY)


@pytest.mark.parametrize(
    ("end", "error"), [(answer(), AWAY), (answer(error=BROKEN), BROKEN), (answer(cancelled=True), None)]
)
def test_what_a_chunk_waits_for_ends_the_job_only_if_nothing_else_does(end: Data, error: Data | None) -> None:
    for chunks in ([end, WAITING], [WAITING, end]):
        assert of_wave(dict(enumerate(chunks)), 0)["error"] == error


def test_all_numbers_of_all_waves_are_added() -> None:
    wave = nothing() | {"counts": {"changed": 3}, "removals": 1, "throttled": 2, "unfinished": 4}
    total = {"counts": {"changed": 6}, "removals": 2, "throttled": 4, "unfinished": 8}
    assert added({0: wave, 10: wave}) == nothing() | total


def test_a_guard_that_ended_the_job_is_told_though_the_last_step_failed() -> None:
    """By its code the plan of the job can be seen and applied."""

    def activity(name: str, _chunk: int) -> dict[str, object]:
        if name == "settle_job":
            raise RuntimeError("unforeseen fault")
        return answer(error=TOO_MANY if name == "judge_plan" else None)

    engine = Engine(activity)
    assert engine.run(run_job, job(1))["error"] == TOO_MANY
    assert engine.calls[-1] == ("settle_job", 0)
