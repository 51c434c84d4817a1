"""api/lists.py: the answer as a table, and what goes wrong behind."""

import csv
import io
import json
import logging

import pytest

from shared.api.lists import handle_set
from shared.services import JobLimits
from tests.unit.api.lists.sending import ANNA, ROUTES, send
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, NEW, OLD, Handle, World, body, refusal, result_codes
from tests.unit.world import reconcile_at_once as handle_reconcile

UNKNOWN = "7d1b2f0a-0000-4000-8000-00000000dead"

# The answer as a table


@pytest.mark.parametrize("accept", ["text/csv", "Text/CSV", "text/csv; charset=utf-8", "text/csv, */*;q=0.1"])
@ROUTES
def test_the_answer_as_a_table(world: World, handle: Handle, sent: bytes, accept: str) -> None:
    response = send(world, sent, {**EXPLICIT_HEADERS, "accept": accept}, handle=handle)
    assert (response.status, response.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert response.headers["Cache-Control"] == "no-store"
    (row,) = csv.DictReader(io.StringIO(response.body.decode("utf-8-sig"), newline=""))
    assert (row["userPrincipalName"], row["code"], row["changeCode"]) == (ANNA, "updated", "updated")
    assert len(response.headers["Correlation-Id"]) == 36


@pytest.mark.parametrize("handle", [handle_reconcile, handle_set], ids=["reconcile", "set"])
def test_a_user_who_is_not_found_is_named_as_the_caller_did(world: World, handle: Handle) -> None:
    users = [{"id": UNKNOWN, "mobile": NEW}, {"userPrincipalName": "nobody@contoso.com", "mobile": NEW}]
    named = [
        {"userId": UNKNOWN, "userPrincipalName": None},
        {"userId": None, "userPrincipalName": "nobody@contoso.com"},
    ]
    raw = json.dumps(users).encode()
    shown = body(send(world, raw, handle=handle))["results"]
    assert [{name: result[name] for name in named[0]} for result in shown] == named
    response = send(world, raw, {**EXPLICIT_HEADERS, "accept": "text/csv"}, handle=handle)
    rows = csv.DictReader(io.StringIO(response.body.decode("utf-8-sig"), newline=""))
    assert [{name: row[name] or None for name in named[0]} for row in rows] == named


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/plain"])
def test_else_it_is_json(world: World, accept: str) -> None:
    assert body(send(world, headers={**HEADERS, "accept": accept}))["status"] == "succeeded"


def test_a_problem_is_json_whatever_was_asked_for(world: World) -> None:
    response = send(world, b"x", {**HEADERS, "accept": "text/csv"})
    assert refusal(response) == (400, "invalidBody")
    assert response.headers["Content-Type"].startswith("application/problem+json")


# What goes wrong behind


@pytest.mark.parametrize("handle", [handle_reconcile, handle_set], ids=["reconcile", "set"])
def test_too_many_removals(world: World, handle: Handle) -> None:
    world.words |= {"max_users": 50, "jobs": JobLimits(50, 4, 60, 7, 3)}
    names = [f"leaver{index}" for index in range(11)]
    for name in names:
        world.directory.add(name, None, mobile=OLD)
    leavers = [{"userPrincipalName": f"{name}@contoso.com", "mobile": None} for name in names]
    response = send(world, json.dumps(leavers).encode(), handle=handle)
    assert refusal(response) == (422, "tooManyRemovals")
    assert result_codes(response) == ["planned"] * 11
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert world.directory.written == []


@ROUTES
def test_an_unforeseen_fault_is_a_500_with_an_id_and_nothing_else(
    world: World, handle: Handle, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    world.sign_in_trouble = KeyError("something-inside")
    with caplog.at_level(logging.ERROR):
        response = send(world, sent, handle=handle)
    assert refusal(response) == (500, "internal")
    assert b"something-inside" not in response.body
    assert body(response)["correlationId"] in caplog.text
    assert "something-inside" in caplog.text
