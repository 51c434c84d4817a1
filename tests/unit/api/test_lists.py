"""api/lists.py: the routes that take lists. The order of the checks, dryRun, the sources, and what is told to whom."""

import csv
import io
import json
import logging
from collections.abc import Mapping

import pytest

from shared.api.frame import WebResponse
from shared.api.lists import handle_health, handle_provision, handle_set
from shared.core.models import ServiceAccount
from shared.errors import ConfigurationError, ServiceError, SignInFailed, SignInUnavailable, VaultUnavailable
from shared.log import correlation_id
from shared.services import JobLimits
from tests.unit.people import MOBILE
from tests.unit.world import (
    EXPLICIT,
    EXPLICIT_HEADERS,
    HEADERS,
    NEW,
    OLD,
    SECRET,
    Handle,
    World,
    body,
    code,
    refusal,
    result_codes,
)
from tests.unit.world import reconcile_at_once as handle_reconcile

ANNA = "anna@contoso.com"
USERS = b'[{"UserPrincipalName":"anna@contoso.com"}]'
VALUES = b'[{"userPrincipalName":"anna@contoso.com","mobile":"+46 701740699"}]'
TABLE = (
    b"UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval\r\nanna@contoso.com,+46 701740699,,,true,\r\n"
)
PLAN = json.dumps(
    {
        "accountRequests": [
            {
                "op": "Modify",
                "nativeIdentity": ANNA,
                "attributeRequests": [
                    {"name": "mfa_phoneNumber_mobile", "op": "Set", "value": "+46 701740699"},
                    {"name": "password", "op": "Set", "value": "hunter2-not-real"},
                ],
            }
        ]
    }
).encode()
NAMED = "+46 701740699"

EXPLICIT_ROUTES = pytest.mark.parametrize(
    ("handle", "sent"),
    [(handle_set, VALUES), (handle_set, TABLE), (handle_provision, PLAN)],
    ids=["set", "csv", "plan"],
)
ROUTES = pytest.mark.parametrize(
    ("handle", "sent"),
    [(handle_reconcile, USERS), (handle_set, VALUES), (handle_provision, PLAN)],
    ids=["reconcile", "set", "provision"],
)


@pytest.fixture
def world() -> World:
    """Anna has an old number; the directory holds a new one. Explicit values are on."""
    world = World().allow_explicit()
    world.directory.add("anna", NEW, mobile=OLD)
    return world


def send(
    world: World,
    raw: bytes = USERS,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    handle: Handle = handle_reconcile,
) -> WebResponse:
    """With the explicit handshake, which opens all of these routes, where no headers are given."""
    return world.send(handle, raw, EXPLICIT_HEADERS if headers is None else headers, query)


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


# The order of checks: each request has every later fault too


@ROUTES
def test_first_the_size_of_the_body(world: World, handle: Handle, sent: bytes) -> None:
    world.allows_explicit = False
    assert refusal(send(world, b"x" * 2001, {}, "dryRun=maybe", handle)) == (413, "tooLarge")
    assert world.log == []


@EXPLICIT_ROUTES
def test_then_whether_explicit_values_are_on(world: World, handle: Handle, sent: bytes) -> None:
    world.allows_explicit = False
    for headers in ({}, HEADERS, EXPLICIT_HEADERS):
        for raw in (b"x", sent):
            assert refusal(send(world, raw, headers, "dryRun=maybe", handle)) == (403, "explicitDisabled")
    assert (world.log, world.directory.calls) == ([], [])


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
    assert refusal(send(world, sent, HEADERS, handle=handle)) == (401, "unauthorized")
    assert "sign-in" not in world.log
    assert world.directory.calls == []


@ROUTES
def test_then_the_query(world: World, handle: Handle, sent: bytes) -> None:
    assert code(send(world, b"x", query="dryRun=maybe", handle=handle)) == "invalidQuery"


def test_then_the_body(world: World) -> None:
    response = send(world, b'["a", "b", "c", "d"]')
    assert refusal(response) == (400, "invalidBody")
    assert [fault["pointer"] for fault in body(response)["errors"]] == ["/0", "/1", "/2", "/3"]


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
    assert "may name 3 users; this one names 4" in body(response)["detail"]
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
    "query", ["dryRun=true", "dryrun=TRUE", "DRYRUN=1", "dryRun=True", "x=1&dryRun=true", "dry%52un=%74rue"]
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


# The sources


def test_what_a_caller_adds_to_a_name_is_never_a_value_on_the_ordinary_route(world: World) -> None:
    response = send(world, VALUES)
    assert result_codes(response) == ["updated"]
    assert world.directory.phones["anna"] == {MOBILE: NEW}


@pytest.mark.parametrize("raw", [TABLE, b"UPN,Mobile\nanna@contoso.com,+46 701740699"], ids=["all", "two"])
def test_a_table_with_values_is_no_way_round_it(world: World, raw: bytes) -> None:
    """Even with the explicit handshake the ordinary route takes names and nothing else."""
    assert refusal(send(world, raw)) == (400, "invalidBody")
    assert world.directory.calls == []


@pytest.mark.parametrize("media_type", ["text/csv", "Text/CSV; charset=utf-8", "application/octet-stream", None])
def test_a_table_of_names_reconciles(world: World, media_type: str | None) -> None:
    headers = {**HEADERS, **({} if media_type is None else {"content-type": media_type})}
    response = send(world, b"UPN\r\nanna@contoso.com\r\n", headers)
    assert (result_codes(response), body(response)["source"]) == (["updated"], "directory")


