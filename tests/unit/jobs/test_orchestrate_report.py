"""orchestrate.py: the steps of a report."""

from typing import Any

import pytest

from shared.jobs.orchestrate import Data, run_job
from tests.unit.jobs.driver import Engine, answer, job, replay

ROWS = {"reported": 199, "failed": 1}
BROKEN = {"code": "graphSignInFailed", "detail": "AADSTS7000215"}


def report(chunks: int, **words: Any) -> Data:
    return job(chunks, is_report=True, dry_run=True, **words)


def activity(name: str, _chunk: int) -> Data:
    return answer(counts=ROWS) if name == "report_chunk" else answer(counts={})


def test_the_tenant_then_all_chunks_then_all_rows_together() -> None:
    engine = Engine(activity)
    outcome = engine.run(run_job, report(12))
    assert engine.calls == [
        ("survey_tenant", 0),
        *(("report_chunk", chunk) for chunk in range(12)),
        ("settle_report", 0),
    ]
    assert outcome["counts"] == {"reported": 199 * 12, "failed": 12}
    assert (outcome["error"], outcome["cancelled"]) == (None, False)
    for orchestrator, order, history in engine.histories:
        replay(orchestrator, order, history)


def test_the_tenant_is_asked_about_as_long_as_there_is_progress() -> None:
    left = [answer(unfinished=n) for n in (2, 3, 4)]

    def slow(name: str, chunk: int) -> Data:
        return left.pop(0) if name == "survey_tenant" and left else activity(name, chunk)

    engine = Engine(slow)
    engine.run(run_job, report(1))
    assert engine.calls == [("survey_tenant", 0)] * 4 + [("report_chunk", 0), ("settle_report", 0)]


def test_without_progress_the_report_is_made_with_what_there_is() -> None:
    def stuck(name: str, chunk: int) -> Data:
        return answer(unfinished=3) if name == "survey_tenant" else activity(name, chunk)

    engine = Engine(stuck)
    assert engine.run(run_job, report(1))["error"] is None
    assert engine.calls[-2:] == [("report_chunk", 0), ("settle_report", 0)]


@pytest.mark.parametrize("where", ["survey_tenant", "report_chunk", "settle_report"])
@pytest.mark.parametrize("how", [{"error": BROKEN}, {"cancelled": True}])
def test_an_error_or_a_cancellation_ends_it_wherever_it_is(where: str, how: dict[str, Any]) -> None:
    def ending(name: str, chunk: int) -> Data:
        return answer(**how) if name == where else activity(name, chunk)

    engine = Engine(ending)
    outcome = engine.run(run_job, report(1))
    assert engine.calls[-1] == (where, 0)
    assert (outcome["error"], outcome["cancelled"]) == (how.get("error"), how.get("cancelled", False))
