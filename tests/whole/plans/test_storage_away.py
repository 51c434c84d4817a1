"""Storage is configured and does not answer: what removes waits or is refused, the rest goes on."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.host import HostProcess, Switches
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.support import HANDSHAKE
from tests.unit.wire import Line, serving
from tests.whole.calls import Answer, call
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    BOSS,
    apply,
    begin,
    finished,
    get,
    hires,
    leavers,
    movers,
    named,
    number,
    post,
    refusal,
    rehearse,
    send,
    settled,
    written,
)

pytestmark = pytest.mark.waits

AWAY = (503, "storageUnavailable")
# An SDK that tries three times pauses four to six seconds.
QUICK_S = 3.0
# As many as are served at once. One call about jobs is given up after 10 s, and three pauses of 2 s at most.
AT_ONCE = 4
HANGS_S = 20.0


@pytest.fixture
def away(new_host: HostMaker, storage: SandboxStorage) -> HostProcess:
    """A host that has never heard of its storage."""
    host = new_host(MAX_REMOVALS_PER_DAY="100")
    storage.fail(1_000_000)
    return host


def test_without_the_key_plans_have_no_id_and_adds_go_on(away: HostProcess, box: SandboxTenant) -> None:
    who = [*hires(box, 2), *movers(box, 2, first=100)]
    seen = rehearse(away, who)
    assert (seen.status, seen.codes, seen.body["planId"]) == (200, ["planned"] * 4, None)
    done = send(away, who)
    assert (done.body["counts"]["changed"], done.body["planId"]) == (4, None)
    assert "plan-id" not in rehearse(away, who, Accept="text/csv").headers
    answer = send(away, who, plan="AAAA")
    assert refusal(answer) == AWAY
    assert int(answer.headers["retry-after"]) > 0


def test_nobody_waits_for_the_key_each_time(away: HostProcess, box: SandboxTenant) -> None:
    """A first request asks; those that come soon after it do not."""
    hired = hires(box, 8)
    slowest_first = max(send(away, hired[:1]).seconds, 0.0)
    others = [send(away, [upn]) for upn in hired[1:]]
    assert {answer.status for answer in others} == {200}
    assert sorted(answer.seconds for answer in others)[len(others) // 2] < 1 < slowest_first + 1
    assert max(answer.seconds for answer in others) < QUICK_S + 2


def test_removals_are_refused(away: HostProcess, box: SandboxTenant) -> None:
    who = leavers(box, 2)
    answer = send(away, who)
    assert refusal(answer) == AWAY
    assert int(answer.headers["retry-after"]) > 0
    single = call(away, headers=named("writer"), method="DELETE", path=f"/api/users/{who[0]}/phone-methods/mobile")
    assert refusal(single) == AWAY
    assert refusal(send(away, [*who, *hires(box, 1, first=400)])) == AWAY
    assert rehearse(away, who).codes == ["planned", "planned"]
    assert written(box) == []


def test_overwrites_are_refused_where_a_day_has_a_ceiling(
    new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage
) -> None:
    host = new_host(MAX_OVERWRITES_PER_DAY="100")
    (upn, other) = movers(box, 2)
    storage.fail(1_000_000)
    assert refusal(send(host, [upn])) == AWAY

    def patch(last: int) -> Answer:
        body = json.dumps({"phoneNumber": number(last)}).encode()
        path = f"/api/users/{other}/phone-methods/mobile"
        return call(host, body, headers=named("writer"), method="PATCH", path=path)

    assert refusal(patch(600)) == AWAY
    assert written(box) == []
    assert send(host, hires(box, 1, first=400)).codes == ["added"]


def test_signed_calls_and_new_jobs_are_503(away: HostProcess, box: SandboxTenant) -> None:
    who = hires(box, 1)
    assert refusal(post(away, BOSS, "/api/reconcile", operation="reconcile", users=who)) == AWAY
    answer = send(away, who, query="async=true")
    assert answer.status == 503
    assert written(box) == []


def test_storage_that_hangs_keeps_nobody_who_watches_a_job_waiting_for_the_others(
    new_host: HostMaker, storage: SandboxStorage
) -> None:
    """It accepts connections and never answers: the first calls after a start take as long as one call does."""

    def hang(line: Line) -> None:
        line.request()
        line.hang()

    with serving(hang) as address:
        there = storage.connection_string.replace(storage.url.split("/")[2], address)
        host = new_host(AzureWebJobsStorage=there)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda _: get(host, str(uuid.uuid4())), range(AT_ONCE)))
    assert [refusal(answer) for answer in answers] == [(503, "jobsUnavailable")] * AT_ONCE
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert max(answer.seconds for answer in answers) < HANGS_S


def test_when_it_is_back_everything_is(away: HostProcess, box: SandboxTenant, storage: SandboxStorage) -> None:
    who = leavers(box, 2)
    assert refusal(send(away, who)) == AWAY
    storage.fail(0)
    assert send(away, who).status == 200


def test_once_the_key_is_known_it_is_kept(host: HostProcess, box: SandboxTenant, storage: SandboxStorage) -> None:
    who = hires(box, 2)
    seen = rehearse(host, who).body["planId"]
    storage.fail(1_000_000)
    assert rehearse(host, who).body["planId"] == seen
    assert send(host, who, plan=seen).codes == ["added", "added"]


def test_whoever_removes_and_overwrites_nothing_asks_storage_for_nothing(
    new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage
) -> None:
    """But for the key, once, and to keep what was written in the audit trail."""
    host = new_host(MAX_REMOVALS_PER_DAY="100", MAX_OVERWRITES_PER_DAY="100")
    who, leaver = [*hires(box, 3), *settled(box, 1)], leavers(box, 1, first=500)
    assert rehearse(host, who).body["planId"]
    storage.fail(1000)
    assert send(host, who).body["counts"]["changed"] == 3
    assert send(host, who).body["counts"]["unchanged"] == 4
    assert rehearse(host, leaver).codes == ["planned"]
    path = f"/api/users/{who[0]}/phone-methods"
    assert call(host, headers=[("Message", HANDSHAKE)], method="GET", path=path).status == 200
    # One block for the three who were changed, and its second try.
    assert storage.failures_left == 998
    assert refusal(send(host, leaver)) == AWAY
    assert storage.failures_left < 1000


def test_a_job_waits_for_the_ledger(new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage) -> None:
    """The blob of the ledger holds something else: nobody knows what was removed today."""
    host = new_host(Switches(virtual_time=True), MAX_REMOVALS_PER_DAY="100", JOB_PATIENCE_MINUTES="0")
    who = leavers(box, 2)
    job = begin(host, who)
    finished(host, job)
    spoil(storage)
    assert refusal(send(host, who)) == AWAY
    applied = apply(host, job).body["jobId"]
    status = finished(host, applied)
    assert (status["status"], status["error"]["code"]) == ("failed", "storageUnavailable")
    assert "JOB_PATIENCE_MINUTES" in status["error"]["detail"]
    assert get(host, applied, what="/result").status == 200
    assert written(box) == []
    assert send(host, hires(box, 1, first=400)).codes == ["added"]


def spoil(storage: SandboxStorage) -> None:
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(storage.connection_string) as service:
        service.get_blob_client("records", "ledger.json").upload_blob(b"{}", overwrite=True)
