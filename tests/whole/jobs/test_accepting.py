"""A list becomes a job: the answer, what is refused, and what the body cannot do."""

import json
import uuid

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from shared.jobs.store import CONTAINER
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.calls import call, handshake, runbook
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.watching import Job, begin, names, upns

BJORN, CARLA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com"


MANY = [f"user{number}@contoso.com" for number in range(21)]  # one more than what is answered at once


def test_a_long_list_is_accepted_with_everything_that_a_caller_may_follow(
    host: HostProcess, box: SandboxTenant
) -> None:
    answer = call(
        host, names(add_people(box, 21)), "code=a-key", [*handshake(), ("X-Forwarded-Host", "evil.example.com")]
    )
    assert answer.status == 202
    body = answer.body
    job_id = str(uuid.UUID(body["jobId"]))
    assert answer.headers["operation-location"] == body["statusUrl"] == f"{host.url}/api/jobs/{job_id}"
    assert answer.headers["location"] == body["resultUrl"] == f"{host.url}/api/jobs/{job_id}/result"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"
    assert "preference-applied" not in answer.headers
    assert (body["JobIds"], body["status"]) == ([job_id], "notStarted")
    # Durable's own management URLs hold a key that ends or purges any instance.
    assert "runtime/webhooks" not in answer.text
    assert "code=" not in answer.text
    assert Job(host, job_id).finished()["status"] == "succeeded"


def test_a_short_list_becomes_a_job_when_the_caller_asks_for_it(host: HostProcess, box: SandboxTenant) -> None:
    body = runbook(BJORN)
    for query, prefer, applied in (
        ("async=true", "", False),
        ("ASYNC=1", "", False),
        ("", "respond-async", True),
        ("", "wait=10, Respond-Async; x=1", True),
    ):
        headers = [("Message", HANDSHAKE), *([("Prefer", prefer)] if prefer else [])]
        answer = call(host, body, query, headers)
        assert answer.status == 202, answer.text
        assert (answer.headers.get("preference-applied") == "respond-async") is applied
        assert Job(host, answer.body["jobId"]).finished()["status"] == "succeeded"
    assert [write.user for write in box.tenant.writes()] == [BJORN]


@pytest.mark.parametrize(("query", "prefer"), [("async=false", ""), ("async=0", ""), ("", "wait=10"), ("", "async")])
def test_a_short_list_is_answered_at_once_otherwise(host: HostProcess, query: str, prefer: str) -> None:
    answer = call(host, runbook(BJORN), query, [("Message", HANDSHAKE), ("Prefer", prefer)])
    assert (answer.status, answer.codes) == (200, ["updated"])


def test_what_can_be_refused_is_refused_before_a_job_is_accepted(
    host: HostProcess, stored: Jobs, box: SandboxTenant
) -> None:
    many, before = runbook(*MANY), stored.names(CONTAINER)
    refused = [
        (call(host, many, headers=[("Message", "wrong")]), 401, "unauthorized"),
        (call(host, many, headers=[]), 401, "unauthorized"),
        (call(host, many, "dryRun=yes"), 400, "invalidQuery"),
        (call(host, many, "async=perhaps"), 400, "invalidQuery"),
        (call(host, many[:-1], "async=true"), 400, "invalidBody"),
        (call(host, runbook(BJORN, "nobody"), "async=true"), 400, "invalidBody"),
        (call(host, runbook(*(f"u{n}@contoso.com" for n in range(2001)))), 413, "tooManyUsers"),
    ]
    assert [(answer.status, answer.body["code"]) for answer, _, _ in refused] == [case[1:] for case in refused]
    assert call(host, many, key="not-the-key").status == 401
    assert stored.names(CONTAINER) == before
    assert box.tenant.calls() == []


def test_values_never_become_a_job(host: HostProcess, stored: Jobs) -> None:
    before = stored.names(CONTAINER)
    entries = [{"userPrincipalName": upn, "mobile": "+46 701740605"} for upn in MANY]
    explicit = [*handshake(EXPLICIT_HANDSHAKE), ("Prefer", "respond-async")]
    body = json.dumps(entries).encode()
    assert call(host, body, "async=true", explicit, path="/api/set").body["code"] == "invalidQuery"
    answer = call(host, body, headers=explicit, path="/api/set")
    assert (answer.status, answer.body["code"]) == (413, "tooManyUsers")
    assert "20 users" in answer.body["detail"]
    assert "Split" in answer.body["detail"]
    plan = [
        {"op": "Modify", "nativeIdentity": entry["userPrincipalName"], "attributeRequests": []} for entry in entries
    ]
    answer = call(host, json.dumps({"accountRequests": plan}).encode(), headers=explicit, path="/api/provision")
    assert (answer.status, answer.body["code"]) == (413, "tooManyUsers")
    assert stored.names(CONTAINER) == before


