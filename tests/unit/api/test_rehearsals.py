"""On every route that can write: what could mean a dry run, and is none, is refused, and nothing is written."""

import pytest

from shared.api.lists import handle_set
from shared.api.payload.rehearsal import IN_QUERY, NOT_HERE
from tests.unit.api.lists.sending import ROUTES as LISTS
from tests.unit.api.lists.sending import TABLE
from tests.unit.api.users.routes import EACH_WRITE, READS, WRITES, Route, register, send
from tests.unit.graph_rules import Account
from tests.unit.people import MOBILE
from tests.unit.world import EXPLICIT_HEADERS, NEW, OLD, Handle, World, body, refusal

NOT_OBEYED = [
    "dryRn=true",
    "preview=true",
    "test",
    "dry_run=true",
    "whatIf",
    "what-if=1",
    "code=a;dryRun=1",
    "code=a?whatIf=1",
]
IN_HEADERS = pytest.mark.parametrize("name", ["x-dry-run", "x-what-if", "x-whatif", "dryrun"])


@pytest.fixture
def world() -> World:
    world = World().allow_explicit()
    world.directory.add("anna", NEW, mobile=OLD)
    register(world, Account({MOBILE: OLD}))
    return world


@LISTS
def test_a_list_with_a_query_that_is_not_understood(world: World, handle: Handle, sent: bytes) -> None:
    told = {query: refusal(world.send(handle, sent, EXPLICIT_HEADERS, query)) for query in NOT_OBEYED}
    assert told == dict.fromkeys(NOT_OBEYED, (400, "invalidQuery"))
    assert world.directory.calls == []


@LISTS
@IN_HEADERS
def test_a_list_with_a_header(world: World, handle: Handle, sent: bytes, name: str) -> None:
    response = world.send(handle, sent, {**EXPLICIT_HEADERS, name: "true"})
    assert refusal(response) == (400, "invalidQuery")
    assert body(response)["detail"] == IN_QUERY
    assert world.directory.calls == []


@LISTS
@pytest.mark.parametrize("query", ["whatIf=true", "WhatIf=1", "dryRun=true&code=x&clientId=y&subscription-key=z"])
def test_a_list_with_a_query_that_is(world: World, handle: Handle, sent: bytes, query: str) -> None:
    response = world.send(handle, sent, EXPLICIT_HEADERS, query)
    assert (response.status, body(response)["dryRun"], body(response)["counts"]["planned"]) == (200, True, 1)
    assert world.directory.written == []


@LISTS
def test_a_list_with_the_word_in_its_body(world: World, handle: Handle, sent: bytes) -> None:
    response = world.send(handle, sent.replace(b"{", b'{"dryRun":true,', 1), EXPLICIT_HEADERS)
    assert refusal(response) == (400, "invalidBody")
    assert body(response)["errors"][0]["pointer"].endswith("/dryRun")
    assert world.directory.calls == []


def test_a_table_with_the_word_as_a_column(world: World) -> None:
    response = world.send(handle_set, TABLE.replace(b"ForcedUpdate", b"What If"), EXPLICIT_HEADERS)
    assert refusal(response) == (400, "invalidBody")
    assert [fault["pointer"] for fault in body(response)["errors"]] == ["/0/What If"]
    assert world.directory.calls == []


@EACH_WRITE
def test_a_single_operation_with_either_word_or_an_unknown_one(world: World, route: Route) -> None:
    queries = (*NOT_OBEYED, "whatIf=true", "dryRun=true", "WhatIf=false")
    told = {query: refusal(send(world, route, query=query)) for query in queries}
    assert told == dict.fromkeys(queries, (400, "invalidQuery"))
    assert world.directory.calls == []


@EACH_WRITE
@IN_HEADERS
def test_a_single_operation_with_a_header(world: World, route: Route, name: str) -> None:
    response = send(world, route, {**EXPLICIT_HEADERS, name: "1"})
    assert refusal(response) == (400, "invalidQuery")
    assert body(response)["detail"] == NOT_HERE
    assert world.directory.calls == []


@EACH_WRITE
def test_a_single_operation_with_the_word_in_its_body(world: World, route: Route) -> None:
    handle, raw, phone_type, status = route
    spoilt = raw.replace(b"{", b'{"whatIf":true,') if raw else b'{"dryRun":true}'
    response = send(world, (handle, spoilt, phone_type, status))
    assert refusal(response) == (400, "invalidBody")
    assert body(response)["detail"] == NOT_HERE
    assert world.directory.calls == []


@pytest.mark.parametrize("route", [WRITES["delete"], WRITES["disable"]], ids=["delete", "disable"])
def test_a_single_operation_that_takes_no_body_does_not_mind_another(world: World, route: Route) -> None:
    handle, _, phone_type, status = route
    assert send(world, (handle, b"{}", phone_type, status)).status == status


def test_a_read_passes_over_what_it_does_not_know(world: World) -> None:
    assert send(world, READS["list"], query="preview=true&code=x").status == 200
