"""Who may ask for a report and read it, what is on record of that, and what is stored."""

import json

from sandbox.tenant import SandboxTenant
from tests.whole.calls import call
from tests.whole.jobs.conftest import Jobs
from tests.whole.jobs.test_privacy import everything_in
from tests.whole.report.conftest import SECRET, Reports
from tests.whole.report.tenant import PEOPLE, upn

NUMBER = "701740685"


def test_a_report_needs_the_right_operate(reports: Reports) -> None:
    answer = reports.send({"users": [upn("right")]}, name="helpdesk", secret="sandbox-helpdesk-too-not-real")
    assert (answer.status, answer.body["code"]) == (403, "rightMissing")
    job_id = reports.of_everybody()
    headers = [("Message", "helpdesk.sandbox-helpdesk-too-not-real")]
    others = call(reports.host, method="GET", path=f"/api/jobs/{job_id}/result", headers=headers)
    assert (others.status, others.body["code"]) == (404, "jobNotFound")


def test_a_report_is_no_dry_run_and_cannot_be_applied(reports: Reports) -> None:
    for query in ("dryRun=true", "whatIf=1", "dryrn=1"):
        answer = reports.send({"users": [upn("right")]}, query)
        assert (answer.status, answer.body["code"]) == (400, "invalidQuery"), query
    job_id = reports.of_everybody()
    status = reports.get(job_id).body
    assert (status["operation"], "dryRun" in status, "planId" in status) == ("report", False, False)
    assert status["progress"]["done"] == status["progress"]["total"] == len(PEOPLE)
    headers = [("Message", f"auditor.{SECRET}")]
    answer = call(reports.host, path=f"/api/jobs/{job_id}/apply", headers=headers)
    assert answer.body["code"] in ("rightMissing", "notADryRun")


def test_its_beginning_and_each_download_are_on_record(reports: Reports, kept: Jobs) -> None:
    job_id = reports.made(upn("right"))
    for accept in ("application/json", "text/csv", "text/html"):
        assert reports.get(job_id, "/result", accept=accept).status == 200
    lines = b"".join(content for _, content in kept.audit()).splitlines()
    records = [record for record in map(json.loads, lines) if record.get("jobId") == job_id]
    assert [(record["event"], record["outcome"]) for record in records] == [
        ("report", "accepted"),
        *[("report", "shown")] * 3,
    ]
    assert {record["caller"] for record in records} == {"auditor"}
    assert {record["route"] for record in records} == {"POST /api/report", "GET /api/jobs/*/result"}


def test_no_number_is_stored_in_clear(reports: Reports, kept: Jobs, box: SandboxTenant) -> None:
    job_id = reports.of_everybody()
    stored = everything_in(kept.blobs)
    assert job_id.encode() in everything_in(kept.history)
    assert b"+46 *******85" in stored
    numbers = [phone.number for user in box.tenant.users() for phone in user.phones.values()]
    assert not [number for number in numbers if number.split()[1].encode() in stored]
    assert NUMBER.encode() not in stored


def test_the_same_key_and_list_for_another_operation_is_another_job(reports: Reports) -> None:
    body, headers = json.dumps([upn("right")]).encode(), [("Message", f"auditor.{SECRET}"), ("Idempotency-Key", "k1")]
    first, again = (call(reports.host, body, "", headers, path="/api/report") for _ in range(2))
    assert (first.status, first.body["jobId"]) == (202, again.body["jobId"])
    other = call(reports.host, json.dumps([upn("only")]).encode(), "", headers, path="/api/report")
    assert (other.status, other.body["code"]) == (422, "idempotencyConflict")