def test_json_is_json_whatever_the_content_type_of_powershell_says(world: World) -> None:
    headers = {**HEADERS, "content-type": "application/x-www-form-urlencoded"}
    assert result_codes(send(world, USERS, headers)) == ["updated"]


@EXPLICIT_ROUTES
def test_no_caller_reaches_a_protected_user_or_the_webhooks_own_account(
    world: World, handle: Handle, sent: bytes
) -> None:
    world.directory.protected = frozenset({"anna"})
    assert result_codes(send(world, sent, handle=handle)) == ["protectedUser"]
    world.directory.protected = frozenset()
    world.account = ServiceAccount("anna", ANNA)
    assert result_codes(send(world, sent, handle=handle)) == ["serviceAccount"]
    assert world.directory.written == []


def test_a_national_number_is_read_in_the_default_region(world: World) -> None:
    sent = json.dumps([{"userPrincipalName": ANNA, "mobile": "070 174 06 99"}]).encode()
    assert result_codes(send(world, sent, handle=handle_set)) == ["invalidNumber"]
    world.words["source"] = type(world.services().source)(default_region="SE")
    assert result_codes(send(world, sent, handle=handle_set)) == ["updated"]
    assert world.directory.phones["anna"] == {MOBILE: NAMED}


def test_attributes_that_are_for_somebody_else_are_named_and_their_values_are_not(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = send(world, PLAN, handle=handle_provision)
    assert body(response)["results"][0]["ignored"] == ["password"]
    assert "hunter2" not in caplog.text + response.body.decode()


def test_one_user_under_two_names_with_two_values_is_a_faulty_body(world: World) -> None:
    user_id = "5b0e2f6c-0000-4000-8000-000000000001"
    world.directory.add(user_id, mobile=OLD)
    upn = world.directory.users[user_id].upn
    sent = [{"userPrincipalName": upn, "mobile": NAMED}, {"id": user_id, "mobile": NEW}]
    response = send(world, json.dumps(sent).encode(), handle=handle_set)
    assert refusal(response) == (400, "invalidBody")
    assert world.directory.written == []
    assert "701740" not in response.body.decode()
    sent[1]["mobile"] = NAMED
    assert result_codes(send(world, json.dumps(sent).encode(), handle=handle_set)) == ["updated", "duplicateUser"]


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
    world.words |= {"max_users": 50, "jobs": JobLimits(50, 4, 60, 7)}
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


# Correlation and logs


def test_each_request_has_its_own_correlation_id(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ids = [body(send(world))["correlationId"] for _ in range(3)]
    assert len(set(ids)) == 3
    for cid in ids:
        assert f"[{cid}] succeeded source=directory dryRun=False users=1" in caplog.text
    assert correlation_id.get() == "-"


@EXPLICIT_ROUTES
def test_the_log_says_that_the_caller_named_the_values(
    world: World, handle: Handle, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        send(world, sent, handle=handle)
    assert "succeeded source=explicit dryRun=False users=1" in caplog.text


def test_a_line_for_each_user_that_changed_or_failed_by_object_id(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.directory.add("keep", OLD, mobile=OLD)
    with caplog.at_level(logging.INFO):
        send(world, b'["anna@contoso.com", "keep@contoso.com", "nobody@contoso.com"]')
    lines = [record.getMessage().partition("] ")[2] for record in caplog.records]
    assert lines[:2] == ["user anna updated", "user (not read) userNotFound"]
    assert lines[2].startswith(
        "partial source=directory dryRun=False users=3 unchanged=1 changed=1 planned=0 skipped=0 failed=1 durationMs="
    )
    assert "@contoso.com" not in caplog.text


def test_names_stand_in_the_log_at_debug_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        send(world, b'["nobody@contoso.com"]')
    (line,) = [record for record in caplog.records if "@contoso.com" in record.getMessage()]
    assert line.levelno == logging.DEBUG


@ROUTES
def test_no_log_line_holds_a_number_a_secret_or_the_body(
    world: World, handle: Handle, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(world, sent, handle=handle)
        send(world, b'{"UserPrincipalName": "+46 701740605", "mobile": "+46 701740605"}', handle=handle)
        send(world, b"UPN,Mobile\r\n+46 701740605,+46 701740605", handle=handle)
        send(world, sent, HEADERS, "dryRun=%2B46701740605", handle)
    for text in ("701740605", "701740666", "701740699", SECRET, EXPLICIT, "UserPrincipalName"):
        assert text not in caplog.text


@ROUTES
def test_no_answer_holds_a_number_in_clear(world: World, handle: Handle, sent: bytes) -> None:
    answers = [
        send(world, sent, query="dryRun=true", handle=handle),
        send(world, sent, {**EXPLICIT_HEADERS, "accept": "text/csv"}, handle=handle),
        send(world, sent, handle=handle),
        send(world, sent.replace(b"+46 701740699", b"+46 7017406991234567"), handle=handle),
    ]
    assert [answer.status for answer in answers] == [200] * 4
    assert not [answer for answer in answers if b"7017406" in answer.body]


@pytest.mark.parametrize(
    ("trouble", "level"),
    [
        (None, logging.WARNING),
        (ConfigurationError("x"), logging.ERROR),
        (VaultUnavailable("x"), logging.WARNING),
        (SignInFailed("x"), logging.ERROR),
    ],
)
def test_what_an_operator_has_to_look_at_is_an_error(
    world: World, caplog: pytest.LogCaptureFixture, trouble: ServiceError | None, level: int
) -> None:
    world.ordinary.trouble = trouble
    with caplog.at_level(logging.DEBUG):
        send(world, headers={})
    assert [record.levelno for record in caplog.records] == [level]
