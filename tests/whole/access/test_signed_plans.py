"""Plan ids in signed bodies, and dry runs that are applied by a signed call."""

import json

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.signing import Signer
from tests.waiting import wait_for
from tests.whole.access.people import ANNA, BJORN, HR, LISTS, OTHER, named, post, refusal, signed, users
from tests.whole.calls import Answer, call

FAULTY, BESIDE = (400, "invalidBody"), (400, "invalidQuery")


def finished(host: HostProcess, signer: Signer, job_id: str) -> str:
    path = f"/api/jobs/{job_id}"
    wait_for(lambda: signed(host, signer, "GET", path).body["status"], lambda status: status == "succeeded")
    return job_id


@pytest.fixture
def rehearsal(open_host: HostProcess) -> str:
    """The id of a dry run that has ended: Björn's number would be updated."""
    answer = post(open_host, LISTS, users(**{"async": True, "dryRun": True}))
    return finished(open_host, LISTS, answer.body["jobId"])


def apply_body(job_id: str, **beside: object) -> bytes:
    return json.dumps({"operation": "apply", "jobId": job_id, **beside}).encode()


def apply(host: HostProcess, job_id: str, body: bytes | None = None, signer: Signer = LISTS, query: str = "") -> Answer:
    return post(host, signer, apply_body(job_id) if body is None else body, f"/api/jobs/{job_id}/apply", query)


def test_only_the_plan_that_was_signed_is_carried_out(open_host: HostProcess, box: SandboxTenant) -> None:
    seen = post(open_host, LISTS, users(dryRun=True)).body["planId"]
    assert refusal(post(open_host, LISTS, users(planId="another"))) == (412, "planChanged")
    assert box.tenant.writes() == []
    assert refusal(post(open_host, LISTS, users(planId=seen), more=[("If-Match", seen)])) == BESIDE
    for value in ("", " ", f'"{seen}"', f"{seen},{seen}", "*", 5, None):
        assert refusal(post(open_host, LISTS, users(planId=value))) == FAULTY
    assert post(open_host, LISTS, users(planId=seen)).codes == ["updated"]


def test_a_list_that_becomes_a_job_has_no_plan_to_be_signed(open_host: HostProcess) -> None:
    assert post(open_host, LISTS, users(**{"async": True, "planId": "x"})).status == 400


def test_a_dry_run_is_applied_once_however_often_it_is_signed(
    open_host: HostProcess, box: SandboxTenant, rehearsal: str
) -> None:
    first, again = apply(open_host, rehearsal), apply(open_host, rehearsal)
    assert (first.status, again.status) == (202, 202)
    assert first.body["jobId"] == again.body["jobId"] != rehearsal
    finished(open_host, LISTS, first.body["jobId"])
    assert [write.user for write in box.tenant.writes()] == [BJORN]


def test_a_body_that_was_signed_for_one_job_applies_no_other(
    open_host: HostProcess, box: SandboxTenant, rehearsal: str
) -> None:
    other = post(open_host, LISTS, users(ANNA, **{"async": True, "dryRun": True})).body["jobId"]
    finished(open_host, LISTS, other)
    without = json.dumps({"operation": "apply"}).encode()
    for body in (apply_body(other), apply_body(""), apply_body(f"{rehearsal} "), without, users(jobId=rehearsal)):
        assert refusal(apply(open_host, rehearsal, body)) == FAULTY, body
    assert box.tenant.writes() == []


@pytest.mark.parametrize("key", ["dryRun", "async", "whatIf", "users", "group", "scope", "value"])
def test_what_an_apply_cannot_have_is_refused(
    open_host: HostProcess, box: SandboxTenant, rehearsal: str, key: str
) -> None:
    for value in (True, [ANNA]):
        assert refusal(apply(open_host, rehearsal, apply_body(rehearsal, **{key: value}))) == FAULTY
    assert box.tenant.writes() == []


def test_the_query_and_headers_of_an_apply(open_host: HostProcess, box: SandboxTenant, rehearsal: str) -> None:
    for query in ("dryRun=true", "async=true", "planId=x"):
        assert refusal(apply(open_host, rehearsal, query=query)) == BESIDE
    body, path = apply_body(rehearsal), f"/api/jobs/{rehearsal}/apply"
    for header in (("If-Match", "x"), ("Idempotency-Key", "x"), ("X-Reason", "x"), ("Prefer", "respond-async")):
        assert refusal(post(open_host, LISTS, body, path, more=[header])) == BESIDE
    assert refusal(apply(open_host, rehearsal, apply_body(rehearsal, planId="x"))) == (412, "planChanged")
    assert box.tenant.writes() == []


def test_who_may_apply(open_host: HostProcess, box: SandboxTenant, rehearsal: str) -> None:
    path = f"/api/jobs/{rehearsal}/apply"
    for signer in (OTHER, HR):
        assert refusal(apply(open_host, rehearsal, signer=signer)) == (404, "jobNotFound")
    for name in ("reader", "operator", "approver", "writer"):
        assert refusal(call(open_host, b"", "", named(name), path=path)) == (403, "rightMissing")
    assert box.tenant.writes() == []
