"""api/frame.py: what every route has in common: the frame, who may come in, the query."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from shared.api.frame import RELOAD_INTERVAL_S, WebRequest, WebResponse, answer, authenticate, choice, respond
from shared.deadline import Deadline
from shared.errors import ConfigurationError, InvalidQuery, ServiceError, SignInFailed, UserFailed, VaultUnavailable
from shared.log import correlation_id
from shared.services import Handshake, Services
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, SECRET, World, body, code, refusal

LATER, EARLIER = timedelta(minutes=1), timedelta(minutes=-1)


def ordinary(request: WebRequest, services: Services, cid: str) -> WebResponse:
    authenticate(request, services, Deadline(10))
    return answer(200, {"correlationId": cid}, "application/json")


def explicit(request: WebRequest, services: Services, cid: str) -> WebResponse:
    authenticate(request, services, Deadline(10), explicit=True)
    return answer(200, {"correlationId": cid}, "application/json")


ROUTES = pytest.mark.parametrize("work", [ordinary, explicit], ids=["ordinary", "explicit"])


@pytest.fixture
def world() -> World:
    return World()


def send(world: World, work: object, headers: dict[str, str] | None = None, raw: bytes = b"") -> WebResponse:
    sent = WebRequest(raw, HEADERS if headers is None else headers)
    return respond(sent, world.services, work)  # type: ignore[arg-type]


# The frame


def test_an_answer_is_kept_by_nobody() -> None:
    response = answer(200, {"a": 1}, "application/json", {"X": "y"})
    assert dict(response.headers) == {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "no-store",
        "X": "y",
    }
    assert json.loads(response.body) == {"a": 1}
    assert answer(200, b"a,b", "text/csv").body == b"a,b"


def test_each_request_has_an_id_of_its_own_that_ends_with_it(world: World) -> None:
    seen: list[str] = []

    def work(_request: WebRequest, _services: Services, cid: str) -> WebResponse:
        seen.append(correlation_id.get())
        assert seen[-1] == cid
        return answer(200, {}, "application/json")

    for _ in range(3):
        send(world, work)
    assert len(set(seen)) == 3
    assert correlation_id.get() == "-"


def test_services_that_cannot_be_built(caplog: pytest.LogCaptureFixture) -> None:
    def misconfigured() -> Services:
        raise ConfigurationError("TENANT_ID is not set")

    def broken() -> Services:
        raise RuntimeError("something-inside")

    response = respond(WebRequest(b"x" * 5000, {}), misconfigured, ordinary)
    assert refusal(response) == (500, "configuration")
    assert b"TENANT_ID" not in response.body
    assert "TENANT_ID" in caplog.text
    assert refusal(respond(WebRequest(b"", {}), broken, ordinary)) == (500, "internal")


@ROUTES
def test_a_body_that_is_too_long_is_refused_before_the_vault_is_asked(world: World, work: object) -> None:
    world.allow_explicit()
    assert refusal(send(world, work, {}, b"x" * 2001)) == (413, "tooLarge")
    assert world.log == []
    assert send(world, work, {}, b"x" * 2000).status == 401


def test_an_unforeseen_fault_is_a_500_with_an_id_and_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def work(_request: WebRequest, _services: Services, _cid: str) -> WebResponse:
        raise KeyError("something-inside")

    response = send(world, work)
    assert refusal(response) == (500, "internal")
    assert b"something-inside" not in response.body
    assert body(response)["correlationId"] in caplog.text
    assert "something-inside" in caplog.text


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (ConfigurationError("x"), logging.ERROR),
        (SignInFailed("x"), logging.ERROR),
        (UserFailed("graphError", 502, "x"), logging.ERROR),
        (VaultUnavailable("x"), logging.WARNING),
        (UserFailed("noMobile", 409, "x"), logging.WARNING),
    ],
)
def test_what_an_operator_has_to_look_at_is_an_error(
    world: World, caplog: pytest.LogCaptureFixture, error: ServiceError, level: int
) -> None:
    def work(_request: WebRequest, _services: Services, _cid: str) -> WebResponse:
        raise error

    response = send(world, work)
    assert (response.status, code(response)) == (error.status, error.code)
    assert [record.levelno for record in caplog.records] == [level]


def test_when_to_come_again_is_a_header(world: World) -> None:
    world.ordinary.trouble = VaultUnavailable("the secret x", 17)
    response = send(world, ordinary)
    assert (refusal(response), response.headers["Retry-After"]) == ((503, "vaultUnavailable"), "17")
    assert b"the secret x" not in response.body


def test_no_repr_holds_what_was_sent_or_answered() -> None:
    shown = f"{WebRequest(b'the-body', HEADERS)} {WebResponse(200, b'the-answer', {})}"
    assert not [text for text in (SECRET, "the-body", "the-answer") if text in shown]


# The ordinary handshake


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"message": ""},
        {"message": "wrong"},
        {"message": SECRET.upper()},
        {"message": f"{SECRET},{SECRET}"},
        {"message": f"{SECRET}, {SECRET}"},
        {"message": f"{SECRET},{EXPLICIT}"},
        {"message": "\u00e9\ud800"},
        {"x-message": SECRET},
        {"authorization": SECRET},
    ],
    ids=["missing", "empty", "wrong", "case", "repeated", "with a space", "both", "non-ASCII", "other", "another"],
)
@ROUTES
def test_whatever_was_wrong_the_401_is_the_same(
    world: World, work: object, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    world.allow_explicit()
    with caplog.at_level(logging.DEBUG):
        response = send(world, work, headers)
    problem = body(response)
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
    assert SECRET not in caplog.text
    assert EXPLICIT not in caplog.text


def test_a_mismatch_reloads_the_secret_once(world: World) -> None:
    world.ordinary.values = [Handshake("before-the-rotation"), Handshake(SECRET)]
    assert send(world, ordinary).status == 200
    assert world.ordinary.reloads == [None, RELOAD_INTERVAL_S]


def test_a_mismatch_that_stays_asks_once_more_and_no_oftener(world: World) -> None:
    world.allow_explicit()
    assert send(world, ordinary, {"message": "wrong"}).status == 401
    assert world.ordinary.reloads == world.explicit.reloads == [None, 10.0]


@ROUTES
def test_a_missing_header_reloads_nothing(world: World, work: object) -> None:
    world.allow_explicit()
    send(world, work, {})
    assert world.ordinary.reloads == world.explicit.reloads == [None]


def test_the_previous_handshake_works_until_its_date(world: World) -> None:
    world.ordinary.values = [Handshake("the-new-one")]
    world.ordinary.previous = Handshake(SECRET, datetime.now(UTC) + LATER)
    assert send(world, ordinary).status == 200
    world.ordinary.previous = Handshake(SECRET, datetime.now(UTC) + EARLIER)
    assert send(world, ordinary).status == 401


@pytest.mark.parametrize("value", ["", " ", "caf\u00e9", "x "])
@pytest.mark.parametrize("header", [None, "", " ", "caf\u00e9", "x ", "x"])
@pytest.mark.parametrize("door", ["ordinary", "explicit"])
@ROUTES
def test_a_secret_that_cannot_serve_is_a_configuration_error_and_no_open_door(
    world: World, work: object, door: str, header: str | None, value: str
) -> None:
    world.allow_explicit()
    getattr(world, door).values = [Handshake(value)]
    assert refusal(send(world, work, {} if header is None else {"message": header})) == (500, "configuration")


@pytest.mark.parametrize("door", ["ordinary", "explicit"])
@ROUTES
def test_a_secret_that_does_not_exist(world: World, work: object, door: str, caplog: pytest.LogCaptureFixture) -> None:
    world.allow_explicit()
    getattr(world, door).trouble = ConfigurationError("the Key Vault secret xyz does not exist")
    response = send(world, work)
    assert refusal(response) == (500, "configuration")
    assert b"xyz" not in response.body
    assert "xyz" in caplog.text


def test_the_header_has_the_name_from_the_settings_in_any_case(world: World) -> None:
    world.words["handshake_header"] = "X-HandShake"
    assert send(world, ordinary, {"x-handshake": SECRET}).status == 200
    assert send(world, ordinary).status == 401


# The explicit handshake


@pytest.mark.parametrize("headers", [{}, HEADERS, EXPLICIT_HEADERS], ids=["none", "ordinary", "explicit"])
def test_where_explicit_values_are_off_nobody_gets_in_and_no_vault_is_asked(
    world: World, headers: dict[str, str]
) -> None:
    response = send(world, explicit, headers)
    assert refusal(response) == (403, "explicitDisabled")
    assert world.log == []


def test_where_they_are_off_the_explicit_handshake_opens_nothing(world: World) -> None:
    assert send(world, ordinary, EXPLICIT_HEADERS).status == 401
    assert world.log == ["vault", "vault"]


def test_the_explicit_handshake_opens_both_kinds_of_route(world: World) -> None:
    world.allow_explicit()
    assert send(world, explicit, EXPLICIT_HEADERS).status == 200
    assert send(world, ordinary, EXPLICIT_HEADERS).status == 200


def test_the_ordinary_handshake_opens_no_explicit_route_not_even_its_previous_one(world: World) -> None:
    world.allow_explicit()
    world.ordinary.previous = Handshake("previous-not-real", datetime.now(UTC) + LATER)
    assert refusal(send(world, explicit, HEADERS)) == (401, "unauthorized")
    assert refusal(send(world, explicit, {"message": "previous-not-real"})) == (401, "unauthorized")
    assert send(world, ordinary, {"message": "previous-not-real"}).status == 200


def test_the_explicit_handshake_is_rotated_like_the_ordinary_one(world: World) -> None:
    world.allow_explicit()
    world.explicit.values = [Handshake("before-the-rotation"), Handshake(EXPLICIT)]
    assert send(world, explicit, EXPLICIT_HEADERS).status == 200
    assert world.explicit.reloads == [None, RELOAD_INTERVAL_S]
    world.explicit.values = [Handshake("the-new-one")]
    for previous, status in (
        (Handshake(EXPLICIT, datetime.now(UTC) + LATER), 200),
        (Handshake(EXPLICIT), 200),
        (Handshake(EXPLICIT, datetime.now(UTC) + EARLIER), 401),
    ):
        world.explicit.previous = previous
        assert send(world, explicit, EXPLICIT_HEADERS).status == status
        assert send(world, ordinary, EXPLICIT_HEADERS).status == status


@pytest.mark.parametrize("same", ["current", "ordinary previous", "explicit previous", "both previous"])
@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize("headers", [{}, HEADERS, EXPLICIT_HEADERS], ids=["none", "ordinary", "explicit"])
@ROUTES
def test_one_secret_for_both_doors_closes_them(
    world: World, work: object, same: str, expired: bool, headers: dict[str, str]
) -> None:
    """Whoever may only name users would else be able to choose numbers."""
    world.allow_explicit()
    end = datetime.now(UTC) + (EARLIER if expired else LATER)
    match same:
        case "current":
            world.explicit.values = [Handshake(SECRET)]
        case "ordinary previous":
            world.ordinary.previous = Handshake(EXPLICIT, end)
        case "explicit previous":
            world.explicit.previous = Handshake(SECRET, end)
        case "both previous":
            world.ordinary.previous = world.explicit.previous = Handshake("shared-not-real", end)
    response = send(world, work, headers)
    assert refusal(response) == (500, "configuration")
    assert b"handshake" not in response.body


def test_one_secret_for_both_doors_after_a_rotation_closes_them_too(world: World) -> None:
    world.allow_explicit()
    world.explicit.values = [Handshake(EXPLICIT), Handshake(SECRET)]
    assert refusal(send(world, explicit, HEADERS)) == (500, "configuration")


def test_where_explicit_values_are_off_their_secret_is_nobodys_business(world: World) -> None:
    world.explicit.values = [Handshake(SECRET)]
    assert send(world, ordinary).status == 200
    assert world.log == ["vault"]


# The query

DRY_RUN = ("true", "false", "1", "0")


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("", None),
        ("code=abc", None),
        ("code=abc&x=", None),
        ("dry=true", None),
        ("run=true", None),
        ("code=dryRun", None),
        ("dryRun=true", "true"),
        ("dryrun=TRUE", "true"),
        ("DRYRUN=1", "1"),
        ("code=a%3Db&dryRun=false", "false"),
        ("dry%52un=%74rue", "true"),
        ("code=a/b+c==&dryRun=0", "0"),
    ],
)
def test_a_choice_that_is_made_or_not(query: str, value: str | None) -> None:
    assert choice(query, "dryRun", DRY_RUN) == value


LOOK_ALIKES = [
    *("{}", "{}=", "{}=yes", "{}=true%20", "{}=%00true", "{}=2", "{}=truee", "{}=\uff11", "{}=tru\u0435"),
    *("x{}=true", "{}x=true", "dry-{}=true", "{}[]=true", "{}[0]=true", "{}.=true", "%20{}=true", "{}%20=true"),
    *("amp;{}=true", "code=a&amp;{}=true", "{}%3Dtrue", "{}:true", "{}%3Atrue", "%22{}%22=true", "${}=true"),
    *("{}=true&{}=true", "{}=true&{}=false", "{}=false&{}=", "{}=true,true", "{}=full,full"),
    *("code=a;{}=true", "code=a;{}", "code=a?{}=true", "code=a%26{}=true", "code=a%3F{}=true", "x=1;y=2;{}=1"),
    *("{}=true;x=1", "{}=true?x=1"),
]


@pytest.mark.parametrize("query", LOOK_ALIKES)
@pytest.mark.parametrize(
    ("name", "spelt", "allowed"),
    [
        ("dryRun", "dryRun", DRY_RUN),
        ("dryRun", "DRYRUN", DRY_RUN),
        ("show", "show", ("full", "masked")),
        ("show", "Show", ("full", "masked")),
    ],
)
def test_what_looks_like_a_choice_and_is_not_understood_is_refused(
    name: str, spelt: str, allowed: tuple[str, ...], query: str
) -> None:
    with pytest.raises(InvalidQuery, match=f"{name} must stand once and be one of {', '.join(allowed)}"):
        choice(query.replace("{}", spelt), name, allowed)


@pytest.mark.parametrize("query", ["dryRun=true", "dryRun=false", "dryRun=0", "DRYRUN=", "dry-run=1", "x;dryRun"])
def test_a_choice_that_is_not_offered(query: str) -> None:
    with pytest.raises(InvalidQuery, match="dryRun is not offered here"):
        choice(query, "dryRun", ())


def test_the_refusal_does_not_repeat_the_query() -> None:
    with pytest.raises(InvalidQuery) as refused:
        choice("dryRun=%2B46701740605", "dryRun", DRY_RUN)
    assert "701740605" not in refused.value.detail
