"""graph/client.py: a call that is answered 429 for as long as it is sent, without Retry-After, costs the others little.

Pauses are short here, and the least rate is high, or the tests would take minutes.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.microsoft.graph import pace as pace_module
from shared.microsoft.graph import refusals as refusals_module
from shared.microsoft.graph.calls import Answer, Call
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.refusals import FEW_REFUSED, STUBBORN, Refusals
from tests.unit.microsoft.graph.sending import METHODS, READ, WRITE, send

SECONDS = 6.0


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "BACKOFF_BASE_S", 0.05)
    monkeypatch.setattr(pace_module, "BACKOFF_CAP_S", 0.3)
    monkeypatch.setattr(pace_module, "LEAST_RATE", 100.0)
    monkeypatch.setattr(refusals_module, "STUBBORN_CAP_S", 0.3)


def refuse(box: SandboxTenant, path: str = "phoneMethods") -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=path, status=429))


def timed(client: GraphClient, *calls: Call) -> tuple[list[int], float]:
    began = time.monotonic()
    answers: Sequence[Answer] = send(client, *calls, seconds=SECONDS)
    return [answer.status for answer in answers], time.monotonic() - began


def strikes(client: GraphClient) -> int:
    """How often the pace was slowed down in a row."""
    return client._pacer._pace._strikes


@pytest.mark.parametrize("refused", [[METHODS], [WRITE], [METHODS] * 5], ids=["read", "write", "five"])
def test_it_is_given_up_after_half_of_the_time_if_it_is_all_that_is_left(
    box: SandboxTenant, client: GraphClient, refused: list[Call]
) -> None:
    refuse(box)
    statuses, seconds = timed(client, *refused, *[READ] * 9)
    assert statuses == [429] * len(refused) + [200] * 9
    assert seconds < 0.65 * SECONDS


def test_half_of_the_time_begins_anew_with_each_answer_to_another_call(box: SandboxTenant, client: GraphClient) -> None:
    refuse(box)
    box.tenant.faults.append(Fault("delay", host="graph", path="select=id", seconds=0.53 * SECONDS))
    end = threading.Timer(0.63 * SECONDS, box.tenant.faults.clear)
    end.start()
    statuses, seconds = timed(client, METHODS, replace(READ, alone=True))
    end.join()
    assert statuses == [200, 200]
    assert seconds > 0.63 * SECONDS


def test_a_call_alone_in_its_list_is_given_up_too(box: SandboxTenant, client: GraphClient) -> None:
    """Other lists of its request come after it."""
    refuse(box)
    statuses, seconds = timed(client, METHODS)
    assert statuses == [429]
    assert seconds < 0.65 * SECONDS


def test_where_nothing_of_many_passes_they_wait_until_the_deadline(box: SandboxTenant, client: GraphClient) -> None:
    refuse(box)
    statuses, seconds = timed(client, *[METHODS] * (FEW_REFUSED + 3))
    assert statuses == [429] * (FEW_REFUSED + 3)
    assert seconds > 0.65 * SECONDS


def test_one_soon_holds_nobody_back(box: SandboxTenant, client: GraphClient) -> None:
    refuse(box)
    timed(client, METHODS, *[READ] * 9)
    assert strikes(client) < STUBBORN
    assert not client.is_held_back()
    assert not client.refused


def test_many_hold_everybody_back_each_time(box: SandboxTenant, client: GraphClient) -> None:
    refuse(box)
    timed(client, *[METHODS] * (FEW_REFUSED + 3), *[READ] * 9)
    assert strikes(client) >= STUBBORN


def test_one_in_each_of_several_lists_is_many(box: SandboxTenant, client: GraphClient) -> None:
    client.refused |= {Refusals() for _ in range(FEW_REFUSED)}
    refuse(box)
    timed(client, METHODS, *[READ] * 9)
    assert strikes(client) >= STUBBORN
