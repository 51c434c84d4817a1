from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant
from tests.waiting import wait_for

from .conftest import ANNA, CARLA, GraphClient

READ = f"/users/{ANNA}?$select=id"
POST_CARLA = {
    "id": "1",
    "method": "POST",
    "url": f"/users/{CARLA}/authentication/phoneMethods",
    "headers": {"Content-Type": "application/json"},
    "body": {"phoneNumber": "+1 2065550101", "phoneType": "mobile"},
}
READ_ANNA = {"id": "2", "method": "GET", "url": READ}


def statuses(graph: GraphClient, times: int) -> list[int]:
    return [graph.get(READ).status_code for _ in range(times)]


def break_with(box: SandboxTenant, what: str, **words: Any) -> Fault:
    fault = Fault(what, **words)
    box.tenant.faults.append(fault)
    return fault


def test_a_fault_begins_after_some_calls_and_ends(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "status", status=503, after=1, times=2)
    assert statuses(graph, 5) == [200, 503, 503, 200, 200]


@pytest.mark.parametrize("retry_after", [None, 7])
def test_a_status_comes_with_or_without_retry_after(
    box: SandboxTenant, graph: GraphClient, retry_after: int | None
) -> None:
    break_with(box, "status", status=429, retry_after=retry_after)
    answer = graph.get(READ)
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after is None else "7")
    assert answer.json()["error"]["code"] == "TooManyRequests"


def test_retry_after_can_be_a_date(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "status", status=503, retry_after=30, retry_after_as_date=True)
    seconds = parsedate_to_datetime(graph.get(READ).headers["Retry-After"]).timestamp() - time.time()
    assert 25 < seconds < 31


def test_code_and_message_can_be_given(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "status", status=409, code="conflict", message="Two at once.")
    error = graph.get(READ).json()["error"]
    assert (error["code"], error["message"]) == ("conflict", "Two at once.")


@pytest.mark.parametrize(
    "words", [{"host": "vault"}, {"method": "POST"}, {"path": "/groups/"}, {"user": CARLA}, {"batched": True}]
)
def test_a_rule_leaves_other_calls_alone(box: SandboxTenant, graph: GraphClient, words: dict[str, Any]) -> None:
    break_with(box, "status", **words)
    assert statuses(graph, 1) == [200]


@pytest.mark.parametrize(
    "words",
    [{"host": "graph"}, {"method": "get"}, {"path": r"\$select=id$"}, {"user": ANNA.upper()}, {"batched": False}],
)
def test_a_rule_finds_its_calls(box: SandboxTenant, graph: GraphClient, words: dict[str, Any]) -> None:
    break_with(box, "status", **words)
    assert statuses(graph, 1) == [503]


def test_a_rule_finds_a_user_by_id_when_the_call_names_the_upn(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "status", user=box.tenant.user(ANNA).id)
    assert statuses(graph, 1) == [503]


def test_the_first_rule_that_fires_wins(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "status", status=503, times=1)
    break_with(box, "status", status=504)
    assert statuses(graph, 2) == [503, 504]


def test_one_member_of_a_batch_can_fail(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "status", status=429, retry_after=3, user=CARLA)
    members = {member["id"]: member for member in graph.batch(POST_CARLA, READ_ANNA).json()["responses"]}
    assert (members["1"]["status"], members["2"]["status"]) == (429, 200)
    assert members["1"]["headers"]["Retry-After"] == "3"
    assert box.tenant.writes() == [("POST", CARLA, "mobile", "+1 2065550101", 429)]
    assert box.tenant.user(CARLA).phones == {}


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize(("what", "done"), [("close", False), ("lost", True)])
def test_a_closed_connection_with_the_work_done_or_not(
    box: SandboxTenant, graph: GraphClient, what: str, done: bool, single: bool
) -> None:
    break_with(box, what, method="POST", path="phoneMethods", times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        graph.add_phone(CARLA, "+1 2065550101") if single else graph.batch(POST_CARLA, READ_ANNA)
    assert bool(box.tenant.user(CARLA).phones) is done
    assert box.tenant.writes() == [("POST", CARLA, "mobile", "+1 2065550101", 201 if done else None)]
    assert box.tenant.calls(method="POST", path_contains="phoneMethods")[0].fault == what
    assert statuses(graph, 1) == [200]


def test_a_hang_does_no_work_and_ends_in_a_closed_connection(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "hang", method="POST", seconds=0.2)
    with pytest.raises(requests.exceptions.ConnectionError):
        graph.add_phone(CARLA, "+1 2065550101")
    assert box.tenant.user(CARLA).phones == {}


@pytest.mark.parametrize("end", ["clear", "reset"])
@pytest.mark.parametrize("what", ["hang", "delay"])
def test_what_is_held_goes_on_when_the_rules_are_cleared_and_is_lost_when_the_tenant_is_reset(
    box: SandboxTenant, graph: GraphClient, what: str, end: str
) -> None:
    rule = break_with(box, what, method="POST", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        added = pool.submit(graph.add_phone, CARLA, "+1 2065550101")
        wait_for(lambda: rule.fired)
        begun = time.monotonic()
        box.tenant.faults.clear() if end == "clear" else box.tenant.reset()
        if (what, end) == ("delay", "clear"):
            assert added.result().status_code == 201
        else:
            with pytest.raises(requests.exceptions.ConnectionError):
                added.result()
    assert time.monotonic() - begun < 30
    assert bool(box.tenant.user(CARLA).phones) is ((what, end) == ("delay", "clear"))


def test_a_delay_is_only_late(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "delay", seconds=0.2)
    begun = time.monotonic()
    assert statuses(graph, 1) == [200]
    assert time.monotonic() - begun >= 0.2


def test_a_truncated_body_announces_more_than_it_has(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "truncate", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        graph.get(READ)
    assert statuses(graph, 1) == [200]


def test_a_garbage_body_is_not_json(box: SandboxTenant, graph: GraphClient) -> None:
    break_with(box, "garbage", times=1)
    answer = graph.add_phone(CARLA, "+1 2065550101")
    assert answer.status_code == 201
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "mobile" in box.tenant.user(CARLA).phones


@pytest.mark.parametrize("part", ["headers", "body", "both"])
def test_a_dripping_answer_is_right_but_slow(box: SandboxTenant, graph: GraphClient, part: str) -> None:
    break_with(box, "drip", seconds=0.001, part=part, times=1)
    begun = time.monotonic()
    assert graph.get(READ).json()["id"] == box.tenant.user(ANNA).id
    assert time.monotonic() - begun > 0.1
    assert statuses(graph, 1) == [200]


def test_random_faults_are_the_same_in_every_run(box: SandboxTenant, graph: GraphClient) -> None:
    def run() -> list[int]:
        box.tenant.reset()
        for status in (429, 503):
            break_with(box, "status", status=status, percent=30)
        return statuses(graph, 40)

    first = run()
    assert {200, 429, 503} == set(first)
    assert run() == first


def test_a_transport_fault_counts_exchanges_not_members(box: SandboxTenant, graph: GraphClient) -> None:
    fault = break_with(box, "lost", path="/users/", after=1)
    members = [{"id": str(number), "method": "GET", "url": READ} for number in range(20)]
    assert graph.batch(*members).status_code == 200
    assert fault.seen == 1


@pytest.mark.parametrize(
    "words", [{"what": "explode"}, {"what": "drip", "part": "tail"}, {"what": "lost", "host": "x"}]
)
def test_a_rule_that_makes_no_sense_is_refused(words: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        Fault(**words)
