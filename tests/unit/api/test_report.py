"""POST /api/report: what it takes, and what it becomes."""

import json
from typing import Any

import pytest

from shared.api.payload.rehearsal import NOT_HERE
from shared.api.report import handle_report
from shared.settings.callers import NamedCaller, Right
from tests.signing import Signer
from tests.unit.jobs.worlds import JobWorld
from tests.unit.world import body, refusal

AUDITOR, SIGNER = {"message": "auditor.auditor-not-real"}, Signer("signer", "signer-not-real-either")
USERS = json.dumps(["anna@contoso.com", "bo@contoso.com", "Anna@contoso.com"]).encode()


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    rights = frozenset({Right.OPERATE})
    world.add_caller(NamedCaller("auditor", rights), "auditor-not-real")
    world.add_caller(NamedCaller("signer", rights, signed=True), "signer-not-real-either")
    return world


def test_it_becomes_a_job_that_only_reads(world: JobWorld) -> None:
    answer = world.ask(handle_report, USERS, AUDITOR)
    assert answer.status == 202
    ((job_id, order),) = world.engine.started
    assert body(answer)["jobId"] == job_id
    assert (order["isReport"], order["dryRun"], order["chunks"]) == (True, True, 1)
    job = world.store.find(job_id)
    assert job is not None
    assert (job.is_report, job.dry_run, job.users, job.caller) == (True, True, 2, "auditor")
    (record,) = world.trail.records
    assert (record["event"], record["outcome"], record["jobId"]) == ("report", "accepted", job_id)


def test_a_list_as_a_table(world: JobWorld) -> None:
    headers = {**AUDITOR, "content-type": "text/csv"}
    assert world.ask(handle_report, b"UPN\nanna@contoso.com\n", headers).status == 202


def test_the_advice_is_none_that_is_refused_when_it_is_followed(world: JobWorld) -> None:
    table = {**AUDITOR, "content-type": "text/csv"}
    for raw, headers in (
        (b'[{"UPN":"anna@contoso.com","dryRun":true}]', AUDITOR),
        (b"UPN,dryRun\nanna@contoso.com,1\n", table),
        (USERS, {**AUDITOR, "x-dry-run": "1"}),
        signed(options={"dryRun": True}),
    ):
        assert body(world.ask(handle_report, raw, headers))["detail"].endswith(NOT_HERE)
    found = body(world.ask(handle_report, b'{"users":["anna@contoso.com"],"planId":"x","async":true}', AUDITOR))
    assert [fault["pointer"] for fault in found["errors"]] == ["/planId", "/async"]
    assert "not supported" in found["errors"][0]["detail"]
    assert "?async=true" in found["errors"][1]["detail"]
    assert world.engine.started == []


def test_it_needs_the_right(world: JobWorld) -> None:
    assert refusal(world.ask(handle_report, USERS)) == (403, "rightMissing")
    assert world.engine.started == []


@pytest.mark.parametrize("query", ["dryRun=true", "whatIf=false", "dryrunn=true", "scope=everyone", "code=a;dryRun=1"])
def test_what_means_nothing_here_is_refused(world: JobWorld, query: str) -> None:
    assert refusal(world.ask(handle_report, USERS, AUDITOR, query)) == (400, "invalidQuery")
    assert refusal(world.ask(handle_report, USERS, {**AUDITOR, "if-match": '"x"'})) == (400, "invalidQuery")
    assert world.engine.started == []
    assert world.ask(handle_report, USERS, AUDITOR, "async=true").status == 202


def test_the_same_key_is_the_same_report_and_no_other(world: JobWorld) -> None:
    headers = {**AUDITOR, "idempotency-key": "k"}
    first, again = (body(world.ask(handle_report, USERS, headers))["jobId"] for _ in range(2))
    assert first == again
    assert refusal(world.ask(handle_report, b'["cy@contoso.com"]', headers)) == (422, "idempotencyConflict")


def signed(**words: Any) -> tuple[bytes, dict[str, str]]:
    content = json.dumps({"operation": "report", "users": ["anna@contoso.com"], **words}).encode()
    return content, dict(SIGNER.headers(content))


def test_a_signed_call_says_everything_in_its_body(world: JobWorld) -> None:
    assert world.ask(handle_report, *signed(reason="audit 27", **{"async": True})).status == 202
    assert world.trail.records[-1]["reason"] == "audit 27"


@pytest.mark.parametrize(
    "words",
    [
        {"operation": "reconcile"},
        {"dryRun": True},
        {"dryRun": False},
        {"planId": "mX3v"},
        {"users": []},
    ],
)
def test_a_signed_call_for_something_else_is_refused(world: JobWorld, words: dict[str, Any]) -> None:
    assert refusal(world.ask(handle_report, *signed(**words))) == (400, "invalidBody")
    assert world.engine.started == []


@pytest.mark.parametrize(
    ("body_sent", "scope"),
    [
        ({"scope": "everyone"}, "everyone"),
        ({"group": "9009C000-0000-4000-8000-00000000009C"}, "9009c000-0000-4000-8000-00000000009c"),
    ],
)
def test_whom_the_job_lists_itself(world: JobWorld, body_sent: dict[str, Any], scope: str) -> None:
    for sent in ((json.dumps(body_sent).encode(), AUDITOR), signed_scope(body_sent)):
        assert world.ask(handle_report, *sent).status == 202
        job_id, order = world.engine.started[-1]
        job = world.store.find(job_id)
        assert (order["lists"], order["isReport"]) == (True, True)
        assert job is not None
        assert job.scope == scope


def signed_scope(words: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    content = json.dumps({"operation": "report", **words}).encode()
    return content, dict(SIGNER.headers(content))
