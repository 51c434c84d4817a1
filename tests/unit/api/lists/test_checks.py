"""api/lists.py: a good request, the order of the checks, dryRun."""

import json

import pytest

from shared.api.lists import handle_health, handle_provision, handle_set
from shared.errors import SignInFailed, SignInUnavailable, VaultUnavailable
from tests.unit.api.lists.sending import ANNA, EXPLICIT_ROUTES, NAMED, PLAN, ROUTES, TABLE, send
from tests.unit.people import MOBILE
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, NEW, Handle, World, body, code, refusal, result_codes
from tests.unit.world import reconcile_at_once as handle_reconcile


def test_a_good_request(world: World) -> None:
    world.allows_explicit = False
    response = send(world, headers=HEADERS)
    assert response.status == 200
    assert result_codes(response) == ["updated"]
    assert world.log == ["vault", "sign-in"]
    assert world.directory.phones["anna"] == {MOBILE: NEW}
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert body(response)["source"] == body(response)["results"][0]["source"] == "directory"


@EXPLICIT_ROUTES
def test_a_good_request_that_names_the_values(world: World, handle: Handle, sent: bytes) -> None:
    response = send(world, sent, handle=handle)
    assert response.status == 200
    assert result_codes(response) == ["updated"]
    assert world.log == ["vault", "explicit vault", "sign-in"]
    assert world.directory.phones["anna"] == {MOBILE: NAMED}
    assert body(response)["source"] == body(response)["results"][0]["source"] == "explicit"


def test_the_process_is_healthy() -> None:
    response = handle_health()
    assert (response.status, json.loads(response.body)) == (200, {"status": "healthy"})
    assert len(response.headers["Correlation-Id"]) == 36


# The order of checks: each request has every later fault too


@ROUTES
def test_first_the_size_of_the_body(world: World, handle: Handle, sent: bytes) -> None:
    world.allows_explicit = False
    assert refusal(send(world, b"x" * 2001, {}, "dryRun=maybe", handle)) == (413, "tooLarge")
    assert world.log == []


@EXPLICIT_ROUTES
def test_then_whether_explicit_values_are_on(world: World, handle: Handle, sent: bytes) -> None:
    world.allows_explicit = False
    for headers in (HEADERS, EXPLICIT_HEADERS):
        for raw in (b"x", sent):
            assert refusal(send(world, raw, headers, "dryRun=maybe", handle)) == (403, "explicitDisabled")
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@ROUTES
def test_then_the_vault(world: World, handle: Handle, sent: bytes) -> None:
    world.ordinary.trouble = VaultUnavailable("the secret x", 17)
    response = send(world, b"x", {}, "dryRun=maybe", handle)
    assert (refusal(response), response.headers["Retry-After"]) == ((503, "vaultUnavailable"), "17")
    assert b"the secret x" not in response.body


@ROUTES
def test_then_the_handshake(world: World, handle: Handle, sent: bytes) -> None:
    assert send(world, b"x", {"message": "wrong"}, "dryRun=maybe", handle).status == 401


@EXPLICIT_ROUTES
def test_the_ordinary_handshake_names_no_values(world: World, handle: Handle, sent: bytes) -> None:
    assert refusal(send(world, sent, HEADERS, handle=handle)) == (403, "rightMissing")
    assert "sign-in" not in world.log
    assert world.directory.calls == []


@ROUTES
def test_then_the_query(world: World, handle: Handle, sent: bytes) -> None:
    assert code(send(world, b"x", query="dryRun=maybe", handle=handle)) == "invalidQuery"


def test_then_the_body(world: World) -> None:
    response = send(world, b'["a", "b", "c"]')
    assert refusal(response) == (400, "invalidBody")
    assert [fault["pointer"] for fault in body(response)["errors"]] == ["/0", "/1", "/2"]


@ROUTES
@pytest.mark.parametrize("raw", [b"", b"x", b"[]", b"{}", b"null", b"<", b"<a/>", b"\x00", b"UPN", b"a,b\n1,2", b"[7]"])
def test_nonsense_is_refused_on_every_route_and_nobody_signs_in(
    world: World, handle: Handle, sent: bytes, raw: bytes
) -> None:
    assert refusal(send(world, raw, handle=handle)) == (400, "invalidBody")
    assert "sign-in" not in world.log


