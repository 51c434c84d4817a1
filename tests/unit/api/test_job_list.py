"""api/job_list.py: the caller's jobs, newest first, from blobs alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sandbox.storage import SandboxStorage
from shared.api.frame import WebRequest, WebResponse
from shared.api.job_list import JOBS_ON_A_PAGE, handle_jobs
from shared.api.lists import handle_reconcile
from shared.errors import JobsUnavailable
from shared.services import Job
from tests.unit.jobs.worlds import JobWorld, Remembering
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, ORIGIN, body, refusal

MANY = b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]'
BEGIN = datetime(2026, 11, 28, 23, 59, 58, tzinfo=UTC)
CALLER = "webhook-handshake"


def ask(world: JobWorld, query: str = "", headers: dict[str, str] | None = None) -> WebResponse:
    sent = WebRequest(b"", HEADERS if headers is None else headers, query, {}, ORIGIN)
    return handle_jobs(sent, world.services)


def listed(world: JobWorld, query: str = "") -> dict[str, Any]:
    response = ask(world, query)
    assert response.status == 200, response.body
    return body(response)


def indexed(world: JobWorld, number: int, caller: str = CALLER) -> str:
    """A job that was accepted so many seconds after the beginning."""
    job_id = str(UUID(int=(number * 7919) % 1009))
    created = (BEGIN + timedelta(seconds=number)).isoformat(timespec="milliseconds")
    world.store.put_index(caller, Job(job_id, "f", created, number, 1, number % 2 == 0))
    return job_id


def test_there_are_none(world: JobWorld) -> None:
    found = listed(world)
    assert found == {"correlationId": found["correlationId"], "value": [], "nextLink": None}


def test_what_was_accepted_is_listed_with_its_links(world: JobWorld) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    accepted = body(world.ask(handle_reconcile, MANY, query="dryRun=true"))
    (job,) = listed(world)["value"]
    assert before <= datetime.fromisoformat(job.pop("createdAt")) <= datetime.now(UTC)
    assert job == {
        "jobId": accepted["jobId"],
        "caller": "webhook-handshake",
        "users": 3,
        "dryRun": True,
        "statusUrl": accepted["statusUrl"],
        "resultUrl": accepted["resultUrl"],
    }


def test_a_report_is_told_as_one_and_not_as_a_dry_run(world: JobWorld) -> None:
    created = BEGIN.isoformat(timespec="milliseconds")
    world.store.put_index(CALLER, Job(str(UUID(int=1)), "f", created, 1, 1, dry_run=True, is_report=True))
    (job,) = listed(world)["value"]
    assert (job.get("operation"), "dryRun" in job) == ("report", False)


def test_the_time_is_that_of_the_job_to_the_millisecond(world: JobWorld) -> None:
    created = "2026-11-28T23:59:58.123+00:00"
    world.store.put_index(CALLER, Job("5b3d6c1e-0000-4000-8000-000000000001", "f", created, 1, 1, False))
    assert [job["createdAt"] for job in listed(world)["value"]] == [created]


def test_the_newest_stands_first(world: JobWorld) -> None:
    ids = [indexed(world, number) for number in (3, 1, 4, 2)]
    found = listed(world)["value"]
    assert [job["users"] for job in found] == [4, 3, 2, 1]
    assert [job["dryRun"] for job in found] == [True, False, True, False]
    assert {job["jobId"] for job in found} == set(ids)


def test_the_same_key_is_one_line(world: JobWorld) -> None:
    for _ in range(3):
        assert world.ask(handle_reconcile, MANY, {**HEADERS, "idempotency-key": "k"}).status == 202
    assert len(listed(world)["value"]) == 1


class Starting(Remembering):
    """Does not start what it is given the first time."""

    def start(self, job_id: str, job: dict[str, Any]) -> None:
        if not self.started:
            self.started.append((job_id, job))
            raise JobsUnavailable("away")
        super().start(job_id, job)


def test_a_job_that_is_begun_at_the_second_try_is_one_line(world: JobWorld) -> None:
    world.engine = Starting()
    headers = {**HEADERS, "idempotency-key": "k"}
    assert [world.ask(handle_reconcile, MANY, headers).status for _ in range(2)] == [503, 202]
    assert len(listed(world)["value"]) == 1


@pytest.mark.parametrize(("jobs", "lengths"), [(50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_pages_hold_every_job_once(world: JobWorld, jobs: int, lengths: list[int]) -> None:
    for number in range(jobs):
        indexed(world, number)
    pages = [listed(world)]
    while link := pages[-1]["nextLink"]:
        path, _, query = link.partition("?")
        assert path == f"{ORIGIN}/api/jobs"
        pages.append(listed(world, query))
    assert [len(page["value"]) for page in pages] == lengths
    assert [job["users"] for page in pages for job in page["value"]] == list(reversed(range(jobs)))
    assert JOBS_ON_A_PAGE == 50


def test_a_job_that_comes_meanwhile_moves_no_page(world: JobWorld) -> None:
    for number in range(60):
        indexed(world, number)
    query = listed(world)["nextLink"].partition("?")[2]
    for number in range(60, 70):
        indexed(world, number)
    assert [job["users"] for job in listed(world, query)["value"]] == list(reversed(range(10)))


def test_nobody_elses_jobs_are_listed(world: JobWorld) -> None:
    indexed(world, 1)
    indexed(world, 2, "webhook-handshake-2")
    indexed(world, 3, "another")
    assert [job["users"] for job in listed(world)["value"]] == [1]


def test_the_engine_is_not_asked(world: JobWorld) -> None:
    indexed(world, 1)
    world.engine.trouble = AssertionError("the engine was asked")
    assert len(listed(world)["value"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        *("after=", "after=1", "after=../x", "after=8234567890123-5b3d6c1e-0000-4000-8000-000000000001/x"),
        "after=8234567890123-5b3d6c1e-0000-4000-8000-00000000000%0A",
        "&".join(["after=8234567890123-5b3d6c1e-0000-4000-8000-000000000001"] * 2),
    ],
)
def test_a_place_that_no_link_has_named(world: JobWorld, query: str) -> None:
    assert refusal(ask(world, query)) == (400, "invalidQuery")


def test_a_place_behind_the_end(world: JobWorld) -> None:
    indexed(world, 1)
    found = listed(world, "AFTER=9999999999999-5b3d6c1e-0000-4000-8000-000000000001")
    assert (found["value"], found["nextLink"]) == ([], None)


def test_who_may_see_them(world: JobWorld) -> None:
    assert refusal(ask(world, headers={})) == (401, "unauthorized")
    assert refusal(ask(world, headers=EXPLICIT_HEADERS)) == (403, "explicitDisabled")
    world.allow_explicit()
    assert ask(world, headers=EXPLICIT_HEADERS).status == 200


def test_storage_that_does_not_answer(world: JobWorld, storage: SandboxStorage) -> None:
    storage.fail(100)
    assert refusal(ask(world)) == (503, "jobsUnavailable")


def test_what_is_stored_names_no_user(world: JobWorld, blobs: Any) -> None:
    world.ask(handle_reconcile, json.dumps(["anna@contoso.com"] * 3).encode(), query="async=true")
    (name,) = [name for name in blobs() if name.startswith("index/")]
    assert name.startswith(f"index/{CALLER}/")
    assert blobs()[name] == b""
