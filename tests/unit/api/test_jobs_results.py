"""api/jobs.py: results in pages and as CSV."""

import csv
import io
from collections.abc import Callable

import pytest

from shared.api.frame import WebResponse
from shared.api.jobs import handle_job, handle_result
from shared.api.query import PAGE
from shared.jobs.engine import EngineState, Run
from shared.services import Phase
from tests.unit.api.stored_jobs import TOO_MANY, as_csv, pages, result, seen, stored
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import NEW, OLD, body, refusal, result_codes

# Results


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
    assert (found["counts"]["users"], found["nextLink"], "error" in found) == (2, None, False)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (EngineState(Run.COMPLETED, None, None, {"counts": {}, "error": TOO_MANY}), TOO_MANY["code"]),
        (EngineState(Run.FAILED, None, None, None), "internal"),
    ],
)
def test_every_page_of_a_job_that_ended_early_says_why_as_its_status_does(
    world: JobWorld, state: EngineState, code: str
) -> None:
    stored(world, *["planned"] * 501, phases=(Phase.PLAN,))
    world.engine.states[JOB] = state
    why = seen(world)["error"]
    assert why["code"] == code
    assert [page["error"] for page in pages(world)] == [why, why]
    assert seen(world, handle_result, "status=failed")["error"] == why


def test_a_job_that_was_cancelled_says_so_in_its_status_alone(world: JobWorld) -> None:
    stored(world, "changed", phases=(Phase.PLAN,))
    world.engine.ended(cancelled=True, counts={})
    found = seen(world, handle_result)
    assert (found["status"], "error" in found) == ("cancelled", False)


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


# From beginning to end


@pytest.mark.parametrize("ends_early", [False, True])
def test_a_user_who_is_not_found_is_named_by_the_id_of_the_list(world: JobWorld, *, ends_early: bool) -> None:
    world.accepted("nobody", ids=("id-1", "id-2"))
    if not ends_early:
        world.plan()
        world.apply()
    world.engine.ended(cancelled=ends_early, counts={} if ends_early else {"failed": 3})
    status = "status=skipped" if ends_early else "status=failed"
    names = [("nobody@contoso.com", None), (None, "id-1"), (None, "id-2")]
    found = seen(world, handle_result, status)["results"]
    assert [(entry["userPrincipalName"], entry["userId"]) for entry in found] == names
    assert [(row[0] or None, row[1] or None) for row in table(as_csv(world, status))[1:]] == names


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
