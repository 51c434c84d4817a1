"""graph/client.py: throttling, what is tried again, and the ceiling."""

import itertools
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.log import counting_throttled
from shared.microsoft.graph.calls import Call, Fate
from shared.microsoft.graph.client import MAX_TRIES, GraphClient
from shared.microsoft.graph.failures import stop_for
from tests.unit.microsoft.graph.sending import ANNA, METHODS, READ, WRITE, asked, requests, send
from tests.unit.odd import graph_of
from tests.unit.wire import Line

BJORN = "bjorn.berg@contoso.com"

# Throttling and retries


def test_a_throttled_call_waits_as_long_as_graph_says(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, retry_after=1, times=1))
    began = time.monotonic()
    with counting_throttled() as throttled:
        (got,) = send(client, WRITE)
    assert got.ok
    assert throttled.times == 1
    assert time.monotonic() - began >= 1
    assert [write.status for write in box.tenant.writes()] == [429, 204]


def test_a_throttled_member_is_asked_again_without_those_that_were_answered(
    box: SandboxTenant, client: GraphClient
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=429, retry_after=0, times=1))
    with counting_throttled() as throttled:
        assert [answer.status for answer in send(client, READ, METHODS, READ)] == [200] * 3
    assert throttled.times == 1
    assert [record.path.partition("?")[0] for record in requests(box)] == [
        "/v1.0/$batch",
        f"/v1.0/users/{ANNA}/authentication/phoneMethods",
    ]


def test_a_throttled_call_goes_before_those_that_were_not_sent_yet(
    box: SandboxTenant, make_client: Callable[..., GraphClient]
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path="phoneMethods", status=429, retry_after=0.2, times=1))
    send(make_client(max_per_second=20), METHODS, *[READ] * 39)
    paths = [record.path for record in asked(box)]
    _, again = [place for place, path in enumerate(paths) if "phoneMethods" in path]
    assert again < len(paths) - 5


def test_without_retry_after_a_throttled_call_comes_through_too(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, times=2))
    assert send(client, READ)[0].ok


def test_a_wait_longer_than_the_deadline_is_not_begun(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, retry_after=60))
    began = time.monotonic()
    (got,) = send(client, WRITE)
    assert time.monotonic() - began < 30
    assert (got.status, got.retry_after_s) == (429, 60)
    assert stop_for(got, "updating").code is Code.THROTTLED


@pytest.mark.parametrize("retry_after", [0, 0.1])
@pytest.mark.parametrize("count", [1, 3])
def test_calls_that_are_always_refused_do_not_slow_the_others_down(
    box: SandboxTenant, client: GraphClient, retry_after: float, count: int
) -> None:
    """And they are sent more and more seldom."""
    refused = [Call("GET", f"/users/{BJORN}?$select=id") for _ in range(count)]
    box.tenant.faults.append(Fault("status", host="graph", path=BJORN, status=429, retry_after=retry_after))
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, client, *refused, seconds=6)
        while not sending.done():
            assert send(client, READ)[0].ok
            time.sleep(0.1)
    assert [answer.status for answer in sending.result()] == [429] * count
    assert len(box.tenant.calls(path_contains=BJORN)) <= 8 * count
    assert client._pacer._pace._rate == math.inf


def test_while_nothing_passes_every_refusal_counts(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=429, retry_after=0))
    send(client, *[READ] * 20, seconds=4)
    assert client._pacer._pace._rate < 20


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


def test_a_call_is_tried_again_when_its_pause_is_over_whatever_else_is_under_way() -> None:
    """The slow call is answered only when the other one has come a second time."""
    tries, again, in_time = itertools.count(1), threading.Event(), []

    def reply(line: Line) -> None:
        if b"/slow " in line.request():
            in_time.append(again.wait(10))
        elif next(tries) == 1:
            line.answer(head=b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0.2\r\n")
            return
        else:
            again.set()
        line.answer()

    with graph_of(reply) as client:
        calls = [Call("GET", path, alone=True) for path in ("/slow", "/other")]
        assert all(answer.ok for answer in send(client, *calls))
    assert in_time == [True]


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
