"""graph/client.py: the answers come by the deadline, and a fault of ours loses nobody else."""

import threading
import time

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.deadline import Deadline
from shared.microsoft.graph import carrier as carrier_module
from shared.microsoft.graph import client as client_module
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.graph.recent import Turn
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.sending import READ, WRITE, send
from tests.unit.odd import graph_of
from tests.unit.wire import Line

# Within a second less than this a first batch is sent, on a busy machine too: later it is not worth beginning.
BRIEF_S = 2.5


@pytest.mark.parametrize("what", ["hang", "drip"])
def test_whatever_graph_does_the_answers_come_by_the_deadline(
    box: SandboxTenant, client: GraphClient, what: str
) -> None:
    box.tenant.faults.append(Fault(what, host="graph", seconds=30 if what == "hang" else 0.2))  # type: ignore[arg-type]
    began = time.monotonic()
    answers = send(client, *[READ] * 40, WRITE, seconds=BRIEF_S)
    assert time.monotonic() - began < BRIEF_S + client_module.GRACE_S + 10
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
        self.come.wait(30)
        return "token-not-real"

    def renew(self, _refused: str, deadline: Deadline, _claims: str | None = None) -> str:
        return self.token(deadline)


@pytest.mark.usefixtures("box")
def test_what_is_still_under_way_behind_the_grace_is_lost_and_the_rest_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "GRACE_S", 0.1)
    tokens = Stuck()
    client = GraphClient("https://graph.microsoft.com", tokens)
    began = time.monotonic()
    try:
        answers = send(client, *[READ] * 25, seconds=BRIEF_S)
        assert [answer.fate for answer in answers] == [Fate.LOST] * 20 + [Fate.NOT_SENT] * 5
        assert time.monotonic() - began < BRIEF_S + 10
    finally:
        tokens.come.set()
    assert send(client, READ)[0].fate is Fate.ANSWERED


def test_time_that_runs_out_while_an_answer_is_read_is_no_fault_of_ours(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def reply(line: Line) -> None:
        if b"/slow " in line.request():
            line.hang()
        line.answer()

    def read(answer: Answer) -> Fate:
        if answer.ok:
            clock.advance(100)
        return answer.fate

    slow, other = Call("GET", "/slow", alone=True), Call("GET", "/other", alone=True)
    with graph_of(reply) as client:
        assert client.send([slow, other], read, Deadline(60)) == [Fate.LOST, Fate.ANSWERED]
    assert "unforeseen fault" not in caplog.text


def test_an_answer_is_waited_for_without_work(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("delay", host="graph", seconds=1))
    before = time.thread_time()
    assert send(client, READ)[0].ok
    assert time.thread_time() - before < 0.3


def test_a_fault_of_ours_while_sending_loses_nobody_else(
    box: SandboxTenant, client: GraphClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(carrier_module, "batch_body", broken)
    assert [answer.fate for answer in send(client, WRITE, READ)] == [Fate.LOST, Fate.ANSWERED]
    assert "unforeseen fault" in caplog.text
    assert send(client, READ)[0].ok


def test_a_fault_of_ours_between_batches_loses_no_write_that_was_made(
    box: SandboxTenant, client: GraphClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, turns = client.turn, []

    def once(together: int, left: int, deadline: Deadline, *, brief: bool) -> Turn | None:
        turns.append(left)
        if len(turns) > 1:
            raise OverflowError("on purpose")
        return turn(together, left, deadline, brief=brief)

    monkeypatch.setattr(client, "turn", once)
    answers = send(client, WRITE, *[READ] * 30)
    assert turns == [31, 11]
    assert answers[0].status == 204
    assert [answer.fate for answer in answers] == [Fate.ANSWERED] * 20 + [Fate.LOST] * 11