def test_the_same_key_with_the_same_request_is_the_same_job(host: HostProcess, box: SandboxTenant) -> None:
    body = runbook(BJORN)
    first = begin(host, body, "async=true", Idempotency_Key="night-run-7")
    assert first.finished()["status"] == "succeeded"
    again = begin(host, body, "async=true", Idempotency_Key="night-run-7")
    assert again.id == first.id
    assert [result["code"] for result in again.results()] == ["updated"]
    assert begin(host, body, "async=true", Idempotency_Key="night-run-8").id != first.id
    for other_body, query in (
        (runbook(CARLA), "async=true"),
        (body, "async=true&dryRun=true"),
        (body + b" ", "async=1"),
    ):
        answer = call(host, other_body, query, [("Message", HANDSHAKE), ("Idempotency-Key", "night-run-7")])
        assert (answer.status, answer.body["code"]) == (422, "idempotencyConflict")
    assert [write.user for write in box.tenant.writes()] == [BJORN]


def test_a_key_is_kept_over_the_end_of_the_host(jobs: Jobs, box: SandboxTenant) -> None:
    host = jobs.host()
    first = begin(host, runbook(BJORN), "async=true", Idempotency_Key="k")
    host.kill()
    second = begin(jobs.host(), runbook(BJORN), "async=true", Idempotency_Key="k")
    assert second.id == first.id
    status = second.finished()
    assert (status["status"], status["counts"]["changed"]) == ("succeeded", 1), status
    assert [write.method for write in box.tenant.writes()] == ["PATCH"]


POISON = {"__class__": "Fraction", "__module__": "fractions", "__data__": "1/0"}


def test_what_durable_would_build_objects_of_is_data(host: HostProcess, box: SandboxTenant) -> None:
    """The codec of azure-functions-durable builds an object of a JSON object with these three keys."""
    entry = {"UserPrincipalName": BJORN, **POISON}
    for document in ([entry], {"users": [entry], **POISON}, {"value": [{**entry, "more": [POISON]}]}, entry):
        job = begin(host, json.dumps(document).encode(), "async=true")
        assert job.finished()["status"] == "succeeded"
        assert upns(job.results()) == [BJORN]
    for document in ([POISON], [{"UserPrincipalName": POISON}], POISON):
        answer = call(host, json.dumps(document).encode(), "async=true")
        assert (answer.status, answer.body["code"]) == (400, "invalidBody")
    key = json.dumps(POISON)
    assert begin(host, runbook(CARLA), "async=true", Idempotency_Key=key).finished()["status"] == "succeeded"
    assert "Traceback" not in host.log()


@pytest.mark.parametrize(
    "job_id", ["00000000-0000-4000-8000-0000000000aa", "4711", "..%2F..%2Fsecrets", "%2500", "INSTANCEID"]
)
def test_an_unknown_id_is_no_job(host: HostProcess, job_id: str) -> None:
    for method, what in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
        answer = call(host, method=method, path=f"/api/jobs/{job_id}{what}")
        assert (answer.status, answer.body["code"]) == (404, "jobNotFound")


def test_a_job_is_behind_key_and_handshake(host: HostProcess) -> None:
    job = begin(host, runbook(BJORN), "async=true")
    for method, what in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
        path = f"/api/jobs/{job.id}{what}"
        assert call(host, method=method, path=path, headers=handshake("wrong")).status == 401
        assert call(host, method=method, path=path, key="not-the-key").text == ""
    assert job.finished()["status"] == "succeeded"


def test_without_storage_a_list_is_answered_inline_and_a_job_is_refused(jobs: Jobs) -> None:
    host = jobs.host(AzureWebJobsStorage="")
    assert call(host, runbook(BJORN)).codes == ["updated"]
    answer = call(host, runbook(BJORN), "async=true")
    assert (answer.status, answer.body["code"]) == (500, "configuration")
    assert "AzureWebJobsStorage" in host.log()
