"""What a caller said beside users' names is told by a job as it is at once: from the list through plan and result."""

import json
from typing import Any

import pytest

from shared.api.jobs import handle_cancel, handle_result
from shared.api.lists import handle_reconcile
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.services import JobLimits
from tests.unit.jobs.worlds import JOB, JobWorld, with_anna_bo_and_cy
from tests.unit.world import body

LIST = [
    {"UPN": "anna@contoso.com", "mobile": "+46 701740699", "department": "Sales"},
    {"UPN": "bo@contoso.com"},
    {"UPN": "cy@contoso.com", "department": "Sales"},
]
IGNORED = {"anna": ["mobile", "department"], "bo": None, "cy": ["department"]}
TABLE = b"UPN,department\nanna@contoso.com,Sales\nbo@contoso.com,\ncy@contoso.com,Sales\n"


def by_user(results: list[dict[str, Any]]) -> dict[str, object]:
    return {str(result["userPrincipalName"]).partition("@")[0]: result.get("ignored") for result in results}


def accepted(world: JobWorld, raw: bytes) -> str:
    response = world.ask(handle_reconcile, raw)
    assert response.status == 202, response.body
    return str(body(response)["jobId"])


@pytest.fixture
def people(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


def run(world: JobWorld, job_id: str, *, apply: bool = True) -> list[dict[str, Any]]:
    order = {"jobId": job_id, "chunk": 0}
    plan_chunk(world.services(), order)
    if apply:
        apply_chunk(world.services(), order)
    world.engine.ended(job_id, counts={"changed": 2, "unchanged": 1})
    found = body(world.ask(handle_result, job_id=job_id))["results"]
    assert isinstance(found, list)
    return found


def test_a_list_that_is_answered_at_once(people: JobWorld) -> None:
    people.words["jobs"] = JobLimits(3, 4, 60, 7, 3)
    response = people.ask(handle_reconcile, json.dumps(LIST).encode())
    assert by_user(body(response)["results"]) == IGNORED
    response = people.ask(handle_reconcile, TABLE)
    assert by_user(body(response)["results"]) == {key: ["department"] for key in IGNORED}


def test_a_job(people: JobWorld) -> None:
    found = run(people, accepted(people, json.dumps(LIST).encode()))
    assert by_user(found) == IGNORED
    assert [result["code"] for result in found] == ["updated", "unchanged", "added"]


def test_a_job_of_a_table(people: JobWorld) -> None:
    assert by_user(run(people, accepted(people, TABLE))) == {key: ["department"] for key in IGNORED}


def test_users_that_a_cancelled_job_did_not_reach(people: JobWorld) -> None:
    job_id = accepted(people, json.dumps(LIST).encode())
    people.ask(handle_cancel, job_id=job_id)
    people.engine.ended(job_id, cancelled=True)
    found = body(people.ask(handle_result, job_id=job_id))["results"]
    assert by_user(found) == IGNORED
    assert {result["code"] for result in found} == {"notAttempted"}


def test_users_who_were_planned_and_not_written(people: JobWorld) -> None:
    job_id = accepted(people, json.dumps(LIST).encode())
    assert by_user(run(people, job_id, apply=False)) == IGNORED


def test_a_list_that_was_stored_before_names_were_kept(people: JobWorld) -> None:
    people.accepted("anna", "bo")
    assert by_user(run(people, JOB)) == {"anna": None, "bo": None}
