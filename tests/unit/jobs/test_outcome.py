"""outcome.py: what a wave and a job come to, where several things went wrong or several waves are added."""

from shared.jobs.orchestrate import run_job
from shared.jobs.outcome import added, nothing, of_wave
from tests.unit.jobs.driver import Engine, answer, job

TOO_MANY = {"code": "tooManyOverwrites", "detail": "Overwrites planned: 600."}
BROKEN = {"code": "graphSignInFailed", "detail": "AADSTS7000215"}
AWAY = {"code": "vaultUnavailable", "detail": "Key Vault did not respond."}


def test_an_error_of_one_chunk_is_not_replaced_by_what_another_chunk_waits_for() -> None:
    done = {0: answer(error=BROKEN), 1: answer(0, counts={}, unfinished=200, pausedBy=AWAY)}
    assert of_wave(done, 0)["error"] == BROKEN


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
