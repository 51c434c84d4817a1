"""api/users.py: the user and the type in the path."""

from urllib.parse import quote

import pytest

from shared.core.models import METHOD_IDS, Method
from tests.support import UNUSUAL_UPNS
from tests.unit.api.users.routes import (
    ANNA,
    BJORN,
    EACH,
    READS,
    UPN,
    WRITES,
    Route,
    change_free,
    register,
    send,
    with_type,
    world_with_anna,
)
from tests.unit.graph_rules import Account
from tests.unit.people import ALTERNATE, MOBILE, OFFICE
from tests.unit.world import HEADERS, OLD, World, body, refusal

# The user in the path


SPELLINGS = [
    *(ANNA, ANNA.upper(), UPN, UPN.upper(), f" {UPN} ", f"{UPN}\u200b", f"mailto:{UPN}"),
    *(quote(UPN, safe=""), quote(quote(UPN, safe=""), safe=""), quote(quote(ANNA, safe=""))),
    *(quote(f"Anna <{UPN}>"), quote(f"{{{ANNA}}}")),
]


@EACH
def test_a_user_by_id_or_name_encoded_or_not(route: Route) -> None:
    told = {user: send(world_with_anna(), route, user=user).status for user in SPELLINGS}
    assert told == dict.fromkeys(SPELLINGS, route[3])


UNUSUAL = [*UNUSUAL_UPNS, "a&b=c;d@contoso.com"]


@pytest.mark.parametrize("times", [0, 1, 2])
@pytest.mark.parametrize("upn", UNUSUAL)
def test_unusual_names_encoded_as_often_as_a_connector_does(world: World, upn: str, times: int) -> None:
    register(world, Account({MOBILE: OLD}), BJORN, upn)
    user = upn
    for _ in range(times):
        user = quote(user, safe="")
    assert body(send(world, READS["list"], HEADERS, user=user))["userPrincipalName"] == upn
    assert body(send(world, WRITES["update"], user=user))["userId"] == BJORN


GARBAGE = [
    *(
        "",
        " ",
        "anna",
        "me",
        "*",
        ".",
        "..",
        "@",
        "@contoso.com",
        "anna@",
        "a@b@c",
        f"{ANNA}0",
        ANNA[:-1],
    ),
    *(
        "../groups/x@contoso.com",
        "..%2Fgroups@contoso.com",
        "..%252Fgroups@contoso.com",
        "a@contoso.com/authentication",
    ),
    *("a@contoso.com?$select=id", "a@contoso.com%3F", "a\\b@contoso.com", "a%00@contoso.com", "a\n@contoso.com"),
    *("a%250A@contoso.com", "\ud800@contoso.com", f"{'a' * 300}@contoso.com", "a@contoso.com\r\nX: y", "%", "%%%"),
    *(f"{UPN},{UPN}", f'["{UPN}","{UPN}"]', f'{{"id":"{ANNA}"}}', "%2525252f@@"),
]


@EACH
def test_what_names_no_user_is_not_found_and_nobody_is_asked(world: World, route: Route) -> None:
    told = {user: refusal(send(world, route, user=user)) for user in GARBAGE}
    assert told == dict.fromkeys(GARBAGE, (404, "userNotFound"))
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH
@pytest.mark.parametrize("user", ["nobody@contoso.com", BJORN, "caf%E9@contoso.com"])
def test_a_user_who_is_not_there(world: World, route: Route, user: str) -> None:
    response = send(world, route, user=user)
    assert refusal(response) == (404, "userNotFound")
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"


def test_a_name_is_no_other_users_though_it_looks_alike(world: World) -> None:
    for user in ("\uff41nna@contoso.com", "\u0430nna@contoso.com"):
        assert send(world, READS["list"], user=user).status == 404


# The type in the path


TYPED = pytest.mark.parametrize(
    "route", [READS["get"], WRITES["update"], WRITES["delete"]], ids=["get", "update", "delete"]
)


@TYPED
@pytest.mark.parametrize(
    ("text", "phone_type"),
    [
        ("mobile", MOBILE),
        ("Mobile", MOBILE),
        ("office", OFFICE),
        ("ALTERNATEMOBILE", ALTERNATE),
        ("alternatemobile", ALTERNATE),
        (METHOD_IDS[MOBILE], MOBILE),
        (METHOD_IDS[ALTERNATE].upper(), ALTERNATE),
        (METHOD_IDS[OFFICE], OFFICE),
        ("m%6Fbile", MOBILE),
        ("m%256Fbile", MOBILE),
    ],
)
def test_a_type_by_name_or_by_its_fixed_id(
    world: World, anna: Account, route: Route, text: str, phone_type: Method
) -> None:
    anna.phones = {phone_type: OLD}
    assert send(world, with_type(route, text)).status == route[3]
    if route in WRITES.values():
        assert {change.method for _, change in world.directory.written} == {phone_type}


@TYPED
@pytest.mark.parametrize(
    "text",
    ["fax", "", "mobile ", "mobil", "phone", "email", "smsSignIn", METHOD_IDS[Method.EMAIL], ANNA, "mobile/x", "%"],
)
def test_a_type_that_there_is_not(world: World, anna: Account, route: Route, text: str) -> None:
    anna.email = "anna.private@fabrikam.com"
    assert refusal(send(world, with_type(route, text))) == (404, "methodNotFound")
    assert change_free(world)
