"""accept.py: which list becomes a job, and what its caller is told."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from sandbox.storage import SandboxStorage
from shared.api.frame import WebResponse
from shared.api.lists import handle_provision, handle_reconcile, handle_set
from shared.core.models import Target
from shared.errors import JobsUnavailable
from tests.unit.api.stored_jobs import job_id
from tests.unit.jobs.worlds import JobWorld
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, ORIGIN, World, body, refusal

FEW = b'["anna@contoso.com","bo@contoso.com"]'
MANY = b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]'


def post(world: JobWorld, raw: bytes = MANY, query: str = "", **headers: str) -> WebResponse:
    return world.ask(handle_reconcile, raw, {**HEADERS, **headers}, query)


# Which list becomes a job


def test_a_long_list(world: JobWorld) -> None:
    response = post(world)
    (made,) = body(response)["JobIds"]
    assert response.status == 202
    assert body(response) == {
        "correlationId": body(response)["correlationId"],
        "jobId": made,
        "status": "notStarted",
        "statusUrl": f"{ORIGIN}/api/jobs/{made}",
        "resultUrl": f"{ORIGIN}/api/jobs/{made}/result",
        "JobIds": [made],
    }
    assert response.headers["Operation-Location"] == f"{ORIGIN}/api/jobs/{made}"
    assert response.headers["Location"] == f"{ORIGIN}/api/jobs/{made}/result"
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Cache-Control"] == "no-store"
    assert "Preference-Applied" not in response.headers
    assert UUID(made).version == 4


def test_a_list_that_is_just_short_enough_is_answered_at_once(world: JobWorld) -> None:
    assert post(world, FEW).status == 200
    assert world.engine.started == []


@pytest.mark.parametrize(
    "value", ["respond-async", "Respond-Async", "return=minimal, respond-async; x=1", "respond-async,wait=10"]
)
def test_a_caller_who_prefers_it(world: JobWorld, value: str) -> None:
    response = post(world, FEW, prefer=value)
    assert (response.status, response.headers["Preference-Applied"]) == (202, "respond-async")


@pytest.mark.parametrize("value", ["", "wait=10", "no-respond-async", "respond-asynchronously"])
def test_other_preferences(world: JobWorld, value: str) -> None:
    assert post(world, FEW, prefer=value).status == 200


@pytest.mark.parametrize(("query", "status"), [("async=true", 202), ("async=1", 202), ("async=false", 200)])
def test_a_caller_who_asks_for_it(world: JobWorld, query: str, status: int) -> None:
    response = post(world, FEW, query)
    assert response.status == status
    assert "Preference-Applied" not in response.headers


def test_async_false_does_not_make_a_long_list_short(world: JobWorld) -> None:
    assert post(world, query="async=false").status == 202


@pytest.mark.parametrize("handle", [handle_set, handle_provision])
def test_values_are_never_stored(world: JobWorld, handle: Any) -> None:
    world.allow_explicit()
    values = [{"userPrincipalName": f"u{index}@contoso.com", "mobile": "+46 701740605"} for index in range(3)]
    entries = [
        {"op": "Modify", "nativeIdentity": f"u{index}@contoso.com", "attributeRequests": []} for index in range(3)
    ]
    sent = values if handle is handle_set else {"accountRequests": entries}
    response = world.send(handle, json.dumps(sent).encode(), {**EXPLICIT_HEADERS, "prefer": "respond-async"})
    assert refusal(response) == (413, "tooManyUsers")
    assert "Split" in body(response)["detail"]


# What is refused is refused first


@pytest.mark.parametrize(
    ("raw", "query", "headers", "expected"),
    [
        (MANY, "", {"message": "wrong"}, (401, "unauthorized")),
        (b"x" * 1_000_001, "", {}, (413, "tooLarge")),
        (b"[1]", "", {}, (400, "invalidBody")),
        (MANY, "async=maybe", {}, (400, "invalidQuery")),
        (MANY, "dryRun=maybe", {}, (400, "invalidQuery")),
        (json.dumps([f"u{index}@contoso.com" for index in range(2001)]).encode(), "", {}, (413, "tooManyUsers")),
    ],
)
def test_nothing_is_stored_or_begun_for_it(
    world: JobWorld, raw: bytes, query: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    world.words["store"] = World().services().store
    assert refusal(post(world, raw, query, prefer="respond-async", **headers)) == expected
    assert world.engine.started == []


@pytest.mark.parametrize("where", ["storage", "engine"])
def test_storage_or_engine_away(world: JobWorld, storage: SandboxStorage, where: str) -> None:
    if where == "storage":
        storage.fail(1)
    else:
        world.engine.trouble = JobsUnavailable("away")
    response = post(world)
    assert refusal(response) == (503, "jobsUnavailable")
    assert response.headers["Retry-After"] == "30"


# What is handed on


def test_the_engine_gets_an_id_and_numbers_and_the_blob_the_names(
    world: JobWorld, blobs: Callable[[], dict[str, bytes]]
) -> None:
    response = post(world, query="dryRun=true")
    made, cid = job_id(response), body(response)["correlationId"]
    ((started, order),) = world.engine.started
    assert started == made
    assert order == {
        "jobId": made,
        "correlationId": cid,
        "caller": "webhook-handshake",
        "route": "POST /api/reconcile",
        "chunks": 1,
        "dryRun": True,
        "isMixed": False,
        "parallel": 4,
        "patienceMinutes": 60,
        "isJudged": True,
        "settles": True,
    }
    assert list(world.store.users(made, 0)) == [Target(f"{name}@contoso.com") for name in ("anna", "bo", "cy")]
    found = world.store.find(made)
    assert found is not None
    assert (found.users, found.chunks, found.dry_run) == (3, 1, True)
    assert b"anna" not in blobs()[f"{made}/job.json"]


def test_the_record_of_the_job_tells_who_asked_for_it_from_where_and_why(world: JobWorld) -> None:
    asked = {"x-forwarded-for": "192.0.2.7:443", "x-reason": "hired", "x-correlation-id": "hr-1"}
    found = world.store.find(job_id(world.ask(handle_reconcile, MANY, {**HEADERS, **asked})))
    assert found is not None
    assert (found.caller, found.proof) == ("webhook-handshake", "handshake")
    assert (found.address, found.reason, found.caller_correlation_id) == ("192.0.2.7", "hired", "hr-1")


def test_names_and_ids_in_one_list(world: JobWorld) -> None:
    mixed = b'["anna@contoso.com",{"id":"00000000-0000-4000-8000-000000000001"}]'
    post(world, mixed, "async=true")
    assert world.engine.started[0][1]["isMixed"]


@pytest.mark.parametrize("name", ["åsa@contoso.com", "anna@örebro.example", "\N{KELVIN SIGN}im@contoso.com"])
def test_a_name_that_may_be_spelt_in_another_way(world: JobWorld, name: str) -> None:
    post(world, json.dumps(["anna@contoso.com", name]).encode(), "async=true")
    assert world.engine.started[0][1]["isMixed"]


@pytest.mark.parametrize("extra", ["__class__", "__module__", "__data__"])
def test_a_body_that_is_meant_for_a_decoder_of_objects(world: JobWorld, extra: str) -> None:
    users = [{"userPrincipalName": "anna@contoso.com", "__class__": "A", "__module__": "os", "__data__": "{}"}]
    made = job_id(post(world, json.dumps(users).encode(), "async=true"))
    assert extra not in str(world.engine.started)
    assert list(world.store.users(made, 0)) == [Target("anna@contoso.com")]
