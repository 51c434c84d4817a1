"""api/jobs.py: counts and progress."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.api.jobs import handle_result
from shared.jobs.engine import EngineState, Run
from shared.services import Phase
from tests.unit.api.stored_jobs import TOO_MANY, pages, result, seen, stored
from tests.unit.jobs.worlds import JOB, JobWorld


def test_while_it_runs_the_counts_are_those_of_the_last_wave(world: JobWorld) -> None:
    stored(world, *["changed"] * 201, phases=(Phase.PLAN,))
    world.engine.running(counts={"planned": 200}, throttled=3)
    found = seen(world)
    assert found["counts"] == {
        "users": 201,
        **{"unchanged": 0, "changed": 0, "planned": 200, "skipped": 0, "failed": 0},
    }
    assert found["progress"]["throttled"] == 3
    assert (found["progress"]["done"], found["progress"]["total"], found["progress"]["percent"]) == (201, 402, 50)
    assert found["progress"]["etaSeconds"] > 0


@pytest.mark.parametrize("run", [Run.FAILED, Run.TERMINATED])
def test_where_the_engine_ended_a_job_the_counts_are_not_those_of_its_plan(world: JobWorld, run: Run) -> None:
    stored(world, "planned", "unchanged", phases=(Phase.PLAN,))
    world.store.put_results(JOB, Phase.RESULT, 0, [result("a", "changed"), result("b", "unchanged")])
    world.engine.states[JOB] = EngineState(run, None, {"counts": {"planned": 1, "unchanged": 1}}, None)
    counts = seen(world)["counts"]
    assert (counts["planned"], counts["changed"], counts["unchanged"]) == (0, 1, 1)


def test_a_dry_run_looks_at_everyone_once(world: JobWorld) -> None:
    stored(world, "planned", "planned", dry_run=True, phases=(Phase.PLAN,))
    world.engine.ended(counts={"planned": 2})
    found = seen(world)
    assert (found["status"], found["dryRun"], found["counts"]["planned"]) == ("succeeded", True, 2)
    assert (found["progress"]["done"], found["progress"]["percent"], found["progress"]["etaSeconds"]) == (2, 100, 0)


def test_a_finished_job_is_as_fast_as_it_was(world: JobWorld) -> None:
    stored(world, "changed", "changed")
    ended = datetime(2026, 11, 22, 0, 0, 4, tzinfo=UTC)
    world.engine.states[JOB] = EngineState(Run.COMPLETED, ended, None, {"counts": {"changed": 2}})
    assert seen(world)["progress"]["usersPerSecond"] == 0.5


def test_cancelled_at_half_it_is_not_a_hundred_percent(world: JobWorld) -> None:
    stored(world, *["changed"] * 400, phases=(Phase.PLAN,))
    world.store.put_results(JOB, Phase.RESULT, 0, [result(f"u{index}", "changed") for index in range(200)])
    world.engine.ended(counts={"changed": 200}, cancelled=True)
    assert seen(world)["progress"]["percent"] == 75


def early(world: JobWorld) -> None:
    """Of three chunks two were planned, one was written."""
    stored(world, *["planned"] * 600, phases=())
    for chunk in (0, 1):
        bodies = [result(f"user{index}@contoso.com", "planned") for index in range(200 * chunk, 200 * (chunk + 1))]
        world.store.put_results(JOB, Phase.PLAN, chunk, [*bodies[:-1], result("last", "failed")])
    world.store.put_results(JOB, Phase.RESULT, 0, [result("u", "changed")] * 199 + [result("last", "failed")])


@pytest.mark.parametrize("output", [{"cancelled": True}, {"error": {"code": "vaultUnavailable", "detail": "d"}}])
def test_a_job_that_ended_early_promises_nothing(world: JobWorld, output: dict[str, Any]) -> None:
    early(world)
    world.engine.ended(counts={"changed": 199, "failed": 1}, **output)
    found = seen(world)["counts"]
    assert found == {"users": 600, "unchanged": 0, "changed": 199, "planned": 0, "skipped": 399, "failed": 2}
    listed = [entry for page in pages(world) for entry in page["results"]]
    assert [sum(entry["status"] == status for entry in listed) for status in ("changed", "skipped", "failed")] == [
        *(199, 399, 2)
    ]
    not_reached = listed[599]
    assert (not_reached["userPrincipalName"], not_reached["code"]) == ("user599@contoso.com", "notAttempted")
    assert (listed[200]["code"], listed[200]["changes"]) == ("notAttempted", [])
    assert all(page["counts"] == found for page in pages(world))


def test_ended_by_an_error_in_its_only_chunk(world: JobWorld) -> None:
    """The engine counts the plan of that chunk; nothing of it was done."""
    stored(world, "planned", phases=(Phase.PLAN,))
    world.engine.ended(counts={"planned": 1}, error={"code": "vaultUnavailable", "detail": "d"})
    found = seen(world, handle_result)
    assert (found["counts"]["planned"], found["counts"]["skipped"], found["results"][0]["status"]) == (0, 1, "skipped")


def test_a_user_who_failed_in_one_method_and_had_another_one_planned(world: JobWorld) -> None:
    stored(world, "failed", phases=())
    half = {**result("u", "planned"), "status": "failed", "code": "invalidNumber"}
    world.store.put_results(JOB, Phase.PLAN, 0, [half])
    world.engine.ended(cancelled=True)
    assert seen(world, handle_result)["results"][0]["code"] == "notAttempted"


def test_stopped_by_the_guard_it_shows_the_plan(world: JobWorld) -> None:
    stored(world, "planned", "failed", phases=(Phase.PLAN,))
    world.engine.ended(counts={"planned": 1, "failed": 1}, error=TOO_MANY)
    assert seen(world)["counts"]["planned"] == 1
    found = seen(world, handle_result)
    assert (found["counts"]["planned"], [entry["status"] for entry in found["results"]]) == (1, ["planned", "failed"])
