"""api/jobs.py: how a job is getting on, its results in pages and as CSV, its cancellation."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.storage import SandboxStorage
from shared.api.frame import WebResponse
from shared.api.jobs import PAGE, handle_cancel, handle_job, handle_result
from shared.core.models import Target
from shared.core.report import Json
from shared.errors import JobsUnavailable
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import EngineState, Run
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JOB, HandleJob, JobWorld
from tests.unit.world import EXPLICIT_HEADERS, NEW, OLD, World, body, refusal, result_codes

ROUTES = pytest.mark.parametrize("handle", [handle_job, handle_result, handle_cancel], ids=["job", "result", "cancel"])
CREATED = "2026-11-22T00:00:00.000+00:00"
TOO_MANY = {"code": "tooManyRemovals", "detail": "12 phone methods would be removed."}


def stored(world: JobWorld, *statuses: str, dry_run: bool = False, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    """A job whose users have these statuses, in the phases that are over."""
    users = [f"user{index}@contoso.com" for index in range(len(statuses))]
    chunks = count_chunks(len(users))
    world.store.claim(Job(JOB, "f", CREATED, len(users), chunks, dry_run))
    world.store.put_list(JOB, pack([Target(upn) for upn in users]))
    for phase in phases:
        for chunk in range(chunks):
            place = slice(200 * chunk, 200 * (chunk + 1))
            bodies = [result(upn, status) for upn, status in zip(users[place], statuses[place], strict=True)]
            world.store.put_results(JOB, phase, chunk, bodies)


def result(upn: str, status: str) -> Json:
    changes: list[Json] = []
    if status in ("changed", "planned"):
        done = {"changed": "applied"}.get(status, status)
        changes = [{"method": "mobile", "action": "add", "before": None, "after": "+46 *******05", "status": done}]
        changes[0] |= {"code": "added" if status == "changed" else "planned", "message": "m"}
    code = {"changed": "added", "failed": "userNotFound", "skipped": "sourceEmpty"}.get(status, status)
    return {
        **{"userPrincipalName": upn, "userId": upn.partition("@")[0], "status": status, "code": code},
        **{"message": "m", "source": "directory", "changes": changes},
    }


def seen(world: JobWorld, handle: HandleJob = handle_job, query: str = "") -> dict[str, Any]:
    response = world.ask(handle, query=query)
    assert response.status == 200, response.body
    return body(response)


# Who may look


@ROUTES
def test_without_the_handshake_not_even_whether_a_job_is_known(world: JobWorld, handle: HandleJob) -> None:
    stored(world, "changed")
    answers = [world.ask(handle, headers={}), world.ask(handle, headers={}, job_id="unknown")]
    assert [refusal(answer) for answer in answers] == [(401, "unauthorized")] * 2


@ROUTES
def test_the_explicit_handshake_opens_it_too(world: JobWorld, handle: HandleJob) -> None:
    world.allow_explicit()
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    assert world.ask(handle, headers=EXPLICIT_HEADERS).status == 200


@ROUTES
@pytest.mark.parametrize(
    "job_id",
    [
        *("", "x", "..", "../jobs", f"{JOB}/../{JOB}", f"{JOB}/job.json", f"{JOB}%2Finput", f"{JOB}\n", f"{JOB}x"),
        JOB.replace("1", "2"),
    ],
)
def test_ids_that_are_no_job(world: JobWorld, handle: HandleJob, job_id: str) -> None:
    stored(world, "changed")
    assert refusal(world.ask(handle, job_id=job_id)) == (404, "jobNotFound")


@pytest.mark.parametrize("job_id", ["..", "a" * 5000, f"{JOB}/input"])
def test_what_is_no_guid_never_reaches_the_storage(world: JobWorld, job_id: str) -> None:
    world.words["store"] = World().services().store
    assert refusal(world.ask(handle_job, job_id=job_id)) == (404, "jobNotFound")


@ROUTES
@pytest.mark.parametrize("where", ["storage", "engine"])
def test_storage_or_engine_away(world: JobWorld, storage: SandboxStorage, handle: HandleJob, where: str) -> None:
    stored(world, "changed")
    if where == "storage":
        storage.fail(100)
    else:
        world.engine.trouble = JobsUnavailable("away")
    assert refusal(world.ask(handle)) == (503, "jobsUnavailable")


# Status


def test_accepted_and_not_begun(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    response = world.ask(handle_job)
    found = body(response)
    assert int(response.headers["Retry-After"]) > 0
    assert (found["jobId"], found["status"], found["createdAt"], found["updatedAt"]) == (
        *(JOB, "notStarted"),
        *(CREATED, CREATED),
    )
    assert found["counts"] == {"users": 1, "unchanged": 0, "changed": 0, "planned": 0, "skipped": 0, "failed": 0}
    assert (found["progress"]["done"], found["progress"]["total"], found["progress"]["percent"]) == (0, 2, 0)
    assert found["progress"]["etaSeconds"] is None
    assert "error" not in found


@pytest.mark.parametrize(
    ("output", "status"),
    [
        ({"counts": {"changed": 2}}, "succeeded"),
        ({"counts": {"skipped": 2}}, "succeeded"),
        ({"counts": {"changed": 1, "failed": 1}}, "partial"),
        ({"counts": {"failed": 2}}, "failed"),
        ({"counts": {"changed": 2}, "error": TOO_MANY}, "failed"),
        ({"counts": {"changed": 1}, "cancelled": True}, "cancelled"),
        ({"counts": {}, "error": {"code": "vaultUnavailable", "detail": "d"}}, "failed"),
    ],
)
def test_a_job_that_ended(world: JobWorld, output: dict[str, Any], status: str) -> None:
    stored(world, "changed", "failed")
    world.engine.ended(**output)
    response = world.ask(handle_job)
    assert body(response)["status"] == status
    assert "Retry-After" not in response.headers
    assert body(response).get("error") == output.get("error")


def test_a_job_that_broke_down_says_no_more_than_where_to_look(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    world.engine.states[JOB] = EngineState(Run.FAILED, None, None, None)
    found = seen(world)
    assert (found["status"], found["error"]["code"]) == ("failed", "internal")
    assert found["counts"]["skipped"] == 1


def test_a_job_that_an_operator_terminated(world: JobWorld) -> None:
    stored(world, "changed", phases=(Phase.PLAN,))
    world.engine.states[JOB] = EngineState(Run.TERMINATED, None, None, None)
    assert seen(world)["status"] == "cancelled"


# Counts and progress


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


# Results


def pages(world: JobWorld, query: str = "") -> list[dict[str, Any]]:
    found = [seen(world, handle_result, query)]
    while found[-1]["nextLink"]:
        path, _, query = found[-1]["nextLink"].partition("?")
        assert path == f"/api/jobs/{JOB}/result"
        found.append(seen(world, handle_result, query))
    return found


@pytest.mark.parametrize("run", [None, Run.PENDING, Run.RUNNING])
def test_there_is_no_result_before_the_end(world: JobWorld, run: Run | None) -> None:
    stored(world, "changed")
    if run is not None:
        world.engine.states[JOB] = EngineState(run, None, None, None)
    response = world.ask(handle_result)
    assert (response.status, "results" in body(response)) == (202, False)
    assert int(response.headers["Retry-After"]) > 0


def test_a_result_is_the_report_of_the_inline_path(world: JobWorld) -> None:
    stored(world, "changed", "failed")
    world.engine.ended(counts={"changed": 1, "failed": 1})
    found = seen(world, handle_result)
    assert [entry["userPrincipalName"] for entry in found["results"]] == ["user0@contoso.com", "user1@contoso.com"]
    assert (found["status"], found["dryRun"], found["source"]) == ("partial", False, "directory")
    assert (found["counts"]["users"], found["nextLink"]) == (2, None)


@pytest.mark.parametrize(("users", "lengths"), [(500, [500]), (501, [500, 1]), (1201, [500, 500, 201])])
def test_pages_hold_everyone_once_in_the_order_of_the_list(world: JobWorld, users: int, lengths: list[int]) -> None:
    stored(world, *["changed"] * users)
    world.engine.ended(counts={"changed": users})
    found = pages(world)
    assert [len(page["results"]) for page in found] == lengths
    names = [entry["userPrincipalName"] for page in found for entry in page["results"]]
    assert names == [f"user{index}@contoso.com" for index in range(users)]
    assert PAGE == 500


def test_a_filter_goes_through_all_pages(world: JobWorld) -> None:
    stored(world, *["failed", "changed"] * 501)
    world.engine.ended(counts={"changed": 501, "failed": 501})
    found = pages(world, "status=Failed")
    assert [len(page["results"]) for page in found] == [500, 1]
    assert {entry["status"] for page in found for entry in page["results"]} == {"failed"}
    assert found[0]["counts"]["changed"] == 501


def test_a_filter_that_nobody_meets(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    found = seen(world, handle_result, "status=failed")
    assert (found["results"], found["nextLink"]) == ([], None)


def test_a_place_behind_the_end(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    assert seen(world, handle_result, "skip=999999999")["results"] == []


@pytest.mark.parametrize(
    "query", ["status=all", "status=", "status=failed&status=failed", "skip=", "skip=-1", "skip=1&skip=2", "skip=1e3"]
)
def test_queries_that_cannot_be_meant(world: JobWorld, query: str) -> None:
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    assert refusal(world.ask(handle_result, query=query)) == (400, "invalidQuery")


def table(response: WebResponse) -> list[list[str]]:
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(response.body.decode("utf-8-sig"))))


def as_csv(world: JobWorld, query: str = "") -> WebResponse:
    return world.ask(handle_result, headers={"message": "current-not-real", "accept": "text/csv"}, query=query)


def test_all_of_it_as_csv(world: JobWorld) -> None:
    stored(world, *["failed", "changed"] * 300)
    world.engine.ended(counts={"changed": 300, "failed": 300})
    rows = table(as_csv(world))
    assert [row[0] for row in rows[1:]] == [f"user{index}@contoso.com" for index in range(600)]
    assert {row[2] for row in table(as_csv(world, "status=failed"))[1:]} == {"failed"}


def test_a_name_that_is_a_formula_is_none_in_the_csv(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    world.store.put_results(JOB, Phase.RESULT, 0, [result("=1+1@contoso.com", "changed")])
    world.engine.ended(counts={"changed": 1})
    assert table(as_csv(world))[1][0].startswith("'=")


def test_csv_of_a_job_that_runs(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.running()
    assert as_csv(world).status == 202


# Cancelling


@pytest.mark.parametrize("run", [Run.PENDING, Run.RUNNING])
def test_cancelling_leaves_a_marker(world: JobWorld, run: Run) -> None:
    stored(world, "changed")
    world.engine.states[JOB] = EngineState(run, None, None, None)
    response = world.ask(handle_cancel)
    assert response.status == 200
    assert int(response.headers["Retry-After"]) > 0
    assert world.store.is_cancelled(JOB)


def test_a_job_that_was_accepted_and_not_begun_is_cancelled_too(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    world.ask(handle_cancel)
    assert world.store.is_cancelled(JOB)


def test_a_finished_job_stays_what_it_is(world: JobWorld) -> None:
    stored(world, "changed")
    world.engine.ended(counts={"changed": 1})
    assert body(world.ask(handle_cancel))["status"] == "succeeded"
    assert not world.store.is_cancelled(JOB)


# From beginning to end


def test_nobody_sees_a_whole_number(world: JobWorld, blobs: Callable[[], dict[str, bytes]]) -> None:
    world.directory.add("anna", NEW, mobile=OLD)
    world.accepted("anna")
    world.plan()
    world.apply()
    world.engine.ended(counts={"changed": 1})
    response = world.ask(handle_result)
    assert result_codes(response) == ["updated"]
    shown = b"".join([response.body, as_csv(world).body, world.ask(handle_job).body, *blobs().values()])
    assert b"701740" not in shown.replace(b" ", b"")
