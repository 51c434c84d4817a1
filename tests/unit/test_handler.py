"""handler.py: the order of the checks, the handshake, dryRun, and what is told to whom. Everything behind is real."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared import handler as handler_module
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, SignInFailed, SignInUnavailable, VaultUnavailable
from shared.handler import Services, WebRequest, WebResponse, handle_health, handle_reconcile
from shared.handshake import Handshake
from shared.log import correlation_id
from shared.models import ServiceAccount
from shared.plan import Policy
from tests.unit.people import MOBILE, InMemory

SECRET = "current-not-real"
NEW, OLD = "+46 701740605", "+46 701740666"
BODY = b'[{"UserPrincipalName":"anna@contoso.com"}]'
HEADERS = {"message": SECRET}


class World:
    """Services over plain data; `log` has the order in which they were used."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.current: list[Handshake] = [Handshake(SECRET)]
        self.previous: Handshake | None = None
        self.reloads: list[float | None] = []
        self.vault_trouble: ServiceError | None = None
        self.sign_in_trouble: Exception | None = None
        self.directory = InMemory()
        self.directory.add("anna", NEW, mobile=OLD)
        self.services = Services(
            handshake_header="Message",
            max_body_bytes=2000,
            max_users=3,
            deadline_s=10,
            policy=Policy(remove_on_empty=True),
            handshakes=self._handshakes,
            sign_in=self._sign_in,
            directory=self.directory,
        )

    def _handshakes(
        self, _deadline: Deadline, reload_every_s: float | None = None
    ) -> tuple[Handshake, Handshake | None]:
        """The first one as cached, the last one as the vault holds it now."""
        self.log.append("vault")
        self.reloads.append(reload_every_s)
        if self.vault_trouble is not None:
            raise self.vault_trouble
        return self.current[0 if reload_every_s is None else -1], self.previous

    def _sign_in(self, _deadline: Deadline) -> ServiceAccount | None:
        self.log.append("sign-in")
        if self.sign_in_trouble is not None:
            raise self.sign_in_trouble
        return None

    def send(self, body: bytes = BODY, headers: Mapping[str, str] | None = None, query: str = "") -> WebResponse:
        return handle_reconcile(WebRequest(body, HEADERS if headers is None else headers, query), lambda: self.services)


@pytest.fixture
def world() -> World:
    return World()


def code(response: WebResponse) -> str:
    return str(json.loads(response.body)["code"])


def result_codes(response: WebResponse) -> list[str]:
    return [result["code"] for result in json.loads(response.body)["results"]]


def test_a_good_request(world: World) -> None:
    response = world.send()
    assert response.status == 200
    assert result_codes(response) == ["updated"]
    assert world.log == ["vault", "sign-in"]
    assert world.directory.phones["anna"] == {MOBILE: NEW}
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_process_is_healthy() -> None:
    response = handle_health()
    assert (response.status, json.loads(response.body)) == (200, {"status": "healthy"})


# The order of checks: each request has every later fault too


def test_settings_come_first(world: World) -> None:
    def services() -> Services:
        raise ConfigurationError("TENANT_ID is not set")

    response = handle_reconcile(WebRequest(b"x" * 5000, {}, "dryRun=maybe"), services)
    assert (response.status, code(response)) == (500, "configuration")
    assert b"TENANT_ID" not in response.body


def test_then_the_size_of_the_body(world: World) -> None:
    response = world.send(b"x" * 2001, {}, "dryRun=maybe")
    assert (response.status, code(response)) == (413, "tooLarge")
    assert world.log == []
    assert world.send(b"x" * 2000, {}).status == 401


def test_then_the_vault(world: World) -> None:
    world.vault_trouble = VaultUnavailable("the secret x", 17)
    response = world.send(b"x", {}, "dryRun=maybe")
    assert (response.status, code(response), response.headers["Retry-After"]) == (503, "vaultUnavailable", "17")
    assert b"the secret x" not in response.body


def test_then_the_handshake(world: World) -> None:
    assert world.send(b"x", {"message": "wrong"}, "dryRun=maybe").status == 401


def test_then_the_query(world: World) -> None:
    assert code(world.send(b"x", query="dryRun=maybe")) == "invalidQuery"


def test_then_the_body(world: World) -> None:
    response = world.send(b'["a", "b", "c", "d"]')
    assert (response.status, code(response)) == (400, "invalidBody")
    assert [fault["pointer"] for fault in json.loads(response.body)["errors"]] == ["/0", "/1", "/2", "/3"]


