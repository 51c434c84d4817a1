"""The list of jobs over HTTP, the links behind a gateway, a job that is being cancelled, and the two logs of a job."""

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.recorded import lines_in
from tests.waiting import wait_for
from tests.whole.calls import call, handshake, runbook
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.watching import begin, names

BJORN = "bjorn.berg@contoso.com"


def test_the_newest_job_is_the_first_of_the_list(host: HostProcess, box: SandboxTenant) -> None:
    ids = [begin(host, runbook(BJORN), "async=true&dryRun=true").id for _ in range(3)]
    answer = call(host, method="GET", path="/api/jobs")
    assert answer.status == 200
    newest = answer.body["value"][:3]
    assert [job["jobId"] for job in newest] == list(reversed(ids))
    for job in newest:
        assert (job["users"], job["dryRun"]) == (1, True)
        for link, statuses in ((job["statusUrl"], {200}), (job["resultUrl"], {200, 202})):
            assert link.startswith(f"{host.url}/api/jobs/{job['jobId']}")
            assert call(host, method="GET", path=link.removeprefix(host.url)).status in statuses
    assert call(host, method="GET", path="/api/jobs", headers=handshake("wrong")).status == 401
    assert call(host, method="GET", path="/api/jobs", key="not-the-key").text == ""


def test_links_behind_a_gateway(jobs: Jobs) -> None:
    public = "https://gateway.contoso.com/mfa"
    host = jobs.host(PUBLIC_URL=f"{public}/")
    job = begin(host, runbook(BJORN), "async=true&code=a-key")
    (listed,) = call(host, method="GET", path="/api/jobs", query="code=a-key").body["value"]
    assert listed["statusUrl"] == f"{public}/api/jobs/{job.id}"
    assert listed["resultUrl"] == f"{public}/api/jobs/{job.id}/result"


def test_a_job_that_is_cancelled_while_it_runs(jobs: Jobs, box: SandboxTenant) -> None:
    who = add_people(box, 600)
    host = jobs.host(JOB_PARALLEL_ACTIVITIES="1")
    box.tenant.faults.append(Fault("delay", host="graph", seconds=5))
    job = begin(host, names(who))
    wait_for(lambda: box.tenant.calls("graph"))  # the first chunk is under way, and will be for seconds
    assert job.cancel().body["status"] == "cancelling"
    unfinished = job.get("/result")
    assert (unfinished.status, unfinished.body["status"]) == (202, "cancelling")
    assert unfinished.headers["location"] == f"{host.url}/api/jobs/{job.id}/result"
    box.tenant.faults.clear()
    assert job.finished()["status"] == "cancelled"


def test_the_log_of_a_job_and_that_of_its_request_name_each_other(jobs: Jobs, box: SandboxTenant) -> None:
    host = jobs.host()
    answer = call(host, runbook(BJORN), "async=true")
    job_id, cid = answer.body["jobId"], answer.headers["correlation-id"]
    job = begin(host, runbook(BJORN), "async=true&dryRun=true")
    for each in (job, type(job)(host, job_id)):
        each.finished()
    told = [line for line in lines_in(host.log()) if line.get("jobId") == job_id]
    of_job = [line for line in told if line["event"] not in ("request", "resultRead")]
    assert {line["correlationId"] for line in of_job} == {cid}
    life = [line["event"] for line in of_job if line["event"].startswith("job")]
    assert sorted(life) == ["jobAccepted", "jobChunk", "jobChunk", "jobEnded", "jobStarted"]
    assert [line["phase"] for line in of_job if line["event"] == "user"] == ["plan", "apply"]
    assert {line["dryRun"] for line in told if "dryRun" in line} == {False}