def test_then_the_number_of_entries_duplicates_included(world: World) -> None:
    world.sign_in_trouble = SignInFailed("AADSTS50126")
    response = send(world, b'["a@b", "a@b", "a@b", "a@b"]', HEADERS)
    assert refusal(response) == (413, "tooManyUsers")
    assert "may name 3 users; this one names more" in body(response)["detail"]
    assert "sign-in" not in world.log


@pytest.mark.parametrize(
    ("handle", "sent"),
    [
        (handle_reconcile, b"UPN\r\n" + b"a@b\r\n" * 4),
        (handle_set, json.dumps([{"id": ANNA, "userPrincipalName": ANNA, "mobile": NAMED}] * 4).encode()),
        (handle_set, TABLE + TABLE.splitlines()[1] + b"\r\n" + b"\r\n".join([TABLE.splitlines()[1]] * 2)),
        (handle_provision, json.dumps({"accountRequests": json.loads(PLAN)["accountRequests"] * 4}).encode()),
    ],
    ids=["reconcile csv", "set", "set csv", "provision"],
)
def test_the_number_of_entries_counts_on_every_route(world: World, handle: Handle, sent: bytes) -> None:
    assert refusal(send(world, sent, handle=handle)) == (413, "tooManyUsers")
    assert "sign-in" not in world.log


@ROUTES
def test_then_the_sign_in(world: World, handle: Handle, sent: bytes) -> None:
    world.sign_in_trouble = SignInFailed("AADSTS50126: The password is wrong.")
    response = send(world, sent, handle=handle)
    assert refusal(response) == (502, "graphSignInFailed")
    assert "AADSTS50126" in body(response)["detail"]
    assert world.directory.calls == []


def test_entra_does_not_answer(world: World) -> None:
    world.sign_in_trouble = SignInUnavailable("timeout", 21)
    response = send(world)
    assert (refusal(response), response.headers["Retry-After"]) == ((503, "signInUnavailable"), "21")


# dryRun


@pytest.mark.parametrize(
    "query",
    [
        "dryRun=true",
        "dryrun=TRUE",
        "DRYRUN=1",
        "dryRun=True",
        "code=1&dryRun=true",
        "whatIf=true",
        "WhatIf=1",
        "dry%52un=%74rue",
    ],
)
@ROUTES
def test_a_dry_run_writes_nothing(world: World, handle: Handle, sent: bytes, query: str) -> None:
    response = send(world, sent, query=query, handle=handle)
    assert result_codes(response) == ["planned"]
    assert body(response)["dryRun"] is True
    assert world.directory.written == []


@pytest.mark.parametrize("query", ["", "dryRun=false", "dryrun=0", "dryRun=False", "code=abc"])
@ROUTES
def test_without_it_everything_is_written(world: World, handle: Handle, sent: bytes, query: str) -> None:
    response = send(world, sent, query=query, handle=handle)
    assert result_codes(response) == ["updated"]
    assert body(response)["dryRun"] is False


@pytest.mark.parametrize("query", ["dryRun=", "dry-run=true", "x=1;dryRun=true", "code=a&amp;dryRun=true", "dryRun=2"])
@ROUTES
def test_a_dry_run_that_is_not_understood_never_writes(world: World, handle: Handle, sent: bytes, query: str) -> None:
    assert refusal(send(world, sent, query=query, handle=handle)) == (400, "invalidQuery")
    assert world.directory.calls == []


@pytest.mark.parametrize(
    ("handle", "sent"),
    [
        (handle_reconcile, json.dumps({"users": [ANNA]}).encode()),
        (handle_set, json.dumps({"users": [{"UPN": ANNA, "mobile": NAMED}]}).encode()),
        (handle_provision, PLAN),
    ],
    ids=["reconcile", "set", "provision"],
)
def test_a_plan_id_in_a_body_that_is_not_signed_is_no_write(world: World, handle: Handle, sent: bytes) -> None:
    spoilt = sent.replace(b"{", b'{"planId":"notThePlan","async":true,', 1)
    response = send(world, spoilt, handle=handle)
    assert refusal(response) == (400, "invalidBody")
    told = {fault["pointer"]: fault["detail"] for fault in body(response)["errors"]}
    assert "If-Match" in told["/planId"]
    assert ("?async=true" in told["/async"]) is (handle is handle_reconcile)
    assert world.directory.calls == []
    assert send(world, sent, handle=handle).status == 200
