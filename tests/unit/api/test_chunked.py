"""A body that was sent in chunks does not arrive: the answer says so, and nothing is done without having seen it."""

import pytest

from shared.api.jobs import handle_cancel
from tests.unit.api.lists.sending import ROUTES as LISTS
from tests.unit.api.stored_jobs import stored
from tests.unit.api.users.routes import EACH_READ, EACH_WRITE, Route, register, send
from tests.unit.graph_rules import Account
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import MOBILE
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, NEW, OLD, Handle, World, body, reconcile_at_once, refusal

CHUNKED = {"transfer-encoding": "chunked"}


@pytest.fixture
def explicit_world() -> World:
    world = World().allow_explicit()
    world.directory.add("anna", NEW, mobile=OLD)
    register(world, Account({MOBILE: OLD}))
    return world


@LISTS
def test_a_list_that_did_not_arrive(explicit_world: World, handle: Handle, sent: bytes) -> None:
    response = explicit_world.send(handle, b"", {**EXPLICIT_HEADERS, **CHUNKED})
    assert refusal(response) == (400, "invalidBody")
    assert "Content-Length" in body(response)["detail"]
    assert explicit_world.directory.calls == []
    # A host that delivers it is taken at its word, and an empty body stays an empty one.
    assert explicit_world.send(handle, sent, {**EXPLICIT_HEADERS, **CHUNKED}).status == 200
    empty = body(explicit_world.send(handle, b"", {**EXPLICIT_HEADERS, "content-length": "0"}))
    assert empty["detail"].startswith("The body is empty")


@EACH_WRITE
def test_an_operation_whose_body_did_not_arrive(explicit_world: World, route: Route) -> None:
    """It may have asked for a dry run, which is refused wherever it is seen."""
    response = send(explicit_world, (route[0], b"", *route[2:]), {**EXPLICIT_HEADERS, **CHUNKED})
    assert refusal(response) == (400, "invalidBody")
    assert "Content-Length" in body(response)["detail"]
    assert explicit_world.directory.calls == []


@EACH_READ
def test_a_read_needs_no_body(explicit_world: World, route: Route) -> None:
    assert send(explicit_world, route, {**EXPLICIT_HEADERS, **CHUNKED}).status == 200


def test_strangers_are_told_nothing_of_it(explicit_world: World) -> None:
    response = explicit_world.send(reconcile_at_once, b"", {"message": "a guess", **CHUNKED})
    assert refusal(response) == (401, "unauthorized")


def test_a_job_is_not_cancelled(world: JobWorld) -> None:
    stored(world, "changed", phases=())
    assert refusal(world.ask(handle_cancel, b"", {**HEADERS, **CHUNKED}, "")) == (400, "invalidBody")
    assert not world.store.is_cancelled(JOB)
