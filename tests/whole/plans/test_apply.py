"""POST /api/jobs/{id}/apply: a dry run is carried out, by whom, once."""

from pathlib import Path

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
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
    movers,
    named,
    number,
    refusal,
    rehearse,
    settled,
    written,
)

OTHER = "AAAAAAAAAAAAAAAAAAAA"


def test_it_does_what_the_dry_run_showed(host: HostProcess, box: SandboxTenant) -> None:
    who = [*movers(box, 2), *leavers(box, 1), *hires(box, 1, first=200), *settled(box, 1), "nobody@contoso.com"]
    job = begin(host, who)
    shown = finished(host, job)
    assert (shown["status"], shown["planId"]) == ("partial", rehearse(host, who).body["planId"])
    assert get(host, job, what="/result").body["planId"] == shown["planId"]
    accepted = apply(host, job)
    assert (accepted.status, accepted.headers["retry-after"]) == (202, "10")
    applied = accepted.body["jobId"]
    assert accepted.headers["operation-location"].endswith(f"/api/jobs/{applied}")
    assert applied != job
    status = finished(host, applied)
    assert (status["status"], status["dryRun"], status["applies"]) == ("partial", False, job)
    assert (status["caller"], status["planId"]) == ("lists", shown["planId"])
    assert "applies" not in shown
    assert codes(host, applied) == ["updated", "updated", "removed", "added", "unchanged", "userNotFound"]
    assert len(written(box)) == 4


def test_a_second_time_it_is_the_same_job_whatever_became_of_it(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 2))
    finished(host, job)
    first = apply(host, job)
    again = apply(host, job)
    finished(host, first.body["jobId"])
    later = [apply(host, job), apply(host, job.upper()), apply(host, job, "operator")]
    assert {answer.body["jobId"] for answer in (first, again, *later)} == {first.body["jobId"]}
    assert {answer.status for answer in (again, *later)} == {202}
    assert len(written(box)) == 2
    assert finished(host, first.body["jobId"])["caller"] == "lists"


def test_a_cancelled_one_stays_cancelled(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 2))
    finished(host, job)
    box.tenant.faults.append(Fault("delay", host="graph", method="GET", seconds=1, times=2))
    applied = apply(host, job).body["jobId"]
    assert call(host, headers=named("lists"), method="DELETE", path=f"/api/jobs/{applied}").status == 200
    assert finished(host, applied)["status"] == "cancelled"
    assert apply(host, job).body["jobId"] == applied
    assert written(box) == []


def test_it_is_a_job_like_any_other_in_the_list(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 1))
    finished(host, job)
    applied = apply(host, job, "operator").body["jobId"]
    finished(host, applied, "operator")

    def listed(who: str) -> list[str]:
        path = "/api/jobs"
        return [each["jobId"] for each in call(host, method="GET", path=path, headers=named(who)).body["value"]]

    assert job in listed("lists")
    assert applied not in listed("lists")
    assert applied in listed("operator")


# Whose


def test_a_job_of_another_is_applied_with_operate_and_belongs_to_who_applies(
    host: HostProcess, box: SandboxTenant
) -> None:
    job = begin(host, movers(box, 1))
    finished(host, job)
    for stranger in ("other", "boss"):
        assert refusal(apply(host, job, stranger)) == (404, "jobNotFound")
    assert refusal(apply(host, job, "writer")) == (403, "rightMissing")
    applied = apply(host, job, "operator").body["jobId"]
    status = finished(host, applied, "operator")
    assert (status["caller"], status["applies"], status["status"]) == ("operator", job, "succeeded")
    # It is not the job of whose dry run it was.
    assert refusal(get(host, applied, "lists")) == (404, "jobNotFound")


# Which


def test_the_plan_that_was_seen_may_be_named(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 1))
    plan = finished(host, job)["planId"]
    assert refusal(apply(host, job, "lists", ("If-Match", f'"{OTHER}"'))) == (412, "planChanged")
    for text in ("*", f'W/"{plan}"', f"{plan}, {plan}", ""):
        assert refusal(apply(host, job, "lists", ("If-Match", text))) == (400, "invalidQuery"), text
    assert written(box) == []
    finished(host, apply(host, job, "lists", ("If-Match", f'"{plan}"')).body["jobId"])
    assert len(written(box)) == 1


def test_it_takes_no_parameter(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 1))
    finished(host, job)
    for query in ("dryRun=true", "dryRun=false", "whatIf=1", "async=true", "users=x", "planId=x"):
        assert refusal(apply(host, job, query=query)) == (400, "invalidQuery"), query
    body = b'{"dryRun": true}'
    answer = call(host, body, headers=named("lists"), path=f"/api/jobs/{job}/apply")
    assert answer.status == 400
    assert written(box) == []


# Ceilings


def test_a_dry_run_that_exceeded_a_ceiling_needs_approve(host: HostProcess, box: SandboxTenant) -> None:
    who = leavers(box, TOO_MANY)
    job = begin(host, who)
    shown = finished(host, job)
    assert (shown["status"], shown["error"]["code"]) == ("failed", "tooManyRemovals")
    assert shown["planId"]
    assert codes(host, job) == ["planned"] * TOO_MANY
    for caller in ("lists", "operator"):
        assert refusal(apply(host, job, caller)) == (403, "rightMissing")
    applied = apply(host, job, "lead").body["jobId"]
    status = finished(host, applied, "lead")
    assert (status["status"], status["counts"]["changed"], status["planId"]) == ("succeeded", TOO_MANY, shown["planId"])
    assert len(written(box)) == TOO_MANY


def test_a_job_that_a_ceiling_stopped_is_applied_with_approve(host: HostProcess, box: SandboxTenant) -> None:
    job = begin(host, movers(box, 21), query="async=true")
    assert finished(host, job)["error"]["code"] == "tooManyOverwrites"
    assert refusal(apply(host, job)) == (403, "rightMissing")
    assert written(box) == []
    applied = apply(host, job, "lead").body["jobId"]
    assert finished(host, applied, "lead")["counts"]["changed"] == 21


def test_a_job_that_the_ceiling_of_the_day_stopped_too(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(MAX_OVERWRITES_PER_DAY="3")
    dry = begin(host, movers(box, 4))
    # What others have done today is asked when it is to be written.
    assert finished(host, dry)["status"] == "succeeded"
    stopped = apply(host, dry).body["jobId"]
    assert finished(host, stopped)["error"]["code"] == "dailyLimit"
    assert written(box) == []
    # The dry run has been applied; who may approve applies the job that was stopped.
    assert apply(host, dry, "lead").body["jobId"] == stopped
    assert refusal(apply(host, stopped)) == (403, "rightMissing")
    applied = apply(host, stopped, "lead").body["jobId"]
    assert finished(host, applied, "lead")["counts"]["changed"] == 4


def test_protected_users_stay_so(new_host: HostMaker, box: SandboxTenant, tmp_path: Path) -> None:
    who = movers(box, 2)
    group = box.tenant.set_group("Never touch", members=["anna.andersson@contoso.com"])
    host = new_host(state=tmp_path, PROTECTED_GROUP_ID=group.id)
    job = begin(host, who)
    finished(host, job)
    host.kill()
    box.tenant.set_group("Never touch", members=[who[0]])
    host = new_host(state=tmp_path, PROTECTED_GROUP_ID=group.id)
    applied = apply(host, job, "lead").body["jobId"]
    finished(host, applied, "lead")
    assert codes(host, applied, "lead") == ["protectedUser", "updated"]
    assert mobile(box, who[0]) == number(137)
