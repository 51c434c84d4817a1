"""The result of a report in each form, also of one that ended early."""

import json
from typing import Any

import pytest

from shared.api.apply import handle_apply
from shared.api.jobs import handle_job, handle_result
from shared.core.survey.rows import COLUMNS
from shared.jobs.store import BlobJobStore
from shared.services import Phase
from shared.settings.callers import NamedCaller, Right
from tests.unit.jobs.survey.worlds import ReportWorld
from tests.unit.jobs.worlds import JOB
from tests.unit.world import body, refusal

AUDITOR = {"message": "auditor.auditor-not-real"}
OTHERS = [f"other{n}" for n in range(600)]


@pytest.fixture
def world(store: BlobJobStore) -> ReportWorld:
    """Rows of three of four chunks are there."""
    world = ReportWorld(store)
    world.add_caller(NamedCaller("auditor", frozenset({Right.OPERATE})), "auditor-not-real")
    world.directory.add("anna", "+46 701740605", mobile="+46 701740605")
    world.directory.add("bo", None)
    world.asked_for("anna", "bo", *OTHERS)
    world.survey.registered(anna=["mobilePhone"])
    world.look()
    for chunk in range(3):
        world.write_rows(chunk)
    return world


def seen(world: ReportWorld, query: str = "", accept: str = "application/json") -> Any:
    response = world.ask(handle_result, headers={**AUDITOR, "accept": accept}, query=query)
    assert response.status == 200, response.body
    return json.loads(response.body) if accept == "application/json" else response


def finish(world: ReportWorld) -> None:
    world.write_rows(3), world.settle()
    world.engine.ended(counts={"reported": 2, "failed": 600})


def test_a_page_has_figures_and_notes_and_leads_to_the_next_one(world: ReportWorld) -> None:
    finish(world)
    first = seen(world)
    assert (len(first["results"]), first["operation"], first["notes"]) == (500, "report", [])
    assert (first["figures"]["users"], first["counts"]) == (602, {"users": 602, "reported": 2, "failed": 600})
    assert first["results"][0]["sharedNumber"] is False
    assert "tags" not in first["results"][0]
    second = seen(world, first["nextLink"].partition("?")[2])
    assert (len(second["results"]), second["nextLink"]) == (102, None)


def test_a_page_counts_a_user_who_is_in_the_list_by_name_and_by_id_once(world: ReportWorld) -> None:
    stored = world.store.results(JOB, Phase.PLAN, 0)
    anna, _, *others = stored.bodies or []
    assert world.store.put_results(JOB, Phase.PLAN, 0, [anna, anna, *others], stored.version)
    finish(world)
    assert seen(world)["figures"]["users"] == 601
    assert "601 users" in seen(world, accept="text/html").body.decode()


def test_a_page_of_one_status_says_so_and_one_of_all_does_not(world: ReportWorld) -> None:
    finish(world)
    some = seen(world, "status=reported", "text/html").body.decode()
    assert "· only users with the status reported" in some
    assert "2 users" in some
    assert "only users" not in seen(world, accept="text/html").body.decode()


def test_rows_of_one_status(world: ReportWorld) -> None:
    finish(world)
    assert [row["userPrincipalName"] for row in seen(world, "status=reported")["results"]] == [
        *("anna@contoso.com", "bo@contoso.com")
    ]
    assert seen(world, "status=failed")["nextLink"].endswith("?skip=502&status=failed")
    response = world.ask(handle_result, headers=AUDITOR, query="status=changed")
    assert refusal(response) == (400, "invalidQuery")


@pytest.mark.parametrize("accept", ["text/csv", "text/html"])
def test_all_rows_at_once(world: ReportWorld, accept: str) -> None:
    finish(world)
    text = seen(world, accept=accept).body.decode()
    assert text.count("@contoso.com") == 602
    assert [record["event"] for record in world.trail.records] == ["report"]


@pytest.fixture
def cancelled(world: ReportWorld) -> ReportWorld:
    """Two users were not reached."""
    world.store.cancel(JOB)
    world.engine.ended(cancelled=True, counts={"reported": 2, "failed": 598})
    return world


def test_one_that_was_cancelled_shows_what_there_is_and_says_so(cancelled: ReportWorld) -> None:
    found = seen(cancelled)
    assert (found["status"], found["figures"], found["notes"]) == ("cancelled", None, [])
    assert found["results"][0]["sharedNumber"] is None
    assert len(found["results"]) == 500
    page = seen(cancelled, accept="text/html").body.decode()
    assert "the report ended early (cancelled), so it is incomplete" in page
    assert "602 users" in page


def test_users_that_it_did_not_reach_failed_and_nothing_is_known_of_them(cancelled: ReportWorld) -> None:
    expected = {"users": 602, "reported": 2, "failed": 600}
    assert body(cancelled.ask(handle_job, headers=AUDITOR))["counts"] == seen(cancelled)["counts"] == expected
    missing = seen(cancelled, "skip=600")["results"]
    assert [row["userPrincipalName"] for row in missing] == ["other598@contoso.com", "other599@contoso.com"]
    assert {(row["status"], row["code"]) for row in missing} == {("failed", "notAttempted")}
    assert all(row[name] is None for row in missing for name in COLUMNS)
    failed = seen(cancelled, "skip=600&status=failed")["results"]
    assert failed == missing


@pytest.mark.parametrize("accept", ["text/csv", "text/html"])
def test_users_that_it_did_not_reach_are_among_all_rows(cancelled: ReportWorld, accept: str) -> None:
    text = seen(cancelled, accept=accept).body.decode()
    assert (text.count("@contoso.com"), text.count("The job ended before this user was processed.")) == (602, 2)


def test_there_is_nothing_to_apply(world: ReportWorld) -> None:
    finish(world)
    world.add_caller(NamedCaller("operator", frozenset({Right.OPERATE, Right.RECONCILE})), "operator-not-real")
    answer = world.ask(handle_apply, headers={"message": "operator.operator-not-real"})
    assert refusal(answer) == (409, "notADryRun")
    assert world.engine.started == []


def test_before_its_end_there_is_no_result_and_the_status_says_what_it_is(world: ReportWorld) -> None:
    world.engine.running(counts={"reported": 2, "failed": 398})
    assert world.ask(handle_result, headers=AUDITOR).status == 202
    status = body(world.ask(handle_job, headers=AUDITOR))
    assert (status["operation"], status["counts"]) == ("report", {"users": 602, "reported": 2, "failed": 398})
    assert (status["progress"]["done"], status["progress"]["total"]) == (600, 602)
    assert world.store.count_chunks(JOB, Phase.PLAN) == 3


def test_one_that_failed_says_why(world: ReportWorld) -> None:
    why = {"code": "graphSignInFailed", "detail": "Entra ID refused the sign-in."}
    world.engine.ended(error=why, counts={"reported": 2, "failed": 398})
    found = seen(world)
    assert (found["status"], found["error"], len(found["results"])) == ("failed", why, 500)


def test_a_report_is_for_nobody_whose_right_was_taken_away(world: ReportWorld) -> None:
    finish(world)
    job = world.store.find(JOB)
    assert job is not None
    world.add_caller(NamedCaller(job.caller, frozenset({Right.RECONCILE})), "former-operator-not-real")
    former = {"message": f"{job.caller}.former-operator-not-real"}
    assert refusal(world.ask(handle_result, headers=former)) == (403, "rightMissing")
