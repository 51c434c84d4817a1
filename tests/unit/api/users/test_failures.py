"""api/users.py: what goes wrong behind a route, and what the log says."""

import logging

import pytest

from shared.api.users import handle_disable_sms_sign_in
from shared.core.codes import Code
from shared.core.models import Change, Current, Outcome, OutcomeKind, SmsState, Stop
from tests.recorded import lines
from tests.unit.api.users.routes import ANNA, EACH, EACH_WRITE, READS, UPN, WRITES, Route, change_free, send
from tests.unit.graph_rules import Account
from tests.unit.people import InMemory, lost_after, method
from tests.unit.world import EXPLICIT, HEADERS, OLD, SECRET, World, body, refusal


@EACH
@pytest.mark.parametrize(
    ("why", "status"),
    [
        (Code.FORBIDDEN, 403),
        (Code.THROTTLED, 503),
        (Code.GRAPH_UNAVAILABLE, 503),
        (Code.GRAPH_ERROR, 502),
        (Code.DEADLINE, 504),
    ],
)
def test_methods_that_cannot_be_read(world: World, route: Route, why: Code, status: int) -> None:
    world.directory.unreadable[ANNA] = Stop(why, "The reason.")
    response = send(world, route)
    assert refusal(response) == (status, why.value)
    assert body(response)["detail"] == "The reason."
    assert response.headers.get("Retry-After") == ("30" if status == 503 else None)
    assert change_free(world)


@EACH_WRITE
@pytest.mark.parametrize(
    ("kind", "why", "status"),
    [
        (OutcomeKind.FAILED, Code.FORBIDDEN, 403),
        (OutcomeKind.FAILED, Code.THROTTLED, 503),
        (OutcomeKind.FAILED, Code.DEADLINE, 504),
        (OutcomeKind.FAILED, Code.GRAPH_ERROR, 502),
        (OutcomeKind.REFUSED, Code.GRAPH_ERROR, 502),
        (OutcomeKind.REFUSED, Code.PHONE_NUMBER_NOT_UNIQUE, 409),
        (OutcomeKind.LOST, Code.GRAPH_UNAVAILABLE, 503),
    ],
    ids=lambda value: str(value),
)
def test_a_write_that_failed(
    world: World, anna: Account, route: Route, kind: OutcomeKind, why: Code, status: int
) -> None:
    anna.state = SmsState.READY if route[0] is handle_disable_sms_sign_in else SmsState.NOT_ENABLED

    def fails(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
        return Outcome(kind, Stop(why, "The reason."))

    world.directory.script(ANNA, *[fails] * 5)
    before = dict(anna.phones)
    response = send(world, route)
    assert refusal(response) == (status, why.value)
    assert b"701740" not in response.body
    assert anna.phones == before


def test_a_write_lost_whose_end_cannot_be_seen_is_no_success(world: World) -> None:
    gone = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
    world.directory.script(ANNA, lost_after)
    world.directory.look(ANNA, Current((method(OLD),)), gone)
    response = send(world, WRITES["update"])
    assert refusal(response) == (503, "graphUnavailable")
    assert "outcome is unknown" in body(response)["detail"]


def test_no_line_holds_a_number_a_name_or_a_secret(
    world: World, anna: Account, caplog: pytest.LogCaptureFixture
) -> None:
    anna.state = SmsState.READY
    with caplog.at_level(logging.DEBUG):
        for route in (READS | WRITES).values():
            for headers in (None, HEADERS):
                send(world, route, headers)
            send(world, route, user="+46 701740605")
            send(world, route, query="show=%2B46701740605")
    assert not [text for text in ("701740", UPN, SECRET, EXPLICIT) if text in caplog.text]
    assert [line["code"] for line in lines(caplog, "user") if line["objectId"] == ANNA][1] == "updated"
    reads = [line for line in lines(caplog, "request") if line["status"] == 200 and "source" not in line]
    assert {line["objectId"] for line in reads} == {ANNA}


@EACH_WRITE
def test_every_write_leaves_a_line(world: World, anna: Account, route: Route, caplog: pytest.LogCaptureFixture) -> None:
    anna.state = SmsState.READY if route[0] is handle_disable_sms_sign_in else SmsState.NOT_ENABLED
    with caplog.at_level(logging.INFO):
        send(world, route)
    user, request = (line for line in lines(caplog) if "event" in line)
    assert [line["event"] for line in (user, request)] == ["user", "request"]
    for line in (user, request):
        assert line == line | {"objectId": ANNA, "source": "explicit", "caller": "webhook-handshake-explicit"}
