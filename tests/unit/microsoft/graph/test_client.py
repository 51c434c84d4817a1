"""graph/client.py: an answer for every call, in batches, with a token."""

import json
import threading
from functools import partial

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, SignInFailed, SignInUnavailable, VaultUnavailable
from shared.log import about
from shared.microsoft.entra import Grant, GraphTokens
from shared.microsoft.graph.calls import Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.session import Reply
from tests.unit.microsoft.graph.sending import ANNA, METHODS, READ, WRITE, asked, requests, send
from tests.unit.odd import graph_of
from tests.unit.wire import Line


def test_answers_come_in_the_order_of_the_calls(box: SandboxTenant, client: GraphClient) -> None:
    names = [ANNA, "bjorn.berg@contoso.com", "nobody@contoso.com", "carla.diaz@contoso.com"] * 5
    answers = send(client, *(Call("GET", f"/users/{name}?$select=userPrincipalName") for name in names))
    assert [answer.body.get("userPrincipalName") for answer in answers] == [
        None if name.startswith("nobody") else name for name in names
    ]
    assert [answer.status for answer in answers] == [404 if name.startswith("nobody") else 200 for name in names]
    assert all(answer.request_id for answer in answers)


def test_no_calls_no_answers(client: GraphClient) -> None:
    assert send(client) == []


def test_calls_travel_twenty_in_a_batch(box: SandboxTenant, client: GraphClient) -> None:
    assert all(answer.ok for answer in send(client, *[READ] * 141))
    assert len(requests(box)) == 8
    assert len(asked(box)) == 141


def test_batches_overlap() -> None:
    """After a first one, by which the pace is found out, each is answered only when the other one has arrived."""
    both = threading.Barrier(2)

    def reply(line: Line, meet: bool = False) -> None:
        _, body = line.request_with_body()
        if meet:
            both.wait(30)
        responses = [{"id": member["id"], "status": 200, "body": {}} for member in json.loads(body)["requests"]]
        line.answer(json.dumps({"responses": responses}).encode())

    with graph_of(reply, partial(reply, meet=True)) as client:
        assert all(answer.ok for answer in send(client, *[READ] * 20))
        assert all(answer.ok for answer in send(client, *[READ] * 40))


def test_a_lone_call_needs_no_batch(box: SandboxTenant, client: GraphClient) -> None:
    send(client, READ)
    assert [record.path.partition("?")[0] for record in requests(box)] == [f"/v1.0/users/{ANNA}"]


def test_an_answer_is_read_as_soon_as_it_is_final_and_then_dropped(box: SandboxTenant, client: GraphClient) -> None:
    assert client.send([READ, METHODS], lambda answer: answer.status, Deadline(20)) == [200, 200]


def test_the_correlation_id_is_the_client_request_id(box: SandboxTenant, client: GraphClient) -> None:
    with about(correlationId="11111111-2222-4333-8444-555555555555"):
        send(client, READ)
    (record,) = box.tenant.calls()
    assert record.client_request_id == "11111111-2222-4333-8444-555555555555"


def test_an_answer_without_a_body(box: SandboxTenant, client: GraphClient) -> None:
    (got,) = send(client, WRITE)
    assert (got.ok, got.status, got.body) == (True, 204, {})
    assert box.tenant.writes()[0].phone_number == "+46 701740699"


def test_a_401_renews_the_token_once_for_all_calls(
    box: SandboxTenant, client: GraphClient, tokens: GraphTokens
) -> None:
    first = tokens.token(Deadline(20))
    box.tenant.revoke_tokens()
    assert [answer.status for answer in send(client, *[READ] * 4)] == [200] * 4
    assert tokens.token(Deadline(20)) != first
    assert [record.status for record in requests(box)] == [401, 200]
    assert len(asked(box)) == 4


def test_a_401_that_stays_is_the_answer(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=401))
    (got,) = send(client, READ)
    assert got.status == 401
    assert len(box.tenant.calls()) == 2


def test_every_response_is_noted_whatever_its_status(box: SandboxTenant, tokens: GraphTokens) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=404))
    noted: list[Reply] = []
    client = GraphClient("https://graph.microsoft.com", tokens, 0, noted.append)
    send(client, READ)
    send(client, METHODS)
    assert [reply.status for reply in noted] == [200, 404]
    assert all(reply.headers.get("date") for reply in noted)


class Troubled:
    def __init__(self, trouble: ServiceError) -> None:
        self._trouble = trouble

    def __call__(self, _deadline: Deadline, _claims: str | None = None) -> Grant:
        raise self._trouble


@pytest.mark.parametrize("trouble", [SignInFailed("AADSTS50126"), SignInUnavailable("down"), VaultUnavailable("down")])
@pytest.mark.usefixtures("box")
def test_without_a_token_nothing_is_sent(box: SandboxTenant, trouble: ServiceError) -> None:
    (got,) = send(GraphClient("https://graph.microsoft.com", GraphTokens(Troubled(trouble))), READ)
    assert (got.fate, got.status) == (Fate.NO_TOKEN, 0)
    assert stop_for(got, "reading the user").code is Code.GRAPH_UNAVAILABLE
    assert box.tenant.calls() == []


@pytest.mark.usefixtures("box")
def test_a_reason_that_belongs_into_the_log_does_not_reach_the_caller() -> None:
    trouble = ConfigurationError("the Key Vault secret service-account-password cannot be had: SecretDisabled")
    (got,) = send(GraphClient("https://graph.microsoft.com", GraphTokens(Troubled(trouble))), READ)
    message = stop_for(got, "reading the user").message
    assert "service-account-password" not in message
    assert "Key Vault" not in message
