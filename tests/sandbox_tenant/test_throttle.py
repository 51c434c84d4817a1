from __future__ import annotations

import time

import pytest

from sandbox.tenant import SandboxTenant, Throttle

from .conftest import ANNA, GraphClient

READ = f"/users/{ANNA}?$select=id"


def test_calls_beyond_the_limit_are_429_with_retry_after(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.throttle = Throttle(3, window_seconds=60, retry_after=2)
    answers = [graph.get(READ) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert answers[-1].json()["error"]["code"] == "TooManyRequests"


def test_retry_after_can_be_left_out(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.throttle = Throttle(0, window_seconds=60)
    answer = graph.get(READ)
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


def test_members_count_one_by_one_and_the_outer_request_does_not(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.throttle = Throttle(12, window_seconds=60, retry_after=1)
    answer = graph.batch(*({"id": str(number), "method": "GET", "url": READ} for number in range(20)))
    assert answer.status_code == 200
    members = answer.json()["responses"]
    assert sorted(member["status"] for member in members) == [200] * 12 + [429] * 8
    assert {member["headers"].get("Retry-After") for member in members} == {None, "1"}


def test_the_window_slides_and_throttled_calls_use_no_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    throttle = Throttle(2, window_seconds=1)
    assert [throttle.admits("/x") for _ in range(4)] == [True, True, False, False]
    now[0] += 0.99
    assert not throttle.admits("/x")
    now[0] += 0.02
    assert [throttle.admits("/x") for _ in range(3)] == [True, True, False]


def test_a_throttle_can_be_for_phone_methods_alone(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.throttle = Throttle(0, scope="phoneMethods")
    assert graph.get(READ).status_code == 200
    assert graph.get(f"/users/{ANNA}/authentication/phoneMethods").status_code == 429
    with pytest.raises(ValueError, match="scope"):
        Throttle(1, scope="moon")


def test_other_hosts_are_not_throttled(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.throttle = Throttle(0)
    graph.sign_in()
    assert graph.get(READ).status_code == 429


def test_latency_is_for_each_exchange_and_service_time_once_for_a_batch(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.latency_ms, box.tenant.service_ms = 300, 300
    begun = time.monotonic()
    graph.batch(*({"id": str(number), "method": "GET", "url": READ} for number in range(20)))
    taken = time.monotonic() - begun
    assert 0.6 <= taken < 20 * 0.3
