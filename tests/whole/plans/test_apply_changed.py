"""What a dry run showed is applied, and nothing else: the directory has changed, orders lie, activities run twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.host import HostProcess, Switches
from sandbox.tenant import Fault, SandboxTenant
from tests.waiting import wait_for
from tests.whole.calls import call
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    TOO_MANY,
    apply,
    begin,
    codes,
    finished,
    get,
    hires,
    leavers,
    mobile,
    move,
    movers,
    number,
    refusal,
    send,
    settled,
    written,
)


def test_who_has_another_plan_by_now_is_left_alone(host: HostProcess, box: SandboxTenant) -> None:
    who = [*movers(box, 3), *leavers(box, 2), *hires(box, 2, first=200), *settled(box, 1)]
    job = begin(host, who)
    plan = finished(host, job)["planId"]
    move(box, who[1], 700)  # another number
    box.tenant.change_user(who[2], phones={"mobile": number(2)})  # right by now
    box.tenant.change_user(who[4], extensionAttribute15=number(301))  # hired again: overwritten, not removed
    box.tenant.delete_user(who[6])
    move(box, who[7], 702)  # nothing was to be written
    applied = apply(host, job).body["jobId"]
    status = finished(host, applied)
    assert codes(host, applied) == [
        *("updated", "planChanged", "unchanged", "removed", "planChanged", "added", "userNotFound", "planChanged"),
    ]
    assert status["counts"] == {"users": 8, "unchanged": 1, "changed": 3, "planned": 0, "skipped": 3, "failed": 1}
    assert status["planId"] != plan
    assert sorted(written(box)) == sorted([who[0], who[3], who[5]])
    results = get(host, applied, what="/result").body["results"]
    assert [result["changes"] for result in results if result["code"] == "planChanged"] == [[], [], []]


def test_with_approve_too(host: HostProcess, box: SandboxTenant) -> None:
    """The ceilings are passed for the plan that was seen, not for whatever stands there now."""
    who = leavers(box, TOO_MANY + 2)
    for upn in who[TOO_MANY:]:
        box.tenant.change_user(upn, extensionAttribute15=mobile(box, upn))
    job = begin(host, who)
    finished(host, job)
    for upn in who[TOO_MANY:]:
        box.tenant.change_user(upn, extensionAttribute15=None)
    applied = apply(host, job, "lead").body["jobId"]
    finished(host, applied, "lead")
    assert codes(host, applied, "lead") == [*["removed"] * TOO_MANY, *["planChanged"] * 2]


def test_who_changes_while_the_job_runs_is_left_alone(new_host: HostMaker, box: SandboxTenant) -> None:
    """Behind the plan of the job that applies, before its own write."""
    host = new_host(JOB_PARALLEL_ACTIVITIES="1")
    who = movers(box, 201)
    for upn in who[10:200]:
        box.tenant.change_user(upn, phones={}, extensionAttribute15=None)
    job = begin(host, who)
    finished(host, job)
    box.tenant.faults.append(Fault("delay", host="graph", method="PATCH", user=who[0], seconds=3))
    applied = apply(host, job).body["jobId"]
    wait_for(lambda: [write.user for write in box.tenant.writes()], bool)
    move(box, who[200], 700)
    finished(host, applied)
    assert codes(host, applied)[0] == "updated"
    result = get(host, applied, what="/result").body["results"][200]
    assert (result["code"], result["status"]) == ("planChanged", "skipped")
    assert mobile(box, who[200]) == number(337)


def test_a_number_that_too_many_should_have_says_so_again(host: HostProcess, box: SandboxTenant) -> None:
    who = hires(box, 5)
    for upn in who[:4]:
        move(box, upn, 5)
    job = begin(host, who)
    finished(host, job)
    assert codes(host, job) == [*["numberShared"] * 4, "planned"]
    applied = apply(host, job).body["jobId"]
    finished(host, applied)
    assert codes(host, applied) == [*["numberShared"] * 4, "added"]


# Orders through the engine's own API


def start(host: HostProcess, name: str, order: dict[str, Any], instance: str | None = None) -> dict[str, Any]:
    """What the engine has to say of an orchestration that somebody with its key has started."""
    tail = f"/{instance}" if instance else ""
    path = f"/runtime/webhooks/durabletask/orchestrators/{name}{tail}"
    answer = call(host, json.dumps(order).encode(), path=path, key=host.master_key, headers=[])
    assert answer.status == 202, answer.text
    seen = f"/runtime/webhooks/durabletask/instances/{answer.body['id']}"
    look = lambda: call(host, method="GET", path=seen, key=host.master_key, headers=[]).body  # noqa: E731
    return wait_for(look, lambda found: found["runtimeStatus"] in ("Completed", "Failed", "Terminated"))


def order_of(job: str, **words: Any) -> dict[str, Any]:
    usual = {"dryRun": False, "isMixed": False, "parallel": 4, "patienceMinutes": 0, "isJudged": True}
    return {"jobId": job, "correlationId": "c", "chunks": 1, **usual, **words}


@pytest.mark.parametrize(
    "words",
    [{}, {"isJudged": False}, {"isJudged": False, "removalsAllowed": 1000}, {"removalsAllowed": 1000}],
    ids=["judged", "not judged", "of an earlier version", "both"],
)
@pytest.mark.parametrize("instance", ["own", "another"])
def test_a_dry_run_that_is_ordered_to_write_writes_nothing(
    host: HostProcess, box: SandboxTenant, words: dict[str, Any], instance: str
) -> None:
    job = begin(host, leavers(box, 2))
    finished(host, job)
    order = order_of(job, **words)
    told = start(host, "run_job", order, job if instance == "own" else None)
    wave = start(host, "run_wave", {**order, "activity": "apply_chunk", "first": 0, "count": 1, "hasWaited": False})
    assert (told["output"]["error"]["code"], wave["output"]["error"]["code"]) == ("internal", "internal")
    assert written(box) == []


@pytest.mark.parametrize("words", [{}, {"isJudged": False}, {"isJudged": False, "removalsAllowed": 1000}])
def test_what_a_ceiling_stopped_is_not_written_whatever_the_order_says(
    host: HostProcess, box: SandboxTenant, words: dict[str, Any]
) -> None:
    job = begin(host, leavers(box, TOO_MANY), query="async=true")
    finished(host, job)
    told = start(host, "run_job", order_of(job, isApproved=True, **words))
    assert told["output"]["error"]["code"] == "tooManyRemovals"
    assert written(box) == []


def test_a_job_that_was_never_accepted(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(Switches(virtual_time=True))
    told = start(host, "run_job", order_of("00000000-0000-4000-8000-000000000009"))
    assert told["runtimeStatus"] == "Failed" or told["output"]["error"]
    assert written(box) == []


# Twice, and read-only


@pytest.mark.parametrize("how", ["after", "overlap"])
def test_every_activity_twice_counts_once(new_host: HostMaker, box: SandboxTenant, how: str) -> None:
    host = new_host(
        Switches(repeat_activities=how, hidden_s=1.0), MAX_REMOVALS_PER_DAY="10", MAX_OVERWRITES_PER_DAY="5"
    )
    who = [*leavers(box, 6), *movers(box, 5)]
    job = begin(host, who)
    finished(host, job)
    applied = apply(host, job).body["jobId"]
    assert finished(host, applied)["status"] == "succeeded"
    assert codes(host, applied) == [*["removed"] * 6, *["updated"] * 5]
    others = leavers(box, 5, first=50)
    assert refusal(send(host, movers(box, 1, first=50))) == (422, "dailyLimit")
    assert refusal(send(host, others)) == (422, "dailyLimit")
    assert send(host, others[:4]).status == 200


def test_read_only_stops_a_running_job_between_its_chunks(
    new_host: HostMaker, box: SandboxTenant, tmp_path: Path
) -> None:
    words = {"state": tmp_path, "JOB_PARALLEL_ACTIVITIES": "1"}
    host = new_host(**words)
    who = [*movers(box, 5), *(f"nobody{place}@contoso.com" for place in range(195)), *movers(box, 5, first=300)]
    job = begin(host, who)
    finished(host, job)
    box.tenant.faults.append(Fault("delay", host="graph", method="PATCH", user=who[4], seconds=2))
    applied = apply(host, job).body["jobId"]
    wait_for(lambda: who[4] in [write.user for write in box.tenant.writes()], bool)
    host.kill()
    box.tenant.faults.clear()
    host = new_host(**words, READ_ONLY="true")
    status = finished(host, applied)
    assert (status["status"], status["error"]["code"]) == ("failed", "readOnly")
    assert not {*written(box)} & {*who[200:]}
    assert get(host, applied, what="/result").body["results"][-1]["code"] == "notAttempted"


def test_read_only_a_job_ends_before_it_writes_and_holds_nothing_of_the_day(
    new_host: HostMaker, box: SandboxTenant
) -> None:
    who = leavers(box, 3)
    stopped, host = new_host(READ_ONLY="true", MAX_REMOVALS_PER_DAY="3"), new_host(MAX_REMOVALS_PER_DAY="3")
    job = begin(stopped, who, query="async=true")
    status = finished(stopped, job)
    assert (status["status"], status["error"]["code"], bool(status["planId"])) == ("failed", "readOnly", True)
    assert codes(stopped, job) == ["planned"] * 3
    assert refusal(apply(stopped, job, "lead")) == (409, "notADryRun")
    assert written(box) == []
    assert send(host, who).status == 200
