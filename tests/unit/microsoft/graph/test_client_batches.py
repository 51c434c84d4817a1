"""graph/client.py: where batches do not work."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.microsoft.graph.calls import Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for
from tests.unit.microsoft.graph.sending import METHODS, READ, asked, requests, send


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="graph", path=r"\$batch", status=400),
        Fault("status", host="graph", path=r"\$batch", status=405),
        Fault("status", host="graph", path=r"\$batch", status=501),
        Fault("status", host="graph", batched=True, status=501),
        Fault("status", host="graph", batched=True, status=400),
    ],
    ids=["whole 400", "whole 405", "whole 501", "members 501", "members 400"],
)
def test_where_graph_carries_no_batch_the_calls_go_singly_from_then_on(
    box: SandboxTenant, client: GraphClient, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    box.tenant.faults.append(fault)
    for _ in range(2):
        assert [answer.status for answer in send(client, READ, METHODS, READ)] == [200, 200, 200]
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    assert [record.path.endswith("/$batch") for record in requests(box)] == [False, False]
    assert caplog.text.count("does not carry these calls") == 1


def test_one_batch_refused_by_chance_is_no_reason_to_give_them_up(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=r"\$batch", status=400, times=1))
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    box.tenant.clear_requests()
    send(client, READ, METHODS)
    assert len(requests(box)) == 1


POSTS = [
    Call(
        "POST", f"/users/{user}@contoso.com/authentication/phoneMethods", {"phoneNumber": number, "phoneType": "mobile"}
    )
    for user, number in (("carla.diaz", "+1 2065550101"), ("nils%2Bmfa", "+46 701740609"))
]


@pytest.mark.parametrize("fault", [Fault("status", host="graph", batched=True, status=status) for status in (501, 405)])
def test_where_a_batch_carries_no_writes_each_is_made_once(
    box: SandboxTenant, client: GraphClient, fault: Fault
) -> None:
    box.tenant.faults.append(fault)
    assert [answer.status for answer in send(client, *POSTS)] == [201, 201]
    assert [write.status for write in box.tenant.writes()] == [fault.status, fault.status, 201, 201]


@pytest.mark.parametrize("status", [400, 409])
def test_writes_that_may_have_been_made_are_not_sent_again_to_try_the_batch(
    box: SandboxTenant, client: GraphClient, status: int
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", batched=True, status=status))
    assert [answer.status for answer in send(client, *POSTS)] == [status, status]
    assert len(box.tenant.writes()) == 2


def test_a_probe_in_trouble_proves_nothing(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", batched=True, status=403, times=3))
    box.tenant.faults.append(Fault("status", host="graph", batched=False, status=500, times=1))
    send(client, READ, READ, READ)
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, READ)] == [200, 200]
    assert len(requests(box)) == 1


def test_a_wait_of_a_day_holds_everybody_back_for_minutes_and_is_told(
    box: SandboxTenant, client: GraphClient, caplog: pytest.LogCaptureFixture
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, retry_after=86_400, times=1))
    assert send(client, READ)[0].status == 429
    (held,) = send(client, READ)
    assert held.fate is Fate.HELD_BACK
    assert stop_for(held, "reading").code is Code.THROTTLED
    assert "asks to wait 86400 s" in caplog.text


def test_a_batch_refused_for_its_calls_own_sake_stays_a_batch(box: SandboxTenant, client: GraphClient) -> None:
    gone = Call("GET", "/users/nobody@contoso.com?$select=id")
    assert [answer.status for answer in send(client, gone, gone)] == [404, 404]
    assert len(asked(box)) == 3
    assert [answer.status for answer in send(client, READ, READ)] == [200, 200]
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, gone, gone)] == [404, 404]
    assert len(asked(box)) == 2


def test_a_refused_member_token_is_renewed_for_that_member(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=401, times=1))
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("count", [2, 3, 20])
def test_reads_refused_for_a_moment_take_no_batches_from_the_others(
    box: SandboxTenant, client: GraphClient, status: int, count: int
) -> None:
    """New users, of whom nothing is known yet, in the first batch of a process."""
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=status, times=count))
    assert [answer.status for answer in send(client, *[METHODS] * count)] == [200] * count
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    assert len(requests(box)) == 1


def test_users_who_are_still_not_there_take_no_batches_either(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=404, times=2))
    gone = Call("GET", "/users/nobody@contoso.com/authentication/phoneMethods")
    assert [answer.status for answer in send(client, METHODS, gone)] == [200, 404]
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    assert len(requests(box)) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_writes_refused_for_a_moment_are_made_once_and_take_no_batches(
    box: SandboxTenant, client: GraphClient, status: int
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", method="POST", path="/auth", status=status, times=2))
    assert [answer.status for answer in send(client, *POSTS)] == [201, 201]
    assert sorted(write.status or 0 for write in box.tenant.writes()) == [201, 201, status, status]
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    assert len(requests(box)) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_where_a_batch_carries_no_writes_for_good_each_is_made_once(
    box: SandboxTenant, client: GraphClient, status: int
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", batched=True, status=status))
    assert [answer.status for answer in send(client, *POSTS)] == [201, 201]
    assert [write.status for write in box.tenant.writes()].count(201) == 2
    box.tenant.clear_requests()
    assert [answer.status for answer in send(client, READ, METHODS)] == [200, 200]
    assert not any(record.path.endswith("/$batch") for record in requests(box))
