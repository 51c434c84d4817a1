"""graph/client.py: an answer for every call, whatever happens on the way."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.tenant import Fault, Record, SandboxTenant
from shared.core.codes import Code
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, SignInFailed, SignInUnavailable, VaultUnavailable
from shared.log import correlation_id
from shared.microsoft.entra import Grant, GraphTokens
from shared.microsoft.graph import client as client_module
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import MAX_TRIES, GraphClient
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.graph.recent import Turn
from tests.unit.clock import Clock
from tests.unit.odd import graph_of, odd_graph
from tests.unit.wire import HEAD, Line, serving

ANNA = "anna.andersson@contoso.com"
READ = Call("GET", f"/users/{ANNA}?$select=id")
METHODS = Call("GET", f"/users/{ANNA}/authentication/phoneMethods")
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"
WRITE = Call(
    "PATCH",
    f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}",
    {"phoneNumber": "+46 701740699", "phoneType": "mobile"},
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, client_module)


def send(client: GraphClient, *calls: Call, seconds: float = 60) -> list[Answer]:
    return client.send(calls, lambda answer: answer, Deadline(seconds))


def requests(box: SandboxTenant) -> list[Record]:
    """HTTP requests at Graph: a batch is one."""
    return [record for record in box.tenant.calls() if record.batch is None]


def asked(box: SandboxTenant) -> list[Record]:
    """Calls at Graph, as Graph counts them: each member of a batch is one."""
    return [record for record in box.tenant.calls() if not record.path.endswith("/$batch")]


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


def test_calls_travel_twenty_in_a_batch_and_batches_overlap(box: SandboxTenant, client: GraphClient) -> None:
    send(client, *[READ] * 20)
    box.tenant.clear_requests()
    box.tenant.latency_ms = 200
    began = time.monotonic()
    assert all(answer.ok for answer in send(client, *[READ] * 141))
    assert time.monotonic() - began < 0.2 * 8 * 0.8
    assert len(requests(box)) == 8
    assert len(asked(box)) == 141


def test_a_lone_call_needs_no_batch(box: SandboxTenant, client: GraphClient) -> None:
    send(client, READ)
    assert [record.path.partition("?")[0] for record in requests(box)] == [f"/v1.0/users/{ANNA}"]


def test_an_answer_is_read_as_soon_as_it_is_final_and_then_dropped(box: SandboxTenant, client: GraphClient) -> None:
    assert client.send([READ, METHODS], lambda answer: answer.status, Deadline(20)) == [200, 200]


def test_the_correlation_id_is_the_client_request_id(box: SandboxTenant, client: GraphClient) -> None:
    token = correlation_id.set("11111111-2222-4333-8444-555555555555")
    try:
        send(client, READ)
    finally:
        correlation_id.reset(token)
    (record,) = box.tenant.calls()
    assert record.client_request_id == "11111111-2222-4333-8444-555555555555"


def test_an_answer_without_a_body(box: SandboxTenant, client: GraphClient) -> None:
    (got,) = send(client, WRITE)
    assert (got.ok, got.status, got.body) == (True, 204, {})
    assert box.tenant.writes()[0].phone_number == "+46 701740699"


# Tokens


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


class Troubled:
    def __init__(self, trouble: ServiceError) -> None:
        self._trouble = trouble

    def __call__(self, _deadline: Deadline) -> Grant:
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


# Throttling and retries


def test_a_throttled_call_waits_as_long_as_graph_says(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, retry_after=1, times=1))
    began = time.monotonic()
    (got,) = send(client, WRITE)
    assert got.ok
    assert time.monotonic() - began >= 1
    assert [write.status for write in box.tenant.writes()] == [429, 204]


def test_a_throttled_member_is_asked_again_without_those_that_were_answered(
    box: SandboxTenant, client: GraphClient
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=429, retry_after=0, times=1))
    assert [answer.status for answer in send(client, READ, METHODS, READ)] == [200] * 3
    assert [record.path.partition("?")[0] for record in requests(box)] == [
        "/v1.0/$batch",
        f"/v1.0/users/{ANNA}/authentication/phoneMethods",
    ]


def test_without_retry_after_a_throttled_call_comes_through_too(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, times=2))
    assert send(client, READ)[0].ok


def test_a_wait_longer_than_the_deadline_is_not_begun(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, retry_after=60))
    began = time.monotonic()
    (got,) = send(client, WRITE)
    assert time.monotonic() - began < 1
    assert (got.status, got.retry_after_s) == (429, 60)
    assert stop_for(got, "updating").code is Code.THROTTLED


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="graph", status=500, times=2),
        Fault("status", host="graph", status=503, retry_after=2, times=2),
        Fault("status", host="graph", status=504, times=2),
        Fault("close", host="graph", times=2),
        Fault("truncate", host="graph", times=2),
        Fault("garbage", host="graph", times=2),
    ],
    ids=lambda fault: f"{fault.what} {fault.status}",
)
@pytest.mark.usefixtures("clock")
def test_a_read_is_tried_again(box: SandboxTenant, client: GraphClient, fault: Fault) -> None:
    box.tenant.faults.append(fault)
    assert send(client, READ)[0].ok
    assert len(box.tenant.calls()) == 3


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("fault", "fate", "status"),
    [
        (Fault("status", host="graph", status=503), Fate.ANSWERED, 503),
        (Fault("close", host="graph"), Fate.LOST, 0),
        (Fault("garbage", host="graph"), Fate.LOST, 0),
    ],
    ids=["503", "close", "garbage"],
)
def test_a_read_is_given_up_after_some_tries(
    box: SandboxTenant, client: GraphClient, fault: Fault, fate: Fate, status: int
) -> None:
    box.tenant.faults.append(fault)
    (got,) = send(client, READ)
    assert (got.fate, got.status, got.has_no_verdict) == (fate, status, True)
    assert stop_for(got, "reading the user").code is Code.GRAPH_UNAVAILABLE
    assert len(box.tenant.calls()) == MAX_TRIES


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="graph", status=500),
        Fault("status", host="graph", status=503, retry_after=1),
        Fault("close", host="graph"),
        Fault("lost", host="graph"),
    ],
    ids=lambda fault: f"{fault.what} {fault.status}",
)
def test_a_write_without_a_verdict_is_never_repeated_here(
    box: SandboxTenant, client: GraphClient, fault: Fault
) -> None:
    box.tenant.faults.append(fault)
    (got,) = send(client, WRITE)
    assert got.has_no_verdict
    assert len(box.tenant.writes()) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_other_refusals_are_final(box: SandboxTenant, client: GraphClient, status: int) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=status))
    (got,) = send(client, READ)
    assert (got.fate, got.status, got.has_no_verdict) == (Fate.ANSWERED, status, False)
    assert len(box.tenant.calls()) == 1


# The deadline


@pytest.mark.parametrize("what", ["hang", "drip"])
def test_whatever_graph_does_the_answers_come_by_the_deadline(
    box: SandboxTenant, client: GraphClient, what: str
) -> None:
    box.tenant.faults.append(Fault(what, host="graph", seconds=30 if what == "hang" else 0.2))  # type: ignore[arg-type]
    began = time.monotonic()
    answers = send(client, *[READ] * 40, WRITE, seconds=1.5)
    assert time.monotonic() - began < 1.5 + 2.5
    assert [answer.fate for answer in answers] == [Fate.LOST] * 20 + [Fate.NOT_SENT] * 21
    assert stop_for(answers[-1], "updating").code is Code.DEADLINE


def test_work_that_cannot_finish_is_not_begun(box: SandboxTenant, client: GraphClient) -> None:
    (got,) = send(client, READ, seconds=0.9)
    assert got.fate is Fate.NOT_SENT
    assert box.tenant.calls() == []


class Stuck:
    """Tokens that come only when the test lets them, whatever the deadline."""

    def __init__(self) -> None:
        self.come = threading.Event()

    def token(self, _deadline: Deadline) -> str:
        self.come.wait(10)
        return "token-not-real"

    def renew(self, _refused: str, deadline: Deadline) -> str:
        return self.token(deadline)


@pytest.mark.usefixtures("box")
def test_what_is_still_under_way_behind_the_grace_is_lost_and_the_rest_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "GRACE_S", 0.1)
    tokens = Stuck()
    client = GraphClient("https://graph.microsoft.com", tokens)
    try:
        answers = send(client, *[READ] * 25, seconds=1.2)
        assert [answer.fate for answer in answers] == [Fate.LOST] * 20 + [Fate.NOT_SENT] * 5
    finally:
        tokens.come.set()
    assert send(client, READ)[0].fate is Fate.ANSWERED


def test_a_fault_of_ours_while_sending_loses_nobody_else(
    box: SandboxTenant, client: GraphClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(client_module, "batch_body", broken)
    assert [answer.fate for answer in send(client, WRITE, READ)] == [Fate.LOST, Fate.ANSWERED]
    assert "unforeseen fault" in caplog.text
    assert send(client, READ)[0].ok


def test_a_fault_of_ours_between_batches_loses_no_write_that_was_made(
    box: SandboxTenant, client: GraphClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, turns = client.turn, []

    def once(waiting: int, deadline: Deadline) -> Turn | None:
        turns.append(waiting)
        if len(turns) > 1:
            raise OverflowError("on purpose")
        return turn(waiting, deadline)

    monkeypatch.setattr(client, "turn", once)
    answers = send(client, WRITE, *[READ] * 30)
    assert answers[0].status == 204
    assert [answer.fate for answer in answers] == [Fate.ANSWERED] * 20 + [Fate.LOST] * 11


# The ceiling


def test_the_ceiling_is_the_most_for_a_second(make_client: Callable[..., GraphClient], box: SandboxTenant) -> None:
    began = time.monotonic()
    assert all(answer.ok for answer in send(make_client(max_per_second=10), *[READ] * 12))
    assert time.monotonic() - began >= 1.0
    assert len(asked(box)) == 12


def test_the_ceiling_does_not_send_what_comes_after_the_deadline(
    make_client: Callable[..., GraphClient], box: SandboxTenant
) -> None:
    answers = send(make_client(max_per_second=1), *[READ] * 5, seconds=2.2)
    fates = [answer.fate for answer in answers]
    assert fates.count(Fate.NOT_SENT) >= 2
    assert fates.count(Fate.ANSWERED) == len(asked(box))


# Where batches do not work


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="graph", path=r"\$batch", status=400),
        Fault("status", host="graph", path=r"\$batch", status=405),
        Fault("status", host="graph", batched=True, status=501),
        Fault("status", host="graph", batched=True, status=400),
    ],
    ids=["whole 400", "whole 405", "members 501", "members 400"],
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


# Next links, odd answers


def test_a_next_link_stays_on_the_host(client: GraphClient) -> None:
    assert client.relative("https://graph.microsoft.com/v1.0/users?$skiptoken=x") == "/users?$skiptoken=x"
    for elsewhere in (
        "https://graph.example.com/v1.0/users",
        "https://graph.microsoft.com.example.com/v1.0/users",
        "https://graph.microsoft.com/v1.0.example.com/users",
        "http://graph.microsoft.com/v1.0/users",
        "/v1.0/users",
    ):
        with pytest.raises(ValueError, match="leads to another host"):
            client.relative(elsewhere)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b"{", b"[" * 100_000, b"\xff"])
@pytest.mark.usefixtures("clock")
def test_a_good_status_with_a_body_that_is_no_json_object_is_no_answer_to_a_read(body: bytes) -> None:
    with odd_graph(body) as client:
        assert send(client, READ)[0].fate is Fate.LOST


def test_an_error_with_a_body_that_is_no_json_object_is_still_that_error() -> None:
    with odd_graph(b"<html>", status=b"403 Forbidden", head=b"request-id: rid-1\r\n") as client:
        (got,) = send(client, READ)
    assert (got.status, got.body, got.request_id) == (403, {}, "rid-1")


def test_a_redirect_does_not_take_the_token_elsewhere() -> None:
    seen: list[bytes] = []

    def elsewhere(line: Line) -> None:
        seen.append(line.request())
        line.send(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")

    with (
        serving(elsewhere) as other,
        odd_graph(b"", status=b"302 Found", head=b"Location: http://" + other.encode() + b"/\r\n") as client,
    ):
        assert send(client, WRITE)[0].status == 302
    assert seen == []


def test_a_redirect_to_nonsense_stays_one_calls_trouble() -> None:
    with odd_graph(b"", status=b"302 Found", head=b"Location: http://[broken\r\n") as client:
        (got,) = send(client, WRITE)
    assert not got.ok


def test_a_netrc_entry_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[bytes] = []

    def note(line: Line) -> None:
        seen.append(line.request())
        line.send(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")

    with graph_of(note) as client:
        send(client, READ)
    assert b"Bearer token-not-real" in seen[0]


def test_no_log_line_holds_token_path_or_body(
    box: SandboxTenant, client: GraphClient, tokens: GraphTokens, caplog: pytest.LogCaptureFixture
) -> None:
    box.tenant.faults.append(Fault("close", host="graph", times=1))
    with caplog.at_level(logging.DEBUG, "shared"):
        send(client, WRITE)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared"))
    assert "no answer" in logged
    for text in (tokens.token(Deadline(20)), ANNA, "701740699"):
        assert text not in logged


def test_no_repr_holds_a_number_or_an_answers_text() -> None:
    assert "701740699" not in f"{WRITE}"
    assert "701740699" not in f"{Answer(Fate.ANSWERED, 200, {'phoneNumber': '+46 701740699'})}"


# What an answer means


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Code.GRAPH_ERROR),
        (401, Code.GRAPH_ERROR),
        (403, Code.FORBIDDEN),
        (404, Code.USER_NOT_FOUND),
        (408, Code.GRAPH_UNAVAILABLE),
        (409, Code.GRAPH_ERROR),
        (429, Code.THROTTLED),
        (500, Code.GRAPH_ERROR),
        (502, Code.GRAPH_UNAVAILABLE),
        (503, Code.GRAPH_UNAVAILABLE),
        (504, Code.GRAPH_UNAVAILABLE),
    ],
)
def test_each_status_has_its_code(status: int, code: Code) -> None:
    assert stop_for(Answer(Fate.ANSWERED, status), "reading").code is code


def test_an_error_is_told_with_graphs_code_and_request_id_but_not_its_message() -> None:
    body = {"error": {"code": "badRequest", "message": "The number +46 701740699 is bad."}}
    message = stop_for(Answer(Fate.ANSWERED, 400, body, request_id="rid-1"), "adding the phone method").message
    assert "while adding the phone method (status 400, code badRequest, request-id rid-1)" in message
    assert "701740699" not in message


@pytest.mark.parametrize("error", [None, "text", {"code": 7}, {"code": "+46 701740699"}, {"code": ""}])
def test_an_odd_error_body_tells_nothing_more_than_the_status(error: object) -> None:
    message = stop_for(Answer(Fate.ANSWERED, 400, {"error": error}), "reading").message
    assert "(status 400)" in message
