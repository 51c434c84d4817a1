"""api/frame.py: when the id of a signed call is good once more."""

import pytest

from shared.api.frame import Call, WebRequest, WebResponse, Work, answer, respond
from shared.errors import (
    Busy,
    ConfigurationError,
    InvalidBody,
    JobNotFound,
    ParsingTimedOut,
    RightMissing,
    ServiceError,
    SignInFailed,
    SignInUnavailable,
    StorageUnavailable,
    TooManyJobs,
)
from tests.unit.api.identifying import BODY, SIGNS, peopled, signed_headers
from tests.unit.world import World, refusal


@pytest.fixture
def world() -> World:
    return peopled()


def send(world: World, work: Work, *, may_be_signed: bool = True, **more: str) -> WebResponse:
    headers = {**signed_headers(SIGNS, webhook_id="evt"), **more}
    return respond(WebRequest(BODY, headers), world.services, work, may_be_signed=may_be_signed)


def ends_with(trouble: Exception, *, writes: bool = False) -> Work:
    def work(call: Call) -> WebResponse:
        if writes:
            call.has_written = True
        raise trouble

    return work


@pytest.mark.parametrize(
    "trouble",
    [
        *(TooManyJobs("x"), ConfigurationError("x"), ServiceError("x"), SignInFailed("x"), SignInUnavailable("x")),
        *(Busy("x"), StorageUnavailable("x"), ParsingTimedOut("x"), ValueError("x")),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
def test_what_may_pass_leaves_it_good_unless_something_may_have_been_written(world: World, trouble: Exception) -> None:
    for _ in range(2):
        assert send(world, ends_with(trouble)).status in (429, 500, 502, 503, 504)
        assert world.ids.used == set()
    send(world, ends_with(trouble, writes=True))
    assert world.ids.used == {("signs", "evt")}
    assert refusal(send(world, ends_with(trouble))) == (401, "unauthorized")


@pytest.mark.parametrize(
    "trouble", [InvalidBody(), RightMissing("x"), JobNotFound("x")], ids=lambda trouble: type(trouble).__name__
)
def test_what_will_not_pass_uses_it_up(world: World, trouble: Exception) -> None:
    first = send(world, ends_with(trouble)).status
    assert first in (400, 403, 404)
    assert send(world, ends_with(trouble)).status == 401


@pytest.mark.parametrize("status", [200, 202, 204])
def test_success_uses_it_up(world: World, status: int) -> None:
    def done(call: Call) -> WebResponse:
        return answer(status, {"correlationId": call.cid}, "application/json")

    assert send(world, done).status == status
    assert send(world, done).status == 401


def test_a_route_that_nobody_may_sign_uses_it_up(world: World) -> None:
    def never(_: Call) -> WebResponse:
        raise AssertionError("the work was done")

    assert refusal(send(world, never, may_be_signed=False)) == (403, "rightMissing")
    assert refusal(send(world, never)) == (401, "unauthorized")


def test_a_reason_in_a_header_that_cannot_be_used_uses_it_up(world: World) -> None:
    def never(_: Call) -> WebResponse:
        raise AssertionError("the work was done")

    assert refusal(send(world, never, **{"x-reason": "a\nb"})) == (400, "invalidQuery")
    assert world.ids.used == {("signs", "evt")}


def test_a_call_that_is_not_signed_gives_nothing_back(world: World) -> None:
    """There is nothing, and asking for it would be an error."""
    headers = {"message": "current-not-real"}
    response = respond(WebRequest(BODY, headers), world.services, ends_with(Busy("x")))
    assert response.status == 503
