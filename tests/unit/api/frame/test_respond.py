"""api/frame.py: what every answer has in common."""

import json
import logging

import pytest

from shared.api.frame import Call, WebRequest, WebResponse, answer, respond
from shared.errors import ConfigurationError, ServiceError, SignInFailed, UserFailed, VaultUnavailable
from shared.log import correlation_id
from shared.services import Services
from tests.unit.api.frame.doors import ROUTES, ordinary, send
from tests.unit.world import HEADERS, SECRET, World, body, code, refusal


def test_an_answer_is_kept_by_nobody() -> None:
    response = answer(200, {"a": 1}, "application/json", {"X": "y"})
    assert dict(response.headers) == {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "no-store",
        "X": "y",
    }
    assert json.loads(response.body) == {"a": 1}
    assert answer(200, b"a,b", "text/csv").body == b"a,b"


def test_each_request_has_an_id_of_its_own_that_ends_with_it(world: World) -> None:
    seen: list[str] = []

    def work(call: Call) -> WebResponse:
        seen.append(correlation_id())
        assert seen[-1] == call.cid
        return answer(200, {}, "application/json")

    for _ in range(3):
        send(world, work)
    assert len(set(seen)) == 3
    assert correlation_id() == "-"


def test_services_that_cannot_be_built(caplog: pytest.LogCaptureFixture) -> None:
    def misconfigured() -> Services:
        raise ConfigurationError("TENANT_ID is not set")

    def broken() -> Services:
        raise RuntimeError("something-inside")

    response = respond(WebRequest(b"x" * 5000, {}), misconfigured, ordinary)
    assert refusal(response) == (500, "configuration")
    assert b"TENANT_ID" not in response.body
    assert "TENANT_ID" in caplog.text
    assert refusal(respond(WebRequest(b"", {}), broken, ordinary)) == (500, "internal")


@ROUTES
def test_a_body_that_is_too_long_is_refused_before_the_vault_is_asked(world: World, work: object) -> None:
    world.allow_explicit()
    assert refusal(send(world, work, {}, b"x" * 2001)) == (413, "tooLarge")
    assert world.log == []
    assert send(world, work, {}, b"x" * 2000).status == 401


def test_an_unforeseen_fault_is_a_500_with_an_id_and_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def work(_call: Call) -> WebResponse:
        raise KeyError("something-inside")

    response = send(world, work)
    assert refusal(response) == (500, "internal")
    assert b"something-inside" not in response.body
    assert body(response)["correlationId"] in caplog.text
    assert "something-inside" in caplog.text


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (ConfigurationError("x"), logging.ERROR),
        (SignInFailed("x"), logging.ERROR),
        (UserFailed("graphError", 502, "x"), logging.ERROR),
        (VaultUnavailable("x"), logging.WARNING),
        (UserFailed("noMobile", 409, "x"), logging.WARNING),
    ],
)
def test_what_an_operator_has_to_look_at_is_an_error(
    world: World, caplog: pytest.LogCaptureFixture, error: ServiceError, level: int
) -> None:
    def work(_call: Call) -> WebResponse:
        raise error

    response = send(world, work)
    assert (response.status, code(response)) == (error.status, error.code)
    assert [record.levelno for record in caplog.records] == [level]


def test_when_to_come_again_is_a_header(world: World) -> None:
    world.ordinary.trouble = VaultUnavailable("the secret x", 17)
    response = send(world, ordinary)
    assert (refusal(response), response.headers["Retry-After"]) == ((503, "vaultUnavailable"), "17")
    assert b"the secret x" not in response.body


def test_no_repr_holds_what_was_sent_or_answered() -> None:
    shown = f"{WebRequest(b'the-body', HEADERS)} {WebResponse(200, b'the-answer', {})}"
    assert not [text for text in (SECRET, "the-body", "the-answer") if text in shown]
