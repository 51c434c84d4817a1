"""Signed calls say in their body which plan and which job they are for."""

from typing import Any

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.whole.calls import Answer
from tests.whole.plans.people import (
    BOSS,
    LISTS,
    TOO_MANY,
    begin,
    call,
    codes,
    finished,
    get,
    leavers,
    movers,
    number,
    post,
    refusal,
    written,
)

OTHER = "AAAAAAAAAAAAAAAAAAAA"


def users(host: HostProcess, signer: Any, who: list[str], **beside: object) -> Answer:
    return post(host, signer, "/api/reconcile", operation="reconcile", users=who, **beside)


def test_the_plan_stands_in_the_body(host: HostProcess, box: SandboxTenant) -> None:
    who = leavers(box, TOO_MANY)
    stopped = users(host, BOSS, who)
    assert refusal(stopped) == (422, "tooManyRemovals")
    plan = stopped.body["planId"]
    assert refusal(users(host, BOSS, who, planId=OTHER)) == (412, "planChanged")
    assert refusal(users(host, LISTS, who, planId=plan)) == (422, "tooManyRemovals")
    assert written(box) == []
    assert users(host, BOSS, who, planId=plan).body["counts"]["changed"] == TOO_MANY


def test_in_a_header_it_is_not_signed(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 1)
    plan = users(host, BOSS, who, dryRun=True).body["planId"]
    content = b'{"operation": "reconcile", "users": ["%s"]}' % who[0].encode()
    answer = call(host, content, "", [*BOSS.headers(content), ("If-Match", plan)])
    assert refusal(answer) == (400, "invalidQuery")
    assert written(box) == []


@pytest.mark.parametrize("plan", ["*", "", '"x"', 7, None, ["x"], "a, b", "W/x"])
def test_it_is_one_id(host: HostProcess, box: SandboxTenant, plan: object) -> None:
    assert refusal(users(host, BOSS, movers(box, 1), planId=plan)) == (400, "invalidBody")
    assert written(box) == []


def test_a_list_that_becomes_a_job_goes_with_no_plan(host: HostProcess, box: SandboxTenant) -> None:
    answer = users(host, BOSS, movers(box, 1), planId=OTHER, **{"async": True})
    assert refusal(answer) == (400, "invalidQuery")


def test_values_go_with_their_plan(host: HostProcess, box: SandboxTenant) -> None:
    (upn,) = movers(box, 1)
    value = {"users": [{"userPrincipalName": upn, "mobile": number(800)}]}
    shown = post(host, BOSS, "/api/set", operation="set", planId=OTHER, **value)
    assert refusal(shown) == (412, "planChanged")
    attribute = {"name": "mfa_phoneNumber_mobile", "op": "Set", "value": number(800)}
    accounts = [{"op": "Modify", "nativeIdentity": upn, "attributeRequests": [attribute]}]
    plan = {"operation": "provision", "accountRequests": accounts}
    assert refusal(post(host, BOSS, "/api/provision", planId=OTHER, **plan)) == (412, "planChanged")
    assert written(box) == []
    assert post(host, BOSS, "/api/provision", planId=shown.body["planId"], **plan).codes == ["updated"]


# POST /api/jobs/{id}/apply


def test_a_dry_run_is_applied_by_what_the_body_says(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 2)
    job = begin(host, who)
    plan = finished(host, job)["planId"]
    path = f"/api/jobs/{job}/apply"

    def send(**body: object) -> Answer:
        return post(host, LISTS, path, operation="apply", **body)

    another = begin(host, who)
    for wrong in (
        {},
        {"jobId": another},
        {"jobId": None},
        {"jobId": job, "dryRun": False},
        {"jobId": job, "async": True},
        {"jobId": job, "users": who[:1]},
        {"jobId": job, "accountRequests": []},
        {"jobId": job, "operation": "reconcile"},
    ):
        body = {"operation": "apply", **wrong}
        assert refusal(post(host, LISTS, path, **body)) == (400, "invalidBody"), wrong
    assert refusal(send(jobId=job, planId=OTHER)) == (412, "planChanged")
    accepted = send(jobId=job.upper(), planId=plan, reason="the plan of Monday")
    assert accepted.status == 202, accepted.text
    assert send(jobId=job).body["jobId"] == accepted.body["jobId"]
    applied = accepted.body["jobId"]
    assert finished(host, applied)["applies"] == job
    assert codes(host, applied) == ["updated", "updated"]


def test_neither_query_nor_header_adds_to_it(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 1))
    finished(host, job)
    path = f"/api/jobs/{job}/apply"
    content = b'{"operation": "apply", "jobId": "%s"}' % job.encode()
    for query, more in (
        ("dryRun=true", []),
        ("planId=x", []),
        ("", [("If-Match", OTHER)]),
        ("", [("X-Reason", "x")]),
        ("", [("Idempotency-Key", "x")]),
    ):
        answer = call(host, content, query, [*LISTS.headers(content), *more], path=path)
        assert refusal(answer) == (400, "invalidQuery"), (query, more)
    assert get(host, job).body["status"] == "succeeded"
    assert written(box) == []
