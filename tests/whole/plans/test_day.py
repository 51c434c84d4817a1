"""What everybody together removes and overwrites in a day."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import Fault, SandboxTenant
from tests.waiting import wait_for
from tests.whole.calls import Answer, call
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    MANY,
    apply,
    begin,
    finished,
    hires,
    leavers,
    mobile,
    movers,
    named,
    number,
    refusal,
    rehearse,
    send,
    written,
)


def held(storage: SandboxStorage) -> list[tuple[str, int, int]]:
    """Caller, removals and overwrites of each reservation."""
    with BlobServiceClient.from_connection_string(storage.connection_string) as service:
        found = json.loads(service.get_blob_client("records", "ledger.json").download_blob().readall())
    return [(one["caller"], one["removals"], one["overwrites"]) for one in found["reservations"]]


def delete(host: HostProcess, upn: str) -> Answer:
    return call(host, headers=named("writer"), method="DELETE", path=f"/api/users/{upn}/phone-methods/mobile")


def test_twenty_requests_of_ten_meet_it(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="100")
    who = leavers(box, 20 * MANY)
    answers = [send(host, who[begin : begin + MANY]) for begin in range(0, 20 * MANY, MANY)]
    assert [answer.status for answer in answers] == [200] * 10 + [422] * 10
    assert {answer.body["code"] for answer in answers[10:]} == {"dailyLimit"}
    assert answers[-1].codes == ["planned"] * MANY
    assert len(written(box)) == 100
    assert all(mobile(box, upn) for upn in who[100:])
    # Whatever removes nothing goes on.
    assert send(host, [*hires(box, 3), *movers(box, 20, first=300)]).body["counts"]["changed"] == 23


def test_forty_single_operations_meet_it(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="25")
    who = leavers(box, 40)
    answers = [delete(host, upn) for upn in who]
    assert [answer.status for answer in answers] == [204] * 25 + [422] * 15
    assert {answer.body["code"] for answer in answers[25:]} == {"dailyLimit"}
    assert [mobile(box, upn) is None for upn in who] == [True] * 25 + [False] * 15


def test_lists_jobs_values_and_single_operations_count_together(
    new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage
) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="10")
    who = leavers(box, 12)
    assert send(host, who[:4]).status == 200
    job = begin(host, who[4:8], query="async=true")
    assert finished(host, job)["counts"]["changed"] == 4
    values = json.dumps([{"userPrincipalName": upn, "mobile": None} for upn in who[8:9]]).encode()
    assert call(host, values, headers=named("boss"), path="/api/set").codes == ["removed"]
    assert delete(host, who[9]).status == 204
    assert refusal(delete(host, who[10])) == (422, "dailyLimit")
    job = begin(host, who[10:], "other", "async=true")
    assert finished(host, job, "other")["error"]["code"] == "dailyLimit"
    assert len(written(box)) == 10
    found = held(storage)
    assert sorted(found) == [("boss", 1, 0), ("lists", 4, 0), ("lists", 4, 0), ("writer", 1, 0)]


def test_none_a_day(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="0", MAX_OVERWRITES_PER_DAY="0")
    (leaver,), (mover,) = leavers(box, 1), movers(box, 1)
    assert refusal(send(host, [leaver])) == (422, "dailyLimit")
    assert refusal(send(host, [mover])) == (422, "dailyLimit")
    assert refusal(delete(host, leaver)) == (422, "dailyLimit")
    assert rehearse(host, [leaver, mover]).status == 200
    assert send(host, hires(box, 2, first=400)).status == 200
    assert len(written(box)) == 2


def test_overwrites(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(MAX_OVERWRITES_PER_DAY="5", MAX_REMOVALS_PER_DAY="")
    who = movers(box, 8)
    assert send(host, who[:4]).status == 200
    assert refusal(send(host, who[4:6])) == (422, "dailyLimit")
    path = f"/api/users/{who[4]}/phone-methods/mobile"

    def patch(last: int) -> Answer:
        body = json.dumps({"phoneNumber": number(last)}).encode()
        return call(host, body, headers=named("writer"), method="PATCH", path=path)

    assert patch(600).status == 200
    assert refusal(patch(601)) == (422, "dailyLimit")
    assert send(host, [*hires(box, 2, first=400), *leavers(box, 10, first=500)]).status == 200
    assert len(written(box)) == 17


# What is given back


def test_a_write_that_failed_for_good_is_given_back(
    new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage
) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="3")
    who = leavers(box, 4)
    for upn in who[1:3]:
        box.tenant.faults.append(Fault("status", host="graph", method="DELETE", user=upn, status=403))
    assert send(host, who[:3]).codes == ["removed", "forbidden", "forbidden"]
    assert held(storage) == [("lists", 1, 0)]
    assert refusal(delete(host, who[1])) == (403, "forbidden")
    assert held(storage) == [("lists", 1, 0)]
    job = begin(host, who[2:], query="async=true")
    assert finished(host, job)["counts"]["changed"] == 1
    assert held(storage) == [("lists", 1, 0)] * 2


def test_a_write_of_which_nobody_knows_counts(new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="3", INLINE_DEADLINE_SECONDS="10")
    (upn,) = leavers(box, 1)
    box.tenant.faults.append(Fault("lost", host="graph", method="DELETE"))
    box.tenant.faults.append(Fault("status", host="graph", method="GET", path="authentication", status=503, after=1))
    assert send(host, [upn]).codes[0] in ("graphUnavailable", "deadline", "throttled", "removed")
    assert held(storage) == [("lists", 1, 0)]


def test_a_crash_between_the_reservation_and_the_write_loses_the_reservation_at_most(
    new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage
) -> None:
    words = {"MAX_REMOVALS_PER_DAY": "12"}
    host = new_host(**words)
    who = leavers(box, 2 * MANY)
    box.tenant.faults.append(Fault("hang", host="graph", method="DELETE", seconds=30))
    box.tenant.faults.append(Fault("hang", host="graph", path="batch", seconds=30, after=1))
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(send, host, who[:MANY])
        wait_for(lambda: is_held(storage), bool)
        host.kill()
        assert lost.exception()
    box.tenant.faults.clear()
    host = new_host(**words)
    assert written(box) == []
    assert refusal(send(host, who[:3])) == (422, "dailyLimit")
    assert send(host, who[:2]).status == 200


def is_held(storage: SandboxStorage) -> bool:
    try:
        return held(storage) == [("lists", MANY, 0)]
    except Exception:  # noqa: BLE001 - there is no blob yet
        return False


def test_a_job_goes_on_after_a_crash_and_counts_once(
    new_host: HostMaker, box: SandboxTenant, storage: SandboxStorage, tmp_path: Path
) -> None:
    words: dict[str, Any] = {"state": tmp_path, "MAX_REMOVALS_PER_DAY": "10"}
    host = new_host(**words)
    who = leavers(box, MANY)
    job = begin(host, who)
    finished(host, job)
    box.tenant.faults.append(Fault("drip", host="graph", method="DELETE", user=who[5], seconds=1))
    applied = apply(host, job).body["jobId"]
    wait_for(lambda: written(box), bool)
    host.kill()
    box.tenant.faults.clear()
    host = new_host(**words)
    assert finished(host, applied)["counts"]["changed"] == MANY
    assert held(storage) == [("lists", MANY, 0)]
    assert len(written(box)) == MANY


@pytest.mark.parametrize("single", [False, True], ids=["lists", "single operations"])
def test_two_hosts_at_once_never_exceed_it_together(new_host: HostMaker, box: SandboxTenant, single: bool) -> None:
    hosts = [new_host(MAX_REMOVALS_PER_DAY="25") for _ in range(2)]
    who = leavers(box, 40)
    each = 1 if single else 4
    parts = [who[begin : begin + each] for begin in range(0, 40, each)]

    def remove(place: int) -> Answer:
        host = hosts[place % 2]
        return delete(host, parts[place][0]) if single else send(host, parts[place])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(remove, range(len(parts))))
    refused = [answer for answer in answers if answer.status == 422]
    assert {answer.status for answer in answers} <= {200, 204, 422}
    assert {answer.body["code"] for answer in refused} == {"dailyLimit"}
    done = len(written(box))
    assert done == each * (len(answers) - len(refused))
    assert 25 - each < done <= 25
    assert sum(mobile(box, upn) is None for upn in who) == done
