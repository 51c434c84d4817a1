"""api/users.py: who sees a full number, and the record that it leaves."""

import logging
from collections.abc import Mapping

import pytest

from shared.api.users import handle_list_all
from tests.unit.api.users.routes import ANNA, EACH, EACH_READ, EACH_WRITE, READS, UPN, Route, send
from tests.unit.graph_rules import Account
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, OLD, World, body, refusal


@EACH_READ
@pytest.mark.parametrize("query", ["show=full", "SHOW=FULL", "code=x&show=Full"])
def test_the_full_number_with_the_explicit_handshake_and_a_record(
    world: World, anna: Account, route: Route, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    anna.email = "anna.private@fabrikam.com"
    with caplog.at_level(logging.DEBUG):
        response = send(world, route, query=query)
    assert response.status == 200
    assert OLD in response.body.decode()
    assert ("anna.private" in response.body.decode()) is (route[0] is handle_list_all)
    (record,) = world.trail.records
    assert (record["event"], record["objectId"], record["caller"], record["correlationId"]) == (
        *("fullRead", ANNA, "webhook-handshake-explicit", body(response)["correlationId"]),
    )
    told = f"{caplog.text}{record}"
    assert not [text for text in ("701740", "anna.private", UPN, EXPLICIT) if text in told]


@EACH_READ
def test_not_with_the_ordinary_handshake(world: World, route: Route) -> None:
    assert refusal(send(world, route, HEADERS, "show=full")) == (403, "rightMissing")
    assert world.directory.calls == []
    assert [record["event"] for record in world.trail.records] == ["refusal"]


@EACH_READ
@pytest.mark.parametrize(
    ("headers", "code"),
    [(HEADERS, "rightMissing"), (EXPLICIT_HEADERS, "explicitDisabled")],
    ids=["ordinary", "explicit"],
)
def test_nor_with_either_where_explicit_values_are_off(
    world: World, route: Route, headers: Mapping[str, str], code: str
) -> None:
    world.allows_explicit = False
    response = send(world, route, headers, "show=full")
    assert refusal(response) == (403, code)
    assert world.directory.calls == []


@EACH_READ
@pytest.mark.parametrize("query", ["", "show=masked", "SHOW=MASKED"])
def test_not_unasked(world: World, route: Route, query: str) -> None:
    response = send(world, route, query=query)
    assert (response.status, "701740" in response.body.decode(), world.trail.records) == (200, False, [])


@EACH
def test_what_is_to_be_shown_has_to_be_understood(world: World, route: Route) -> None:
    queries = ("show=", "show", "show=all", "show=full&show=full", "show=true", "x=1;show=full")
    told = {query: refusal(send(world, route, query=query)) for query in queries}
    assert told == dict.fromkeys(queries, (400, "invalidQuery"))
    assert world.directory.calls == []


@EACH_WRITE
def test_a_write_shows_no_full_number_whatever_is_asked_for(world: World, route: Route) -> None:
    response = send(world, route, query="show=full")
    assert response.status == route[3]
    assert b"701740" not in response.body


def test_a_user_who_is_not_there_leaves_no_record(world: World) -> None:
    assert send(world, READS["list"], query="show=full", user="nobody@contoso.com").status == 404
    assert world.trail.records == []
