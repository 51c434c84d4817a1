"""Jobs belong to callers: who sees which, keys for each caller, and how many may be open."""

import json

import pytest
from azure.storage.blob import ContainerClient

from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import Fault, SandboxTenant
from tests.entra import access_token
from tests.support import EXPLICIT_HANDSHAKE
from tests.waiting import wait_for
from tests.whole.access.people import (
    BJORN,
    CARLA,
    LISTS,
    OTHER,
    SECRETS,
    callers,
    named,
    post,
    put_secrets,
    refusal,
    users,
)
from tests.whole.calls import Answer, Headers, call, handshake, runbook
from tests.whole.conftest import CHECKOUT, environment
from tests.whole.jobs.watching import FINISHED

ORDINARY, EXPLICIT = handshake(), handshake(EXPLICIT_HANDSHAKE)
UNKNOWN = (404, "jobNotFound")
EVERYBODY = {name: named(name) for name in SECRETS} | {"ordinary": ORDINARY, "explicit": EXPLICIT}
# With none of these is anybody's job of interest.
WITHOUT_JOBS = ("reader", "full", "writer", "approver")


def begin(host: HostProcess, headers: Headers, query: str = "async=true&dryRun=true", body: bytes = b"") -> Answer:
    return call(host, body or runbook(BJORN), query, headers)


def job_of(host: HostProcess, headers: Headers) -> str:
    answer = begin(host, headers)
    assert answer.status == 202, answer.text
    return str(answer.body["jobId"])


def ask(host: HostProcess, headers: Headers, job_id: str, method: str = "GET", part: str = "") -> Answer:
    return call(host, b"", "", headers, method=method, path=f"/api/jobs/{job_id}{part}")


def listed(host: HostProcess, headers: Headers) -> dict[str, str]:
    answer = call(host, b"", "", headers, method="GET", path="/api/jobs")
    assert answer.status == 200, answer.text
    return {job["jobId"]: job["caller"] for job in answer.body["value"]}


def finished(host: HostProcess, headers: Headers, job_id: str) -> None:
    wait_for(lambda: ask(host, headers, job_id).body["status"], lambda status: status in FINISHED)


@pytest.mark.parametrize(
    ("owner", "seeing"),
    [
        ("lists", {"lists", "operator"}),
        ("other-lists", {"other-lists", "operator"}),
        ("ordinary", {"ordinary", "explicit", "operator"}),
        ("explicit", {"explicit", "operator"}),
    ],
)
def test_a_job_is_seen_by_its_caller_and_by_an_operator_and_is_404_for_everybody_else(
    open_host: HostProcess, owner: str, seeing: set[str]
) -> None:
    job_id = job_of(open_host, EVERYBODY[owner])
    finished(open_host, EVERYBODY[owner], job_id)
    nowhere = ask(open_host, EVERYBODY[owner], "00000000-0000-4000-8000-000000000000")
    for name, headers in EVERYBODY.items():
        answers = [ask(open_host, headers, job_id, *how) for how in (("GET",), ("GET", "/result"), ("DELETE",))]
        if name in seeing:
            assert [answer.status for answer in answers] == [200, 200, 200], name
            assert answers[0].body["caller"] == {"ordinary": "webhook-handshake"}.get(owner, answers[0].body["caller"])
        elif name in WITHOUT_JOBS:
            assert [refusal(answer) for answer in answers] == [(403, "rightMissing")] * 3
            continue
        else:
            assert [refusal(answer) for answer in answers] == [UNKNOWN] * 3, name
            # Not even that there is one.
            assert answers[0].body["detail"] == nowhere.body["detail"]
        assert (job_id in listed(open_host, headers)) is (name in seeing), name


def test_everybody_lists_their_own_jobs_and_an_operator_all(open_host: HostProcess, box: SandboxTenant) -> None:
    token = [("Authorization", f"Bearer {access_token(box)}")]
    owners = {"lists": named("lists"), "webhook-handshake": ORDINARY, "webhook-handshake-explicit": EXPLICIT}
    owners["iam"] = token
    jobs = {job_of(open_host, headers): name for name, headers in owners.items()}
    everybodys = listed(open_host, named("operator"))
    assert {job: everybodys[job] for job in jobs} == jobs
    assert list(everybodys)[: len(jobs)] == list(reversed(jobs))
    for name, headers in owners.items():
        expected = {name} | ({"webhook-handshake"} if name == "webhook-handshake-explicit" else set())
        assert set(listed(open_host, headers).values()) == expected


