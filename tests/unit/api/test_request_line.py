"""api/request_line.py: the one line of a request, whoever called and whatever became of it."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from shared.api.frame import Call, WebResponse, answer
from shared.errors import ServiceError, UserFailed, VaultUnavailable
from shared.log import add_throttled
from shared.services import Handshake
from shared.settings.callers import NamedCaller, Right
from tests.recorded import Line, lines
from tests.signing import Signer
from tests.unit.api.frame.doors import ordinary, send
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, World, body

ADDRESS = {"x-forwarded-for": "203.0.113.7:1234"}
OLD = "the-old-secret-not-real"


def only_line(caplog: pytest.LogCaptureFixture) -> Line:
    (line,) = lines(caplog)
    assert line["event"] == "request"
    return line


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_who_called_how_that_was_proved_and_from_where(world: World, caplog: pytest.LogCaptureFixture) -> None:
    send(world, ordinary, HEADERS | ADDRESS)
    line = only_line(caplog)
    who = {"caller": "webhook-handshake", "proof": "handshake", "address": "203.0.113.7", "route": "POST /*"}
    assert line == line | who | {"status": 200, "throttled": 0}
    assert not {"code", "detail", "previousSecret", "callerCorrelationId"} & line.keys()


@pytest.mark.parametrize(
    ("headers", "code", "caller"),
    [
        ({"message": "a-wrong-one-of-this-test"}, "unauthorized", None),
        ({}, "unauthorized", None),
        (EXPLICIT_HEADERS, "explicitDisabled", "webhook-handshake-explicit"),
    ],
)
def test_who_is_not_let_in_has_a_line_with_the_reason(
    world: World, caplog: pytest.LogCaptureFixture, headers: dict[str, str], code: str, caller: str | None
) -> None:
    send(world, ordinary, headers | ADDRESS)
    line = only_line(caplog)
    assert (line["code"], line.get("caller"), line["address"]) == (code, caller, "203.0.113.7")
    assert line["detail"]
    assert "a-wrong-one-of-this-test" not in caplog.text


def test_too_many_failures_have_a_line_each_with_the_reason(world: World, caplog: pytest.LogCaptureFixture) -> None:
    last = [send(world, ordinary, {"message": "wrong", **ADDRESS}) for _ in range(11)][-1]
    assert body(last)["detail"] == "Too many attempts have failed. Try again later."
    told = lines(caplog)
    assert [line["code"] for line in told] == [*["unauthorized"] * 10, "tooManyAttempts"]
    assert "the handshake does not match; address 203.0.113.7" in told[-1]["detail"]


@pytest.mark.parametrize("error", [VaultUnavailable("the vault is away"), KeyError("x")])
def test_what_went_wrong(world: World, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    def work(_call: Call) -> WebResponse:
        raise error

    send(world, work)
    line = lines(caplog, "request")[0]
    code = error.code if isinstance(error, ServiceError) else "internal"
    assert (line["code"], line["caller"]) == (code, "webhook-handshake")
    faults = [line["exception"] for line in lines(caplog) if "exception" in line]
    assert bool(faults) is isinstance(error, KeyError)


def test_which_user_an_operation_came_to_nothing_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def work(_call: Call) -> WebResponse:
        raise UserFailed("protectedUser", 403, "This user is protected.", user_id="id-1")

    send(world, work)
    line = only_line(caplog)
    assert (line["objectId"], line["code"], line["status"]) == ("id-1", "protectedUser", 403)


def test_how_often_graph_throttled(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def work(_call: Call) -> WebResponse:
        add_throttled(3)
        return answer(200, {}, "application/json")

    send(world, work)
    send(world, ordinary)
    assert [line["throttled"] for line in lines(caplog, "request")] == [3, 0]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("crm-7_A.b", "crm-7_A.b"),
        ("a" * 64, "a" * 64),
        ("a" * 65, None),
        ("a b", None),
        ("\u0661", None),
        ("", None),
        ("call-46701740605", "call-***********"),
        ("46-70-174", "**-**-***"),
        ("46_701.740-605", "**_***.***-***"),
    ],
)
def test_the_id_of_the_caller_is_kept_beside_ours(
    world: World, caplog: pytest.LogCaptureFixture, sent: str, kept: str | None
) -> None:
    def refuse(call: Call) -> WebResponse:
        call.need(Right.OPERATE)
        raise AssertionError

    response = send(world, refuse, HEADERS | {"x-correlation-id": sent})
    assert response.headers["Correlation-Id"] != sent
    (record,) = world.trail.records
    assert [only_line(caplog).get("callerCorrelationId"), record.get("callerCorrelationId")] == [kept, kept]
    assert record["correlationId"] == only_line(caplog)["correlationId"]


def previous() -> Handshake:
    return Handshake(OLD, datetime.now(UTC) + timedelta(hours=1))


def test_a_previous_secret_that_was_used_is_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.allow_explicit()
    signer = Signer("lists", OLD)
    world.add_caller(NamedCaller("lists", frozenset({Right.RECONCILE})), "lists-secret-not-real").previous = previous()
    world.ordinary.previous = Handshake(f"{OLD}-2", previous().expires_on)
    for headers in ({"message": f"{OLD}-2"}, {"message": f"lists.{OLD}"}, dict(signer.headers(b""))):
        assert send(world, ordinary, headers).status in (200, 403)
    current = Signer("lists", "lists-secret-not-real")
    for headers in (HEADERS, {"message": f"lists.{current.secret}"}, EXPLICIT_HEADERS, dict(current.headers(b""))):
        send(world, ordinary, headers)
    told = lines(caplog, "request")
    assert [line.get("previousSecret") for line in told] == [True, True, True, None, None, None, None]
    assert [line["proof"] for line in told[:3]] == ["handshake", "handshake", "signature"]
    assert OLD not in caplog.text


def test_a_previous_one_that_equals_the_current_one_is_not_old(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.ordinary.previous = Handshake(world.ordinary.values[0].value, previous().expires_on)
    send(world, ordinary)
    assert "previousSecret" not in only_line(caplog)
