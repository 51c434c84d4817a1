"""api/lists.py: correlation ids, and what is told to whom."""

import json
import logging

import pytest

from shared.api.lists import handle_provision, handle_set
from shared.core.plan import Policy
from shared.errors import ConfigurationError, ServiceError, SignInFailed, VaultUnavailable
from shared.log import correlation_id
from tests.recorded import lines
from tests.unit.api.lists.sending import ANNA, EXPLICIT_ROUTES, PLAN, ROUTES, send
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, OLD, SECRET, Handle, World, body
from tests.unit.world import reconcile_at_once as handle_reconcile


def test_each_request_has_its_own_correlation_id(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ids = [body(send(world))["correlationId"] for _ in range(3)]
    assert len(set(ids)) == 3
    told = lines(caplog, "request")
    assert [line["correlationId"] for line in told] == ids
    assert [line["correlationId"] for line in lines(caplog, "user")] == ids
    for line in told:
        assert line == line | {"status": 200, "result": "succeeded", "source": "directory", "dryRun": False, "users": 1}
    assert correlation_id() == "-"


@EXPLICIT_ROUTES
def test_the_log_says_that_the_caller_named_the_values(
    world: World, handle: Handle, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        send(world, sent, handle=handle)
    (line,) = lines(caplog, "request")
    assert line == line | {"result": "succeeded", "source": "explicit", "dryRun": False, "users": 1}


def test_one_line_for_the_request_and_one_for_each_user(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.directory.add("keep", OLD, mobile=OLD)
    with caplog.at_level(logging.INFO):
        send(world, b'["anna@contoso.com", "keep@contoso.com", "nobody@contoso.com"]')
    anna, keep, nobody = lines(caplog, "user")
    asked = {"source": "directory", "dryRun": False, "caller": "webhook-handshake-explicit", "route": "POST /*"}
    for line in (anna, keep, nobody):
        assert line == line | asked
    update = {"method": "mobile", "action": "update", "before": "+46 *******66", "after": "+46 *******05"}
    assert anna["changes"] == [{**update, "status": "applied", "code": "updated"}]
    assert (anna["objectId"], anna["status"], anna["code"]) == ("anna", "changed", "updated")
    assert (keep["objectId"], keep["status"], keep["code"]) == ("keep", "unchanged", "unchanged")
    assert (nobody["position"], nobody["status"], nobody["code"]) == (2, "failed", "userNotFound")
    assert "detail" in nobody
    assert not {"objectId", "changes"} & nobody.keys()
    (told,) = lines(caplog, "request")
    who = {"status": 200, "caller": "webhook-handshake-explicit", "proof": "handshake", "result": "partial"}
    count = {"users": 3, "unchanged": 1, "changed": 1, "planned": 0, "skipped": 0, "failed": 1, "throttled": 0}
    assert told == told | who | count
    assert told["durationMs"] >= 0
    assert "code" not in told
    assert len(lines(caplog)) == 4
    assert "@contoso.com" not in caplog.text


def test_who_would_have_been_changed_had_a_guard_not_stopped_it(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.words["policy"] = Policy(read_only=True)
    with caplog.at_level(logging.INFO):
        send(world, b'["anna@contoso.com"]')
    (user,), (request,) = lines(caplog, "user"), lines(caplog, "request")
    assert user == user | {"objectId": "anna", "status": "planned", "stoppedBy": "readOnly", "dryRun": False}
    assert request == request | {
        "status": 503,
        "code": "readOnly",
        "planned": 1,
        "caller": "webhook-handshake-explicit",
    }
    assert [record.levelno for record in caplog.records] == [logging.INFO, logging.ERROR]


def test_a_user_who_is_named_by_id_and_not_found_has_that_id(world: World, caplog: pytest.LogCaptureFixture) -> None:
    missing = "0f0f0f0f-0000-4000-8000-000000000001"
    with caplog.at_level(logging.INFO):
        send(world, f'[{{"id": "{missing}"}}]'.encode())
    assert [line["objectId"] for line in lines(caplog, "user")] == [missing]


def test_names_stand_in_the_log_where_that_is_asked_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        send(world, b'["nobody@contoso.com"]')
    assert "@contoso.com" not in caplog.text
    world.words["logs_user_names"] = True
    with caplog.at_level(logging.INFO):
        send(world, b'["nobody@contoso.com"]')
    _, line = lines(caplog, "user")
    assert line["userPrincipalName"] == "nobody@contoso.com"
    assert caplog.text.count("@contoso.com") == 1


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


LEAK = "Mobile 0701740605"
ONE_FAULT = [
    (handle_reconcile, f"UPN,{LEAK}\nanna,\n"),
    (handle_reconcile, f"UPN,dryRun {LEAK}\n{ANNA},\n"),
    (handle_reconcile, f"id {LEAK}\n{ANNA}\n"),
    (handle_reconcile, f"UPN,upn,{LEAK}\n{ANNA},,\n"),
    (handle_reconcile, json.dumps([{LEAK: 1}])),
    (handle_reconcile, json.dumps([LEAK])),
    (handle_set, f"UPN,{LEAK}\n{ANNA},\n"),
    (handle_set, f"UPN,{LEAK},Mobile\n{ANNA},,{LEAK},\n"),
    (handle_set, json.dumps([{"UPN": ANNA, LEAK: 1}])),
    (handle_set, json.dumps({"users": [{"UPN": ANNA, "office": None}], LEAK: 1})),
    (handle_provision, PLAN.decode().replace("mfa_phoneNumber_mobile", f"mfa_{LEAK}")),
    (handle_provision, PLAN.decode().replace('"op": "Set"', f'"op": "{LEAK}"', 1)),
    (handle_provision, f"<AccountRequest nativeIdentity='{LEAK}'/>"),
]


@pytest.mark.parametrize(("handle", "sent"), ONE_FAULT)
def test_no_name_that_the_caller_sent_is_logged(
    world: World, caplog: pytest.LogCaptureFixture, handle: Handle, sent: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = send(world, sent.encode(), handle=handle)
    assert response.status == 400
    assert len(body(response)["errors"]) == 1
    (line,) = lines(caplog, "request")
    assert line["detail"]
    assert "0701740605" not in caplog.text
    assert "Mobile 0" not in caplog.text
