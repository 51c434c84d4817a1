"""api/lists.py: correlation ids, and what is told to whom."""

import logging

import pytest

from shared.errors import ConfigurationError, ServiceError, SignInFailed, VaultUnavailable
from shared.log import correlation_id
from tests.unit.api.lists.sending import EXPLICIT_ROUTES, ROUTES, send
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, OLD, SECRET, Handle, World, body


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
    who, *lines = [record.getMessage().partition("] ")[2] for record in caplog.records]
    assert who == "caller=webhook-handshake-explicit proof=handshake"
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
