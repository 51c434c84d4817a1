"""api/frame.py: who may call."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.api.caller import RELOAD_INTERVAL_S
from shared.errors import ConfigurationError
from shared.services import Handshake
from tests.unit.api.frame.doors import ROUTES, explicit, ordinary, send
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, SECRET, World, body, refusal

LATER, EARLIER = timedelta(minutes=1), timedelta(minutes=-1)
TOLD = (
    "The webhook does not recognise the caller. Check the header Message (a handshake, or NAME.SECRET of a named "
    "caller), the webhook-* headers of a signed call, or the Entra ID token."
)


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
        "detail": TOLD,
        "code": "unauthorized",
    }
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert SECRET not in caplog.text
    assert EXPLICIT not in caplog.text


def test_a_mismatch_reloads_the_secret_once(world: World) -> None:
    world.ordinary.values = [Handshake("before-the-rotation"), Handshake(SECRET)]
    assert send(world, ordinary).status == 200
    assert set(world.ordinary.reloads) == {None, RELOAD_INTERVAL_S}


def test_a_mismatch_that_stays_asks_once_more_and_no_oftener(world: World) -> None:
    world.allow_explicit()
    assert send(world, ordinary, {"message": "wrong"}).status == 401
    assert world.ordinary.reloads.count(10.0) == world.explicit.reloads.count(10.0) == 1


@ROUTES
def test_a_missing_header_reloads_nothing(world: World, work: object) -> None:
    world.allow_explicit()
    send(world, work, {})
    assert set(world.ordinary.reloads) == set(world.explicit.reloads) == {None}


def test_the_previous_handshake_works_until_its_date(world: World) -> None:
    world.ordinary.values = [Handshake("the-new-one-not-real")]
    world.ordinary.previous = Handshake(SECRET, datetime.now(UTC) + LATER)
    assert send(world, ordinary).status == 200
    world.ordinary.previous = Handshake(SECRET, datetime.now(UTC) + EARLIER)
    assert send(world, ordinary).status == 401


CANNOT_SERVE = ["", " ", "caf\u00e9-is-long-enough", "long-enough-but-space ", "fifteen-letters"]


@pytest.mark.parametrize("value", CANNOT_SERVE)
@pytest.mark.parametrize("door", ["ordinary", "explicit"])
@ROUTES
def test_a_secret_that_cannot_serve_is_a_configuration_error_and_no_open_door(
    world: World, work: object, door: str, value: str
) -> None:
    world.allow_explicit()
    getattr(world, door).values = [Handshake(value)]
    for headers in ({}, *({"message": header} for header in CANNOT_SERVE)):
        assert refusal(send(world, work, headers)) == (500, "configuration"), headers


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
    world.words["access"] = replace(world.access(), handshake_header="X-HandShake")
    assert send(world, ordinary, {"x-handshake": SECRET}).status == 200
    assert send(world, ordinary).status == 401


# The explicit handshake


def test_the_explicit_handshake_opens_both_kinds_of_route(world: World) -> None:
    world.allow_explicit()
    assert send(world, explicit, EXPLICIT_HEADERS).status == 200
    assert send(world, ordinary, EXPLICIT_HEADERS).status == 200


def test_the_ordinary_handshake_opens_no_explicit_route_not_even_its_previous_one(world: World) -> None:
    world.allow_explicit()
    world.ordinary.previous = Handshake("previous-not-real", datetime.now(UTC) + LATER)
    assert refusal(send(world, explicit, HEADERS)) == (403, "rightMissing")
    assert refusal(send(world, explicit, {"message": "previous-not-real"})) == (403, "rightMissing")
    assert send(world, ordinary, {"message": "previous-not-real"}).status == 200


def test_the_explicit_handshake_is_rotated_like_the_ordinary_one(world: World) -> None:
    world.allow_explicit()
    world.explicit.values = [Handshake("before-the-rotation"), Handshake(EXPLICIT)]
    assert send(world, explicit, EXPLICIT_HEADERS).status == 200
    assert world.explicit.reloads.count(RELOAD_INTERVAL_S) == 1
    world.explicit.values = [Handshake("the-new-one-not-real")]
    for previous, status in (
        (Handshake(EXPLICIT, datetime.now(UTC) + LATER), 200),
        (Handshake(EXPLICIT), 401),
        (Handshake(EXPLICIT, datetime.now(UTC) + EARLIER), 401),
    ):
        world.explicit.previous = previous
        assert send(world, explicit, EXPLICIT_HEADERS).status == status
        assert send(world, ordinary, EXPLICIT_HEADERS).status == status


@pytest.mark.parametrize("same", ["current", "ordinary previous", "explicit previous", "both previous"])
@pytest.mark.parametrize("expired", [False, True])
@ROUTES
def test_one_secret_for_both_doors_closes_them(world: World, work: object, same: str, expired: bool) -> None:
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
    for headers in ({}, HEADERS, EXPLICIT_HEADERS):
        response = send(world, work, headers)
        assert refusal(response) == (500, "configuration")
        assert b"handshake" not in response.body


def test_one_secret_for_both_doors_after_a_rotation_closes_them_too(world: World) -> None:
    world.allow_explicit()
    world.explicit.values = [Handshake(EXPLICIT), Handshake(SECRET)]
    assert refusal(send(world, explicit, {"message": "wrong"})) == (500, "configuration")


def test_where_explicit_values_are_off_their_secret_is_nobodys_business(world: World) -> None:
    world.explicit.values = [Handshake(SECRET)]
    assert send(world, ordinary).status == 200
    assert world.log == ["vault"]