def test_then_the_number_of_entries_duplicates_included(world: World) -> None:
    world.sign_in_trouble = SignInFailed("AADSTS50126")
    response = world.send(b'["a@b", "a@b", "a@b", "a@b"]')
    assert (response.status, code(response)) == (413, "tooManyUsers")
    assert "may name 3 users; this one names 4" in json.loads(response.body)["detail"]
    assert world.log == ["vault"]


def test_then_the_sign_in(world: World) -> None:
    world.sign_in_trouble = SignInFailed("AADSTS50126: The password is wrong.")
    response = world.send()
    assert (response.status, code(response)) == (502, "graphSignInFailed")
    assert "AADSTS50126" in json.loads(response.body)["detail"]
    assert world.directory.calls == []


def test_entra_does_not_answer(world: World) -> None:
    world.sign_in_trouble = SignInUnavailable("timeout", 21)
    response = world.send()
    assert (response.status, code(response), response.headers["Retry-After"]) == (503, "signInUnavailable", "21")


@pytest.mark.parametrize("status", [400, 401, 413, 500])
def test_until_the_handshake_is_passed_an_answer_says_no_more_than_its_code(world: World, status: int) -> None:
    world.current = [Handshake("")] if status == 500 else [Handshake(SECRET)]
    body, headers, query = {
        400: (b"x", HEADERS, ""),
        401: (BODY, {}, ""),
        413: (b"x" * 2001, {}, ""),
        500: (BODY, HEADERS, ""),
    }[status]
    response = world.send(body, headers, query)
    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    problem = json.loads(response.body)
    assert problem["status"] == status
    assert problem.keys() >= {"type", "title", "status", "detail", "code", "correlationId"}
    assert SECRET.encode() not in response.body


# The handshake


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"message": ""},
        {"message": "wrong"},
        {"message": SECRET.upper()},
        {"message": f"{SECRET},{SECRET}"},
        {"message": f"{SECRET}, {SECRET}"},
        {"message": "\u00e9\ud800"},
        {"x-message": SECRET},
        {"authorization": SECRET},
    ],
    ids=["missing", "empty", "wrong", "case", "repeated", "repeated with a space", "non-ASCII", "other", "another"],
)
def test_whatever_was_wrong_the_401_is_the_same(
    world: World, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = world.send(headers=headers)
    problem = json.loads(response.body)
    del problem["correlationId"]
    assert problem == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The request was not accepted.",
        "code": "unauthorized",
    }
    assert dict(response.headers) == {
        "Content-Type": "application/problem+json; charset=utf-8",
        "Cache-Control": "no-store",
    }
    assert world.directory.calls == []
    assert "sign-in" not in world.log
    assert SECRET not in caplog.text


def test_handshake_rotation_a_mismatch_reloads_the_secret_once(world: World) -> None:
    world.current = [Handshake("before-the-rotation"), Handshake(SECRET)]
    assert world.send().status == 200
    assert world.reloads == [None, handler_module.RELOAD_INTERVAL_S]


def test_a_mismatch_that_stays_asks_once_more_and_no_oftener(world: World) -> None:
    assert world.send(headers={"message": "wrong"}).status == 401
    assert world.reloads == [None, 10.0]


def test_a_missing_header_reloads_nothing(world: World) -> None:
    world.send(headers={})
    assert world.reloads == [None]


def test_previous_expiry_the_old_handshake_works_until_its_date(world: World) -> None:
    world.current = [Handshake("the-new-one")]
    world.previous = Handshake(SECRET, datetime.now(UTC) + timedelta(minutes=1))
    assert world.send().status == 200
    world.previous = Handshake(SECRET, datetime.now(UTC) - timedelta(minutes=1))
    assert world.send().status == 401


@pytest.mark.parametrize("value", ["", " ", "caf\u00e9", "x "])
@pytest.mark.parametrize("header", [None, "", " ", "caf\u00e9", "x ", "x"])
def test_a_handshake_secret_that_cannot_serve_is_a_configuration_error_and_no_open_door(
    world: World, value: str, header: str | None
) -> None:
    world.current = [Handshake(value)]
    response = world.send(headers={} if header is None else {"message": header})
    assert (response.status, code(response)) == (500, "configuration")
    assert world.directory.calls == []


def test_a_handshake_secret_that_does_not_exist(world: World) -> None:
    world.vault_trouble = ConfigurationError("the Key Vault secret webhook-handshake does not exist")
    response = world.send()
    assert (response.status, code(response)) == (500, "configuration")
    assert b"webhook-handshake" not in response.body


def test_the_header_has_the_name_from_the_settings_in_any_case(world: World) -> None:
    world.services = replace(world.services, handshake_header="X-HandShake")
    assert world.send(headers={"x-handshake": SECRET}).status == 200
    assert world.send().status == 401


