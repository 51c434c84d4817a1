"""graph/client.py: one bad answer in a batch does not fail the other members, and the extra calls have a bound."""

import json
from collections.abc import Sequence

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.microsoft.graph import client as client_module
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import MAX_TRIES, GraphClient
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.sending import ANNA, METHODS, READ, WRITE, asked, requests, send
from tests.unit.odd import odd_graph

POISON = "bjorn.berg@contoso.com"
POISONED = Call("GET", f"/users/{POISON}?$select=id")
BATCH = [READ] * 10 + [POISONED] + [READ] * 9


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, client_module)


def fates(answers: Sequence[Answer]) -> list[Fate]:
    return [answer.fate for answer in answers]


@pytest.mark.parametrize("what", ["garbage", "truncate", "close", "lost"])
def test_a_member_that_spoils_every_batch_fails_alone(box: SandboxTenant, client: GraphClient, what: str) -> None:
    box.tenant.faults.append(Fault(what, host="graph", path=POISON))  # type: ignore[arg-type]
    answers = send(client, *BATCH)
    assert [answer.ok for answer in answers] == [call is READ for call in BATCH]
    assert answers[10].fate is Fate.LOST


def test_what_is_asked_again_has_a_bound(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("garbage", host="graph", path=POISON))
    send(client, *BATCH)
    # Batches of 20, 10, 5, then five calls singly.
    assert [record.path.endswith("/$batch") for record in requests(box)].count(False) == 5
    assert len(requests(box)) == 1 + 2 + 2 + 5
    assert len(asked(box)) == 20 + 20 + 10 + 5
    assert len(box.tenant.calls(path_contains=POISON)) == MAX_TRIES


def test_where_nothing_gets_through_no_call_is_tried_more_often_than_before(
    box: SandboxTenant, client: GraphClient
) -> None:
    box.tenant.faults.append(Fault("close", host="graph"))
    assert fates(send(client, *[READ] * 20)) == [Fate.LOST] * 20
    assert len(asked(box)) == 20 * MAX_TRIES
    assert len(requests(box)) == 1 + 2 + 4 + 20


def test_a_poisoned_batch_does_not_change_how_others_travel(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("garbage", host="graph", path=POISON))
    send(client, *BATCH)
    box.tenant.clear_requests()
    assert all(answer.ok for answer in send(client, *[READ] * 40))
    assert len(requests(box)) == 2


def test_a_batch_whose_gateway_fails_is_split_too(box: SandboxTenant, client: GraphClient) -> None:
    """A member that is slow beyond the gateway's patience fails the whole with 504."""
    box.tenant.faults.append(Fault("status", host="graph", path=r"\$batch", status=504, times=2))
    assert all(answer.ok for answer in send(client, *[READ] * 20))
    assert len(requests(box)) == 1 + 2 + 2


def test_members_that_are_busy_stay_together(box: SandboxTenant, client: GraphClient) -> None:
    """They have answers of their own: nobody spoilt them."""
    box.tenant.faults.append(Fault("status", host="graph", batched=True, status=503, times=20))
    assert all(answer.ok for answer in send(client, *[READ] * 20))
    assert len(requests(box)) == 2


@pytest.mark.parametrize("batched", [True, False])
def test_a_200_with_an_unusable_body_is_asked_again(box: SandboxTenant, client: GraphClient, batched: bool) -> None:
    box.tenant.faults.append(Fault("unreadable", path="phoneMethods", times=1))  # type: ignore[arg-type]
    answers = send(client, READ, METHODS) if batched else send(client, METHODS)
    assert [answer.ok for answer in answers] == [True] * len(answers)
    assert isinstance(answers[-1].body["value"], list)
    assert len(box.tenant.calls(path_contains="phoneMethods")) == 2


def test_a_member_that_stays_unusable_is_lost_and_the_others_are_asked_once(
    box: SandboxTenant, client: GraphClient
) -> None:
    box.tenant.faults.append(Fault("unreadable", path="phoneMethods"))  # type: ignore[arg-type]
    assert fates(send(client, READ, METHODS, READ)) == [Fate.ANSWERED, Fate.LOST, Fate.ANSWERED]
    assert len(box.tenant.calls(path_contains="phoneMethods")) == MAX_TRIES
    assert len(box.tenant.calls(path_contains="select")) == 2


def test_a_read_that_failed_with_another_call_is_asked_again_without_it(
    box: SandboxTenant, client: GraphClient
) -> None:
    """424; the last time singly. A write is handed back."""
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", batched=True, status=424))
    assert [answer.status for answer in send(client, READ, METHODS, READ, WRITE)] == [200, 200, 200, 424]
    assert len(box.tenant.calls(path_contains="phoneMethods")) <= MAX_TRIES + 1
    assert [write.status for write in box.tenant.writes()] == [424]


def test_calls_that_have_to_go_alone_do_and_the_others_stay_together(box: SandboxTenant, client: GraphClient) -> None:
    alone = Call("GET", READ.path, alone=True)
    assert all(answer.ok for answer in send(client, READ, alone, READ, READ, alone, alone))
    sizes = [sum(member.batch == record.request_id for member in box.tenant.calls()) for record in requests(box)]
    assert sorted(sizes) == [0, 0, 0, 3]


def test_the_answer_of_a_whole_batch_is_known_as_such(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("lost", host="graph", method="PATCH"))
    write = Call("PATCH", f"/users/{ANNA}/authentication/phoneMethods/x", {"phoneNumber": "+46 701740699"})
    assert [answer.of_batch for answer in send(client, write, write)] == [True, True]
    assert [answer.of_batch for answer in send(client, write)] == [False]


def test_a_batch_with_answers_for_some_members_only() -> None:
    """Nothing of what was answered is asked again."""
    half = b'{"responses":[{"id":"0","status":200,"body":{"id":"a"}}]}'
    with odd_graph(half, b'{"id":"b"}') as client:
        answers = client.send([READ, READ], lambda answer: answer.body.get("id"), Deadline(20))
    assert answers == ["a", "b"]


@pytest.mark.parametrize("status", [True, False, 0, -1, 1, 100, 199, 600, 2000, 201.0, "201", None, [201], {}])
def test_a_member_whose_status_is_none_has_no_verdict(status: object) -> None:
    """Whether a write was made then shows a look; a read is asked again."""
    odd = {"responses": [{"id": "0", "status": status, "body": {}}, {"id": "1", "status": 200, "body": {"id": "b"}}]}
    with odd_graph(json.dumps(odd).encode()) as client:
        answers = send(client, WRITE, READ)
    assert (answers[0].fate, answers[0].status, answers[0].of_batch) == (Fate.LOST, 0, True)
    assert answers[1].ok
