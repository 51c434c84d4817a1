"""api/users.py: reading the methods of a user."""

import pytest

from shared.core.codes import Code
from shared.core.models import METHOD_IDS, Method, ReadScope, Stop
from shared.settings.callers import NamedCaller, Right
from tests.unit.api.users.routes import ANNA, EACH_READ, MASKED_OLD, READS, UPN, Route, change_free, send, with_type
from tests.unit.graph_rules import Account
from tests.unit.people import MOBILE
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, Door, World, body, refusal


def test_the_phones_of_a_user(world: World) -> None:
    response = send(world, READS["list"], HEADERS)
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    found = body(response)
    assert len(found.pop("correlationId")) == 36
    assert found == {
        "userPrincipalName": UPN,
        "userId": ANNA,
        "value": [
            {
                "id": METHOD_IDS[MOBILE],
                "phoneType": "mobile",
                "phoneNumber": MASKED_OLD,
                "smsSignInState": "notEnabled",
            }
        ],
    }
    assert world.directory.scopes == [ReadScope.PHONES]
    assert world.log == ["vault", "explicit vault", "sign-in"]


def test_a_user_without_any(world: World, anna: Account) -> None:
    anna.phones.clear()
    assert body(send(world, READS["list"], HEADERS))["value"] == []


def test_all_methods_with_their_ids(world: World, anna: Account) -> None:
    anna.email, anna.others = "anna.private@fabrikam.com", {"-2_GRUg2": Method.FIDO2}
    found = body(send(world, READS["list all"], HEADERS))["value"]
    assert [(entry["method"], entry["id"]) for entry in found] == [
        ("mobile", METHOD_IDS[MOBILE]),
        ("email", METHOD_IDS[Method.EMAIL]),
        ("fido2", "-2_GRUg2"),
    ]
    assert (found[0]["phoneNumber"], found[1]["emailAddress"]) == (MASKED_OLD, "a***@fabrikam.com")
    assert world.directory.scopes == [ReadScope.ALL]


def test_one_phone(world: World) -> None:
    found = body(send(world, READS["get"], HEADERS))
    del found["correlationId"]
    assert found == {
        "id": METHOD_IDS[MOBILE],
        "phoneType": "mobile",
        "phoneNumber": MASKED_OLD,
        "smsSignInState": "notEnabled",
        "userId": ANNA,
    }


def test_one_phone_that_there_is_not(world: World) -> None:
    assert refusal(send(world, with_type(READS["get"], "office"))) == (404, "methodNotFound")


@EACH_READ
def test_reading_works_where_explicit_values_are_off(world: World, route: Route) -> None:
    world.allows_explicit = False
    assert send(world, route, HEADERS).status == 200
    assert send(world, route, EXPLICIT_HEADERS).status == 403


@EACH_READ
def test_reading_writes_nothing(world: World, route: Route) -> None:
    assert send(world, route, HEADERS).status == 200
    assert change_free(world)


@EACH_READ
@pytest.mark.parametrize("guard", ["protected", "administrators"])
def test_of_a_protected_user_nothing_but_that_is_shown_or_read(world: World, route: Route, guard: str) -> None:
    setattr(world.directory, guard, frozenset({ANNA}))
    response = send(world, route, HEADERS)
    assert refusal(response) == (403, "protectedUser")
    assert body(response)["detail"] == "This user is protected, so nothing about the user is shown."
    assert world.directory.asked_methods == []


@EACH_READ
@pytest.mark.parametrize("state", [frozenset({ANNA}), Stop(Code.THROTTLED, "Graph asked to wait.")])
def test_who_operates_the_webhook_sees_protected_users_too(
    world: World, route: Route, state: frozenset[str] | Stop
) -> None:
    world.directory.administrators = state
    world.callers = (NamedCaller("ops", frozenset({Right.READ, Right.OPERATE})),)
    world.doors["ops"] = Door("ops", world.log, "secret-of-the-operators")
    assert send(world, route, {"message": "ops.secret-of-the-operators"}).status == 200


@EACH_READ
def test_nothing_is_shown_while_it_is_not_known_who_is_protected(world: World, route: Route) -> None:
    world.directory.administrators = Stop(Code.THROTTLED, "Graph asked to wait.")
    response = send(world, route, HEADERS)
    assert refusal(response) == (503, "throttled")
    assert world.directory.asked_methods == []


@EACH_READ
def test_users_out_of_scope_are_shown(world: World, route: Route) -> None:
    world.directory.allowed = frozenset()
    assert send(world, route, HEADERS).status == 200