# dryRun


@pytest.mark.parametrize(
    "query", ["dryRun=true", "dryrun=TRUE", "DRYRUN=1", "dryRun=True", "x=1&dryRun=true", "dry%52un=%74rue"]
)
def test_a_dry_run_writes_nothing(world: World, query: str) -> None:
    response = world.send(query=query)
    assert result_codes(response) == ["planned"]
    assert json.loads(response.body)["dryRun"] is True
    assert world.directory.written == []


@pytest.mark.parametrize("query", ["", "dryRun=false", "dryrun=0", "dryRun=False", "code=abc"])
def test_without_it_everything_is_written(world: World, query: str) -> None:
    response = world.send(query=query)
    assert result_codes(response) == ["updated"]
    assert json.loads(response.body)["dryRun"] is False


@pytest.mark.parametrize(
    "query",
    [
        "xdryRun=true",
        "dry-run=true",
        "dryRun[]=1",
        "code=a&amp;dryRun=true",
        "dryRun%3Dtrue",
        "dryRun:true",
        "dryRun",
        "dryRun=",
        "dryRun=yes",
        "dryRun=true%20",
        "dryRun=2",
        "dryRun=truee",
        "dryRun=true&dryRun=false",
        "dryRun=true&DRYRUN=true",
        "dryRun=\uff11",
    ],
)
def test_a_dry_run_that_is_not_understood_never_writes(world: World, query: str) -> None:
    response = world.send(query=query)
    assert (response.status, code(response)) == (400, "invalidQuery")
    assert world.directory.calls == []


# What goes wrong behind


def test_too_many_removals(world: World) -> None:
    world.services = replace(world.services, max_users=50)
    names = [f"leaver{index}" for index in range(11)]
    for name in names:
        world.directory.add(name, None, mobile=OLD)
    response = world.send(json.dumps([f"{name}@contoso.com" for name in names]).encode())
    assert (response.status, code(response)) == (422, "tooManyRemovals")
    assert result_codes(response) == ["planned"] * 11
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert world.directory.written == []


def test_an_unforeseen_fault_is_a_500_with_an_id_and_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.sign_in_trouble = KeyError("something-inside")
    with caplog.at_level(logging.ERROR):
        response = world.send()
    assert (response.status, code(response)) == (500, "internal")
    assert b"something-inside" not in response.body
    assert json.loads(response.body)["correlationId"] in caplog.text
    assert "something-inside" in caplog.text


def test_services_that_cannot_be_built_for_an_unforeseen_reason() -> None:
    def services() -> Services:
        raise RuntimeError("something-inside")

    assert code(handle_reconcile(WebRequest(BODY, HEADERS), services)) == "internal"


# Correlation and logs


def test_each_request_has_its_own_correlation_id(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ids = [json.loads(world.send().body)["correlationId"] for _ in range(3)]
    assert len(set(ids)) == 3
    for cid in ids:
        assert f"[{cid}] succeeded dryRun=False users=1" in caplog.text
    assert correlation_id.get() == "-"


def test_a_line_for_each_user_that_changed_or_failed_by_object_id(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.directory.add("keep", OLD, mobile=OLD)
    with caplog.at_level(logging.INFO):
        world.send(b'["anna@contoso.com", "keep@contoso.com", "nobody@contoso.com"]')
    lines = [record.getMessage().partition("] ")[2] for record in caplog.records]
    assert lines[:2] == ["user anna updated", "user (not read) userNotFound"]
    assert lines[2].startswith("partial dryRun=False users=3 unchanged=1 changed=1 planned=0 skipped=0 failed=1")
    assert "@contoso.com" not in caplog.text


def test_names_stand_in_the_log_at_debug_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        world.send(b'["nobody@contoso.com"]')
    (line,) = [record for record in caplog.records if "@contoso.com" in record.getMessage()]
    assert line.levelno == logging.DEBUG


def test_no_log_line_holds_a_number_or_the_body(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        world.send()
        world.send(b'{"UserPrincipalName": "+46 701740605"}')
    for text in ("701740605", "701740666", SECRET, "UserPrincipalName"):
        assert text not in caplog.text


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
    world.vault_trouble = trouble
    with caplog.at_level(logging.DEBUG):
        world.send(headers={})
    assert [record.levelno for record in caplog.records] == [level]


def test_no_repr_of_request_or_response_holds_their_content(world: World) -> None:
    request = WebRequest(BODY, HEADERS, "dryRun=true")
    assert SECRET not in f"{request}"
    assert "anna" not in f"{request} {world.send()}"