def test_an_operator_cancels_everybodys_jobs_and_begins_none(open_host: HostProcess, box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("delay", host="graph", seconds=2))
    job_id = job_of(open_host, named("lists"))
    assert ask(open_host, named("other-lists"), job_id, "DELETE").status == 404
    assert ask(open_host, named("lists"), job_id).body["status"] not in ("cancelling", "cancelled")
    assert ask(open_host, named("operator"), job_id, "DELETE").body["status"] == "cancelling"
    assert refusal(begin(open_host, named("operator"))) == (403, "rightMissing")
    box.tenant.faults.clear()
    finished(open_host, named("lists"), job_id)


def test_a_key_is_its_callers_own(open_host: HostProcess) -> None:
    def job_with_key(headers: Headers) -> str:
        return str(begin(open_host, [*headers, ("Idempotency-Key", "one-key")]).body["jobId"])

    each = [job_with_key(headers) for headers in (named("lists"), named("other-lists"), ORDINARY, EXPLICIT)]
    assert len(set(each)) == 4
    assert job_with_key(named("lists")) == each[0]
    other = [*named("lists"), ("Idempotency-Key", "one-key")]
    conflict = begin(open_host, other, body=runbook(CARLA))
    assert refusal(conflict) == (422, "idempotencyConflict")
    assert begin(open_host, [*named("reader"), ("Idempotency-Key", "one-key")]).status == 403


def test_a_key_in_a_signed_body(open_host: HostProcess) -> None:
    body = users(**{"async": True, "dryRun": True, "idempotencyKey": "signed-key"})
    (first, again), others = [post(open_host, LISTS, body) for _ in range(2)], post(open_host, OTHER, body)
    assert first.status == again.status == others.status == 202
    assert first.body["jobId"] == again.body["jobId"] != others.body["jobId"]
    changed = body.replace(BJORN.encode(), CARLA.encode())
    assert refusal(post(open_host, LISTS, changed)) == (422, "idempotencyConflict")


def test_the_record_names_the_caller_its_proof_and_its_reason_without_a_number(
    open_host: HostProcess, storage: SandboxStorage
) -> None:
    reason = "Ticket 4711, call +46 (70) 174-06 05"
    sent = [
        (begin(open_host, [*named("lists"), ("X-Reason", reason)]), "handshake"),
        (post(open_host, LISTS, users(**{"async": True, "dryRun": True, "reason": reason})), "signature"),
    ]
    for answer, proof in sent:
        record = json.loads(jobs_of(storage).download_blob(f"{answer.body['jobId']}/job.json").readall())
        assert (record["caller"], record["proof"]) == ("lists", proof)
        assert record["reason"] == "Ticket 4711, call +** (**) ***-** **"
        assert SECRETS["lists"] not in json.dumps(record)


def test_a_record_of_before_belongs_to_the_ordinary_handshake(open_host: HostProcess, storage: SandboxStorage) -> None:
    job_id = job_of(open_host, named("lists"))
    finished(open_host, named("lists"), job_id)
    name = f"{job_id}/job.json"
    record = json.loads(jobs_of(storage).download_blob(name).readall())
    old = {key: value for key, value in record.items() if key not in ("caller", "proof", "reason")}
    jobs_of(storage).upload_blob(name, json.dumps(old | {"of a later version": 1}).encode(), overwrite=True)
    for headers, status in ((ORDINARY, 200), (EXPLICIT, 200), (named("operator"), 200), (named("lists"), 404)):
        assert ask(open_host, headers, job_id).status == status
    assert ask(open_host, ORDINARY, job_id).body["caller"] == "webhook-handshake"


def test_each_caller_may_have_so_many_open_jobs(box: SandboxTenant, storage: SandboxStorage) -> None:
    put_secrets(box)
    given = environment(box, {"CALLERS": callers(), "MAX_OPEN_JOBS": "1"})
    with HostProcess(CHECKOUT, {**storage_settings(storage), **given}) as host:
        box.tenant.faults.append(Fault("delay", host="graph", seconds=30))
        key = [("Idempotency-Key", "limited")]
        first = begin(host, [*named("lists"), *key])
        assert first.status == 202
        signed = LISTS.headers(users(**{"async": True}))
        for answer in (begin(host, named("lists")), call(host, users(**{"async": True}), "", signed)):
            assert refusal(answer) == (429, "tooManyJobs")
            assert int(answer.headers["retry-after"]) > 0
        # A repeat is the same job, and others have room of their own.
        assert begin(host, [*named("lists"), *key]).body["jobId"] == first.body["jobId"]
        for headers in (named("other-lists"), ORDINARY):
            assert begin(host, headers).status == 202
        box.tenant.faults.clear()
        assert ask(host, named("lists"), first.body["jobId"], "DELETE").status == 200
        finished(host, named("lists"), first.body["jobId"])
        # The id of a call that was refused for the moment is good again.
        assert call(host, users(**{"async": True}), "", signed).status == 202


def jobs_of(storage: SandboxStorage) -> ContainerClient:
    return ContainerClient.from_connection_string(storage.connection_string, "jobs")
