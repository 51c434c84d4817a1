"""What a job answers: its status, the same report as inline, in pages, filtered, and as CSV."""

import csv
import io
from collections import Counter

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.whole.calls import call, runbook
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.watching import begin, names, upns

STRANGER, SECOND_NAME = "left.the.company@contoso.com", "00000003-0000-4000-8000-00000000be9c"


def test_a_job_says_what_the_inline_path_says(jobs: Jobs, box: SandboxTenant) -> None:
    """The same list both ways, on the same tenant: as a dry run and for real. 450 users are three chunks."""
    who = add_people(box, 450)
    host = jobs.host(INLINE_USERS="1000")
    body = names(who).replace(b"]", b', "%s", {"id": "%s"}]' % (STRANGER.encode(), SECOND_NAME.encode()))
    expected = {query: call(host, body, query).body for query in ("dryRun=true", "")}
    inline_end = box.tenant.snapshot()
    assert expected[""]["counts"]["changed"] == expected["dryRun=true"]["counts"]["planned"] > 100

    box.tenant.reset()
    add_people(box, 450)
    before = box.tenant.snapshot()
    for query, answer in expected.items():
        job = begin(host, body, f"async=true&{query}")
        ended = job.finished()
        assert (ended["status"], ended["dryRun"]) == (answer["status"], answer["dryRun"])
        assert ended["counts"] == answer["counts"]
        assert sorted(job.results(), key=str) == sorted(answer["results"], key=str)
        assert upns(job.results()) == [result["userPrincipalName"] for result in answer["results"]]
        assert (box.tenant.snapshot() == before) is answer["dryRun"]
    assert box.tenant.snapshot() == inline_end


def test_the_status_of_a_job_from_its_beginning_to_its_end(jobs: Jobs, box: SandboxTenant) -> None:
    who = add_people(box, 600)
    host = jobs.host(JOB_PARALLEL_ACTIVITIES="1")
    box.tenant.latency_ms = 40
    job = begin(host, names(who))
    answer = job.get("/result")
    assert (answer.status, answer.body["status"] in ("notStarted", "running")) == (202, True)
    assert int(answer.headers["retry-after"]) > 0
    running = job.wait(job.get, lambda seen: seen.body["progress"]["done"] > 0)
    assert int(running.headers["retry-after"]) > 0
    assert running.body["status"] == "running"
    progress = running.body["progress"]
    assert progress["total"] == 1200
    assert 0 < progress["percent"] < 100
    assert progress["usersPerSecond"] > 0
    assert progress["etaSeconds"] > 0

    box.tenant.latency_ms = 0
    ended = job.finished()
    assert "retry-after" not in job.get().headers
    assert ended["progress"] | {"usersPerSecond": 0} == {
        **{"done": 1200, "total": 1200, "percent": 100, "usersPerSecond": 0, "etaSeconds": 0, "throttled": 0}
    }
    assert ended["createdAt"] < ended["updatedAt"]
    assert (ended["status"], ended["dryRun"], "error" in ended) == ("succeeded", False, False)
    assert sum(ended["counts"].values()) == 2 * ended["counts"]["users"] == 1200


def test_results_come_in_pages_and_filtered(host: HostProcess, box: SandboxTenant) -> None:
    who = add_people(box, 1100)
    job = begin(host, names(who))
    counts = job.finished()["counts"]
    first = job.get("/result").body
    assert len(first["results"]) == 500
    assert first["nextLink"] == f"{host.url}/api/jobs/{job.id}/result?skip=500"
    assert upns(job.results()) == [person.upn for person in who]
    everybody = Counter(result["status"] for result in job.results())
    assert everybody["changed"] + everybody["unchanged"] + everybody["skipped"] == 1100
    for status in ("unchanged", "changed", "skipped", "failed", "planned"):
        found = job.results(status)
        assert {result["status"] for result in found} <= {status}
        assert len(found) == counts[status] == everybody[status]
    assert job.get("/result", "skip=1100").body["results"] == []
    for query in ("status=good", "skip=-1", "skip=x", "skip=1&skip=2", "skip="):
        answer = job.get("/result", query)
        assert (answer.status, answer.body["code"]) == (400, "invalidQuery"), query


def test_all_results_as_a_table_that_is_safe_for_spreadsheets(host: HostProcess, box: SandboxTenant) -> None:
    who = add_people(box, 650)
    job = begin(host, names(who))
    job.finished()
    answer = job.get("/result", accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["userPrincipalName"] for row in rows] == [person.upn for person in who]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]
    changed = job.get("/result", "status=changed", accept="text/csv").text
    rows = list(csv.DictReader(io.StringIO(changed.removeprefix("\ufeff"))))
    assert {row["status"] for row in rows} == {"changed"}
    assert len(rows) == job.status()["counts"]["changed"]


def test_too_many_removals_over_all_chunks_write_nothing(jobs: Jobs, box: SandboxTenant) -> None:
    """No chunk alone removes too many: the guard judges the whole job."""
    for number in range(600):
        empty = number % 200 < 30
        words = {} if empty else {"extensionAttribute15": "+46 701740606"}
        box.tenant.add_user(f"r{number:03}@contoso.com", phones={"mobile": "+46 701740605"}, **words)
    body = runbook(*(f"r{number:03}@contoso.com" for number in range(600)))
    others = {"ON_EMPTY": "remove", "MAX_USERS_PER_NUMBER": "0", "MAX_OVERWRITES_PERCENT": "100"}
    host = jobs.host(**others)
    before = box.tenant.snapshot()
    ended = begin(host, body).finished()
    assert (ended["status"], ended["error"]["code"]) == ("failed", "tooManyRemovals")
    assert ": 90. Allowed: 60. Users found: 600." in ended["error"]["detail"]
    assert box.tenant.snapshot() == before
    assert box.tenant.writes() == []
    allowed = jobs.host(MAX_REMOVALS_PERCENT="15", **others)
    assert begin(allowed, body).finished()["counts"]["changed"] == 600
