"""graph/carrier.py: a $batch that is refused as a whole is tried again after minutes, not never."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.microsoft.graph import carrier as carrier_module
from shared.microsoft.graph.calls import Call
from shared.microsoft.graph.carrier import BATCHES_AGAIN_S, SINGLE_CALLS_IN_FLIGHT
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.pace import MAX_WINDOW
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.sending import METHODS, READ, requests, send

WHOLE = r"\$batch"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, carrier_module)


def batches(box: SandboxTenant, client: GraphClient) -> int:
    """How many batches some calls travel in now."""
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    return sum(record.path.endswith("/$batch") for record in requests(box))


@pytest.mark.parametrize("status", [400, 405, 424])
def test_after_two_refusals_single_calls_and_after_minutes_batches_again(
    box: SandboxTenant, client: GraphClient, clock: Clock, status: int
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=WHOLE, status=status, times=2))
    assert [batches(box, client), batches(box, client), batches(box, client)] == [1, 1, 0]
    clock.advance(BATCHES_AGAIN_S - 5)
    assert batches(box, client) == 0
    clock.advance(10)
    assert batches(box, client) == 1
    assert BATCHES_AGAIN_S < 600


def test_what_is_still_refused_then_is_given_up_at_once(box: SandboxTenant, client: GraphClient, clock: Clock) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=WHOLE, status=424, times=3))
    for _ in range(2):
        batches(box, client)
    clock.advance(BATCHES_AGAIN_S + 1)
    assert [batches(box, client), batches(box, client)] == [1, 0]
    clock.advance(BATCHES_AGAIN_S + 1)
    assert [batches(box, client), batches(box, client)] == [1, 1]


def test_members_refused_for_the_batchs_sake_travel_together_again_later(
    box: SandboxTenant, client: GraphClient, clock: Clock
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", batched=True, status=501, times=2))
    assert [batches(box, client), batches(box, client)] == [1, 0]
    clock.advance(BATCHES_AGAIN_S + 1)
    assert batches(box, client) == 1


def test_the_window_is_narrow_only_while_calls_go_singly(box: SandboxTenant, client: GraphClient, clock: Clock) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=WHOLE, status=424, times=2))
    for _ in range(2):
        batches(box, client)
    pace = client._pacer._pace
    assert pace._max_window == SINGLE_CALLS_IN_FLIGHT
    clock.advance(BATCHES_AGAIN_S + 1)
    batches(box, client)
    assert pace._max_window == MAX_WINDOW


def test_a_call_that_makes_graph_refuse_its_batch_takes_no_batches_from_the_others(
    box: SandboxTenant, client: GraphClient
) -> None:
    bad = Call("GET", "/users/$odd@contoso.com?$select=id")  # a plain segment that begins with $: 400
    box.tenant.faults.append(Fault("status", host="graph", path=WHOLE, status=400, times=4))
    for _ in range(4):
        assert [answer.status for answer in send(client, READ, bad, METHODS)] == [200, 400, 200]
    assert batches(box, client) == 1
