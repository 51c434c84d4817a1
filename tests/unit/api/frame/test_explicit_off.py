"""Explicit values are switched off: who is told so, and that their secret is nobody's trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.api.frame import WebResponse
from shared.errors import VaultUnavailable
from shared.services import Handshake
from tests.unit.api.frame import doors
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, SECRET, World, body, refusal

OFF, UNKNOWN = (403, "explicitDisabled"), (401, "unauthorized")


def ask(world: World, headers: dict[str, str], *, explicit: bool) -> WebResponse:
    return doors.send(world, doors.explicit if explicit else doors.ordinary, headers)


@pytest.mark.parametrize("headers", [{}, {"message": ""}, {"message": "wrong"}], ids=["none", "empty", "wrong"])
@pytest.mark.parametrize("explicit", [False, True])
def test_without_a_right_handshake_nobody_learns_of_it(world: World, headers: dict[str, str], explicit: bool) -> None:
    response = ask(world, headers, explicit=explicit)
    assert refusal(response) == UNKNOWN
    world.allow_explicit()
    alike = body(ask(world, headers, explicit=explicit)) | {"correlationId": body(response)["correlationId"]}
    assert alike == body(response)


@pytest.mark.parametrize("headers", [HEADERS, EXPLICIT_HEADERS], ids=["ordinary", "explicit"])
def test_on_an_explicit_route_whoever_knows_a_handshake_is_told(world: World, headers: dict[str, str]) -> None:
    response = ask(world, headers, explicit=True)
    assert refusal(response) == OFF
    assert "ALLOW_EXPLICIT_VALUES" in body(response)["detail"]


def test_on_every_other_route_the_explicit_handshake_is_told(world: World) -> None:
    assert refusal(ask(world, EXPLICIT_HEADERS, explicit=False)) == OFF
    assert ask(world, HEADERS, explicit=False).status == 200


def test_a_previous_and_a_rotated_explicit_handshake_are_known(world: World) -> None:
    world.explicit.values = [Handshake("before-the-rotation"), Handshake(EXPLICIT)]
    assert refusal(ask(world, EXPLICIT_HEADERS, explicit=False)) == OFF
    world.explicit.values = [Handshake("the-new-one")]
    world.explicit.previous = Handshake(EXPLICIT, datetime.now(UTC) + timedelta(minutes=1))
    assert refusal(ask(world, EXPLICIT_HEADERS, explicit=True)) == OFF
    world.explicit.previous = Handshake(EXPLICIT, datetime.now(UTC) - timedelta(minutes=1))
    assert refusal(ask(world, EXPLICIT_HEADERS, explicit=True)) == UNKNOWN


@pytest.mark.parametrize("value", ["", " ", "caf\u00e9", SECRET])
def test_a_secret_that_could_not_serve_closes_nothing(world: World, value: str) -> None:
    world.explicit.values = [Handshake(value)]
    assert ask(world, HEADERS, explicit=False).status == 200
    assert refusal(ask(world, HEADERS, explicit=True)) == OFF
    assert refusal(ask(world, {"message": "wrong"}, explicit=False)) == UNKNOWN
    if value != SECRET:
        assert refusal(ask(world, {"message": value}, explicit=False)) == UNKNOWN


def test_a_vault_that_does_not_answer_about_it_closes_nothing(world: World) -> None:
    world.explicit.trouble = VaultUnavailable("the secret x", 17)
    assert ask(world, HEADERS, explicit=False).status == 200
    assert refusal(ask(world, EXPLICIT_HEADERS, explicit=False)) == UNKNOWN


def test_who_is_let_in_costs_no_look_at_it(world: World) -> None:
    ask(world, HEADERS, explicit=False)
    ask(world, {}, explicit=False)
    assert world.log == ["vault", "vault"]
