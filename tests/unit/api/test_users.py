"""api/users.py: the routes for one user. Statuses, codes and bodies; who may write, and who sees a number."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

import pytest

from shared.api.frame import WebResponse
from shared.api.users import (
    handle_create,
    handle_delete,
    handle_disable_sms_sign_in,
    handle_enable_sms_sign_in,
    handle_get,
    handle_list,
    handle_list_all,
    handle_update,
)
from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import (
    METHOD_IDS,
    Change,
    Current,
    Method,
    Outcome,
    OutcomeKind,
    ReadScope,
    ServiceAccount,
    SmsState,
    Stop,
    User,
)
from shared.core.plan import Policy
from shared.errors import SignInFailed, VaultUnavailable
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, InMemory, lost_after, method
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
)

ANNA, BJORN = "5b0e2f6c-0000-4000-8000-00000000000a", "5b0e2f6c-0000-4000-8000-00000000000b"
UPN = "anna@contoso.com"
CREATE = b'{"phoneType":"alternateMobile","phoneNumber":"+46 701740605"}'
UPDATE = b'{"phoneNumber":"+46 701740605"}'
MASKED_OLD, MASKED_NEW = "+46 *******66", "+46 *******05"

# Each route with a request that succeeds: handler, body, type in the path, status.
Route = tuple[Handle, bytes, str | None, int]
READS: dict[str, Route] = {
    "list": (handle_list, b"", None, 200),
    "list all": (handle_list_all, b"", None, 200),
    "get": (handle_get, b"", "mobile", 200),
}
WRITES: dict[str, Route] = {
    "create": (handle_create, CREATE, None, 201),
    "update": (handle_update, UPDATE, "mobile", 200),
    "delete": (handle_delete, b"", "mobile", 204),
    "enable": (handle_enable_sms_sign_in, b"", None, 200),
    "disable": (handle_disable_sms_sign_in, b"", None, 200),
}
EACH_READ = pytest.mark.parametrize("route", READS.values(), ids=READS)
EACH_WRITE = pytest.mark.parametrize("route", WRITES.values(), ids=WRITES)
EACH = pytest.mark.parametrize("route", (READS | WRITES).values(), ids=READS | WRITES)


def register(world: World, account: Account, user_id: str = ANNA, upn: str = UPN) -> Account:
    world.directory.add_account(user_id, account)
    world.directory.users[user_id] = User(user_id, upn, {MOBILE: None}, "SE", account.synced)
    return account


@pytest.fixture
def world() -> World:
    """Anna has a mobile number. Explicit values are on."""
    world = World().allow_explicit()
    register(world, Account({MOBILE: OLD}))
    return world


@pytest.fixture
def anna(world: World) -> Account:
    return world.directory.accounts[ANNA]


def send(
    world: World, route: Route, headers: Mapping[str, str] | None = None, query: str = "", user: str = UPN
) -> WebResponse:
    """With the explicit handshake, which opens all of these routes, where no headers are given."""
    handle, raw, phone_type, _ = route
    path = {"user": user} | ({} if phone_type is None else {"type": phone_type})
    return world.send(handle, raw, EXPLICIT_HEADERS if headers is None else headers, query, **path)


def with_type(route: Route, phone_type: str) -> Route:
    return (*route[:2], phone_type, route[3])


def with_body(route: Route, **words: object) -> Route:
    return (route[0], json.dumps(words).encode(), *route[2:])


create, update = partial(with_body, WRITES["create"]), partial(with_body, WRITES["update"])
delete = partial(with_type, WRITES["delete"])


def change_free(world: World) -> bool:
    """Whether nothing was written or tried."""
    return world.directory.written == []


# Reading


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
    assert send(world, route, EXPLICIT_HEADERS).status == 401


@EACH_READ
def test_reading_writes_nothing_and_protects_nobody(world: World, route: Route) -> None:
    world.directory.protected = frozenset({ANNA})
    assert send(world, route, HEADERS).status == 200
    assert change_free(world)


# The full number


@EACH_READ
@pytest.mark.parametrize("query", ["show=full", "SHOW=FULL", "code=x&show=Full"])
def test_the_full_number_with_the_explicit_handshake_and_a_line_in_the_log(
    world: World, anna: Account, route: Route, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    anna.email = "anna.private@fabrikam.com"
    with caplog.at_level(logging.DEBUG):
        response = send(world, route, query=query)
    assert response.status == 200
    assert OLD in response.body.decode()
    assert ("anna.private" in response.body.decode()) is (route[0] is handle_list_all)
    (line,) = [record for record in caplog.records if "audit" in record.getMessage()]
    assert line.levelno >= logging.WARNING
    assert line.getMessage() == f"[{body(response)['correlationId']}] audit: the full numbers of user {ANNA} were shown"
    assert not [text for text in ("701740", "anna.private", UPN, EXPLICIT) if text in caplog.text]


@EACH_READ
def test_not_with_the_ordinary_handshake(world: World, route: Route, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert refusal(send(world, route, HEADERS, "show=full")) == (401, "unauthorized")
    assert world.directory.calls == []
    assert "audit" not in caplog.text


@EACH_READ
@pytest.mark.parametrize("headers", [HEADERS, EXPLICIT_HEADERS], ids=["ordinary", "explicit"])
def test_not_where_explicit_values_are_off(world: World, route: Route, headers: Mapping[str, str]) -> None:
    world.allows_explicit = False
    response = send(world, route, headers, "show=full")
    assert refusal(response) == ((403, "explicitDisabled") if headers is HEADERS else (401, "unauthorized"))
    assert world.directory.calls == []


@EACH_READ
@pytest.mark.parametrize("query", ["", "show=masked", "SHOW=MASKED"])
def test_not_unasked(world: World, route: Route, query: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        response = send(world, route, query=query)
    assert (response.status, "701740" in response.body.decode(), "audit" in caplog.text) == (200, False, False)


@EACH
@pytest.mark.parametrize("query", ["show=", "show", "show=all", "show=full&show=full", "show=true", "x=1;show=full"])
def test_what_is_to_be_shown_has_to_be_understood(world: World, route: Route, query: str) -> None:
    assert refusal(send(world, route, query=query)) == (400, "invalidQuery")
    assert world.directory.calls == []


@EACH_WRITE
def test_a_write_shows_no_full_number_whatever_is_asked_for(world: World, route: Route) -> None:
    response = send(world, route, query="show=full")
    assert response.status == route[3]
    assert b"701740" not in response.body


def test_a_user_who_is_not_there_leaves_no_audit_line(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert send(world, READS["list"], query="show=full", user="nobody@contoso.com").status == 404
    assert "audit" not in caplog.text


# Writing


def test_create(world: World, anna: Account) -> None:
    response = send(world, WRITES["create"])
    assert response.status == 201
    found = body(response)
    del found["correlationId"]
    assert found == {
        "id": METHOD_IDS[ALTERNATE],
        "phoneType": "alternateMobile",
        "phoneNumber": MASKED_NEW,
        "smsSignInState": "notSupported",
        "userId": ANNA,
        "source": "explicit",
        "code": "added",
    }
    assert anna.phones == {MOBILE: OLD, ALTERNATE: NEW}
    assert world.log == ["vault", "explicit vault", "sign-in"]


@pytest.mark.parametrize("phone_type", ["mobile", "office", "Office", "ALTERNATEMOBILE"])
@pytest.mark.parametrize("number", [OLD, NEW])
def test_create_what_exists(world: World, anna: Account, phone_type: str, number: str) -> None:
    """Also when it is right already: who creates wants to hear of it."""
    anna.phones = {MOBILE: OLD, ALTERNATE: OLD, OFFICE: OLD}
    response = send(world, create(phoneType=phone_type, phoneNumber=number))
    assert refusal(response) == (409, "methodExists")
    assert change_free(world)


def test_an_alternate_without_a_mobile(world: World, anna: Account) -> None:
    anna.phones.clear()
    assert refusal(send(world, WRITES["create"])) == (409, "noMobile")


def test_update(world: World, anna: Account) -> None:
    response = send(world, WRITES["update"])
    found = body(response)
    assert (response.status, found["code"], found["source"], found["phoneNumber"]) == (
        *(200, "updated", "explicit", MASKED_NEW),
    )
    assert anna.phones == {MOBILE: NEW}


def test_an_update_to_what_is_there_writes_nothing(world: World) -> None:
    response = send(world, update(phoneNumber="0046 70 174 06 66"))
    assert (response.status, code(response), body(response)["phoneNumber"]) == (200, "unchanged", MASKED_OLD)
    assert change_free(world)


def test_an_update_of_what_is_not_there(world: World, anna: Account) -> None:
    assert refusal(send(world, with_type(WRITES["update"], "office"))) == (404, "methodNotFound")
    assert anna.phones == {MOBILE: OLD}


def test_an_update_whose_body_names_another_type(world: World) -> None:
    response = send(world, update(phoneType="office", phoneNumber=NEW))
    assert refusal(response) == (400, "invalidBody")
    assert body(response)["errors"][0]["pointer"] == "/phoneType"
    assert change_free(world)
    assert send(world, update(phoneType="Mobile", phoneNumber=NEW)).status == 200


def test_delete(world: World, anna: Account) -> None:
    response = send(world, WRITES["delete"])
    assert (response.status, response.body, dict(response.headers)) == (204, b"", {"Cache-Control": "no-store"})
    assert anna.phones == {}
    assert refusal(send(world, WRITES["delete"])) == (404, "methodNotFound")


def test_what_may_not_be_deleted(world: World, anna: Account) -> None:
    anna.phones = {MOBILE: OLD, ALTERNATE: NEW}
    assert refusal(send(world, WRITES["delete"])) == (409, "alternateExists")
    anna.default = (ALTERNATE, None)
    response = send(world, delete("alternateMobile"))
    assert refusal(response) == (409, "defaultMethod")
    anna.default = None
    assert send(world, delete("alternateMobile")).status == 204
    assert send(world, WRITES["delete"]).status == 204


@pytest.mark.parametrize(
    "route",
    [create(phoneType="office", phoneNumber=NEW), with_type(WRITES["update"], "office"), delete("office")],
    ids=["create", "update", "delete"],
)
def test_the_office_number_of_a_synchronised_user(world: World, route: Route) -> None:
    phones = {} if route[0] is handle_create else {OFFICE: OLD}
    register(world, Account(phones, synced=True))
    assert refusal(send(world, route)) == (409, "officeSynced")
    assert change_free(world)


def test_a_lone_delete_is_no_case_for_the_guard(world: World) -> None:
    world.words["policy"] = Policy(max_removals_percent=0)
    assert send(world, WRITES["delete"]).status == 204


def test_sms_sign_in_on_and_off(world: World) -> None:
    for route, code_, after in (("enable", "enabled", "ready"), ("disable", "disabled", "notEnabled")):
        for expected in (code_, "unchanged"):
            response = send(world, WRITES[route])
            found = body(response)
            assert (response.status, found["code"], found["smsSignInState"]) == (200, expected, after)
            assert (found["phoneType"], found["phoneNumber"], found["userId"]) == ("mobile", MASKED_OLD, ANNA)
    assert len(world.directory.written) == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"phones": {}, "state": None}, (409, "noMobile")),
        ({"state": SmsState.NOT_ALLOWED_BY_POLICY, "policy": SmsPolicy.FORBIDS}, (409, "smsSignInNotAllowed")),
        ({"taken": frozenset({OLD})}, (409, "phoneNumberNotUnique")),
        ({"taken": frozenset({OLD}), "complains": True}, (409, "phoneNumberNotUnique")),
        ({"deaf": True}, (502, "smsSignInNotChanged")),
    ],
    ids=["no mobile", "policy", "not unique", "not unique and refused", "nothing happened"],
)
def test_sms_sign_in_that_cannot_be_had(
    world: World, anna: Account, words: Mapping[str, object], expected: tuple[int, str]
) -> None:
    for name, value in words.items():
        setattr(anna, name, value)
    response = send(world, WRITES["enable"])
    assert refusal(response) == expected
    assert b"701740" not in response.body


def test_sms_sign_in_off_without_a_mobile_is_as_wished(world: World, anna: Account) -> None:
    anna.phones, anna.state = {}, None
    response = send(world, WRITES["disable"])
    assert (response.status, code(response), body(response)["phoneNumber"]) == (200, "unchanged", None)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("12", (400, "invalidNumber")),
        ("call me", (400, "invalidNumber")),
        ("+46 900 123 45 67", (400, "invalidNumber")),
        ("+999 123456789", (400, "invalidNumber")),
        ("", (400, "invalidBody")),
        (None, (400, "invalidBody")),
        (46701740605, (400, "invalidBody")),
        (["+46 701740605"], (400, "invalidBody")),
    ],
)
@pytest.mark.parametrize("make", [partial(create, phoneType="office"), update], ids=["create", "update"])
def test_a_number_that_is_none(
    world: World, make: Callable[..., Route], number: object, expected: tuple[int, str]
) -> None:
    response = send(world, make(phoneNumber=number))
    assert refusal(response) == expected
    assert change_free(world)


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"[]", b"{}", b"null", b'"+46 701740605"', b'{"phoneNumber":"1","dryRun":1}']
)
@pytest.mark.parametrize("name", ["create", "update"])
def test_a_body_that_says_nothing(world: World, name: str, raw: bytes) -> None:
    handle, _, phone_type, status = WRITES[name]
    assert refusal(send(world, (handle, raw, phone_type, status))) == (400, "invalidBody")
    assert "sign-in" not in world.log


def test_a_national_number_is_one_of_the_users_country_or_of_the_default_region(world: World, anna: Account) -> None:
    assert send(world, update(phoneNumber="070-174 06 05")).status == 200
    assert anna.phones == {MOBILE: NEW}
    world.directory.users[ANNA] = User(ANNA, UPN, {MOBILE: None})
    assert refusal(send(world, update(phoneNumber="070-174 06 66"))) == (400, "invalidNumber")
    world.words["source"] = DirectorySource(default_region="SE")
    assert send(world, update(phoneNumber="070-174 06 66")).status == 200
    assert anna.phones == {MOBILE: OLD}


def test_a_mobile_that_is_removed_by_the_directory_source_elsewhere_is_not_here(world: World, anna: Account) -> None:
    """ON_EMPTY=remove and an empty attribute: a route for one user does what it says and nothing else."""
    assert send(world, WRITES["create"]).status == 201
    assert anna.phones[MOBILE] == OLD


def test_a_number_just_written_is_shown_while_graph_still_shows_the_old_one(world: World) -> None:
    stale = Current((method(OLD, MOBILE, SmsState.NOT_ENABLED),))
    world.directory.look(ANNA, stale, stale)
    response = send(world, WRITES["update"])
    assert (response.status, body(response)["phoneNumber"]) == (200, MASKED_NEW)
    world.directory.look(ANNA, stale, stale)
    response = send(world, WRITES["create"])
    found = body(response)
    assert (response.status, found["phoneNumber"], found["smsSignInState"]) == (201, MASKED_NEW, None)


def test_a_write_that_was_made_and_cannot_be_read_again(world: World) -> None:
    stop = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
    world.directory.look(ANNA, Current((method(OLD),)), stop)
    response = send(world, WRITES["update"])
    found = body(response)
    assert (response.status, found["phoneNumber"], found["smsSignInState"]) == (200, MASKED_NEW, None)


def test_a_masked_number_whose_visible_digits_agree(world: World) -> None:
    world.directory.masks = True
    response = send(world, update(phoneNumber="+46 701740966"))
    assert (response.status, code(response)) == (200, "maskedMatch")
    world.words["policy"] = Policy(rewrite_masked=True)
    assert (send(world, update(phoneNumber="+46 701740966")).status, len(world.directory.written)) == (200, 1)


def test_a_lost_answer_is_looked_after_and_nothing_is_sent_twice(world: World) -> None:
    for name in ("create", "update", "delete"):
        world.directory.written.clear()
        world.directory.script(ANNA, lost_after)
        world.directory.accounts[ANNA].phones.pop(ALTERNATE if name == "delete" else OFFICE, None)
        assert send(world, WRITES[name]).status == WRITES[name][3]
        assert len(world.directory.written) == 1


# Who may write


@EACH_WRITE
@pytest.mark.parametrize("headers", [{}, HEADERS, EXPLICIT_HEADERS], ids=["none", "ordinary", "explicit"])
@pytest.mark.parametrize("query", ["", "dryRun=true", "show=full", "show=x"])
def test_nobody_where_explicit_values_are_off(
    world: World, route: Route, headers: Mapping[str, str], query: str
) -> None:
    world.allows_explicit = False
    assert refusal(send(world, route, headers, query)) == (403, "explicitDisabled")
    assert (world.log, world.directory.calls) == ([], [])


@EACH_WRITE
def test_nobody_with_the_ordinary_handshake(world: World, route: Route) -> None:
    assert refusal(send(world, route, HEADERS)) == (401, "unauthorized")
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH
def test_nobody_without_one(world: World, route: Route) -> None:
    assert refusal(send(world, route, {})) == (401, "unauthorized")
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH_WRITE
def test_nobody_writes_to_a_protected_user(world: World, route: Route) -> None:
    world.directory.protected = frozenset({ANNA})
    assert refusal(send(world, route)) == (403, "protectedUser")
    assert change_free(world)


@EACH_WRITE
@pytest.mark.parametrize("account", [ServiceAccount(ANNA, "x@contoso.com"), ServiceAccount(None, UPN.upper())])
def test_nobody_writes_to_the_webhooks_own_account(world: World, route: Route, account: ServiceAccount) -> None:
    world.account = account
    assert refusal(send(world, route)) == (403, "serviceAccount")
    assert change_free(world)


@EACH_WRITE
def test_without_the_protected_group_nothing_is_written(world: World, route: Route) -> None:
    world.directory.protected = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
    response = send(world, route)
    assert refusal(response) == (503, "graphUnavailable")
    assert "protected group" in body(response)["detail"]
    assert change_free(world)


@EACH
@pytest.mark.parametrize("query", ["dryRun=true", "dryRun=false", "dryrun=0", "dryRun=", "dry-run=1", "x;dryRun=1"])
def test_there_is_no_dry_run_and_nothing_is_done(world: World, route: Route, query: str) -> None:
    assert refusal(send(world, route, query=query)) == (400, "invalidQuery")
    assert world.directory.calls == []


# The order of the checks: each request has every later fault too


@EACH
def test_the_order_of_the_checks(world: World, route: Route) -> None:
    faulty = (route[0], b"x", None if route[2] is None else "fax", route[3])
    query, user = "show=x&dryRun=1", "nobody"
    assert code(send(world, (route[0], b"x" * 2001, *faulty[2:]), {}, query, user)) == "tooLarge"
    world.explicit.trouble = VaultUnavailable("x")
    assert code(send(world, faulty, {}, query, user)) == "vaultUnavailable"
    world.explicit.trouble = None
    assert code(send(world, faulty, {}, query, user)) == "unauthorized"
    assert code(send(world, faulty, None, query, user)) == "invalidQuery"
    assert code(send(world, faulty, None, "", user)) == "userNotFound"
    world.sign_in_trouble = SignInFailed("AADSTS50126")
    if route[0] is handle_create:
        assert code(send(world, faulty)) == "invalidBody"
    elif route[2] is not None:
        assert code(send(world, faulty)) == "methodNotFound"
    assert "sign-in" not in world.log
    assert code(send(world, route, user="nobody@contoso.com")) == "graphSignInFailed"
    assert world.directory.calls == []


# The user in the path


@EACH
@pytest.mark.parametrize(
    "user",
    [
        ANNA,
        ANNA.upper(),
        UPN,
        UPN.upper(),
        f" {UPN} ",
        quote(UPN, safe=""),
        quote(quote(UPN, safe=""), safe=""),
        quote(quote(ANNA, safe="")),
    ],
    ids=["id", "id in capitals", "upn", "upn in capitals", "white space", "encoded", "twice", "id encoded"],
)
def test_a_user_by_id_or_name_encoded_or_not(world: World, route: Route, user: str) -> None:
    assert send(world, route, user=user).status == route[3]


UNUSUAL = [
    "adele.vance_fabrikam.com#EXT#@contoso.onmicrosoft.com",
    "siobhan.o'brien@contoso.com",
    "nils+mfa@contoso.com",
    "$finance@contoso.com",
    "\u00e5sa.\u00f6berg@contoso.com",
    "a&b=c;d@contoso.com",
]


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
        f"{{{ANNA}}}",
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
@pytest.mark.parametrize("user", GARBAGE)
def test_what_names_no_user_is_not_found_and_nobody_is_asked(world: World, route: Route, user: str) -> None:
    response = send(world, route, user=user)
    assert refusal(response) == (404, "userNotFound")
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH
@pytest.mark.parametrize("user", ["nobody@contoso.com", BJORN, "caf%E9@contoso.com"])
def test_a_user_who_is_not_there(world: World, route: Route, user: str) -> None:
    response = send(world, route, user=user)
    assert refusal(response) == (404, "userNotFound")
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"


def test_a_name_is_no_other_users_though_it_looks_alike(world: World) -> None:
    for user in ("\uff41nna@contoso.com", "anna@contoso.com\u200b", "\u0430nna@contoso.com"):
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


# What goes wrong behind


@EACH
@pytest.mark.parametrize(
    ("why", "status"),
    [
        (Code.FORBIDDEN, 403),
        (Code.THROTTLED, 503),
        (Code.GRAPH_UNAVAILABLE, 503),
        (Code.GRAPH_ERROR, 502),
        (Code.DEADLINE, 504),
    ],
)
def test_methods_that_cannot_be_read(world: World, route: Route, why: Code, status: int) -> None:
    world.directory.unreadable[ANNA] = Stop(why, "The reason.")
    response = send(world, route)
    assert refusal(response) == (status, why.value)
    assert body(response)["detail"] == "The reason."
    assert response.headers.get("Retry-After") == ("30" if status == 503 else None)
    assert change_free(world)


@EACH_WRITE
@pytest.mark.parametrize(
    ("kind", "why", "status"),
    [
        (OutcomeKind.FAILED, Code.FORBIDDEN, 403),
        (OutcomeKind.FAILED, Code.THROTTLED, 503),
        (OutcomeKind.FAILED, Code.DEADLINE, 504),
        (OutcomeKind.FAILED, Code.GRAPH_ERROR, 502),
        (OutcomeKind.REFUSED, Code.GRAPH_ERROR, 502),
        (OutcomeKind.REFUSED, Code.PHONE_NUMBER_NOT_UNIQUE, 409),
        (OutcomeKind.LOST, Code.GRAPH_UNAVAILABLE, 503),
    ],
    ids=lambda value: str(value),
)
def test_a_write_that_failed(
    world: World, anna: Account, route: Route, kind: OutcomeKind, why: Code, status: int
) -> None:
    anna.state = SmsState.READY if route[0] is handle_disable_sms_sign_in else SmsState.NOT_ENABLED

    def fails(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
        return Outcome(kind, Stop(why, "The reason."))

    world.directory.script(ANNA, *[fails] * 5)
    before = dict(anna.phones)
    response = send(world, route)
    assert refusal(response) == (status, why.value)
    assert b"701740" not in response.body
    assert anna.phones == before


def test_a_write_lost_whose_end_cannot_be_seen_is_no_success(world: World) -> None:
    gone = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
    world.directory.script(ANNA, lost_after)
    world.directory.look(ANNA, Current((method(OLD),)), gone)
    response = send(world, WRITES["update"])
    assert refusal(response) == (503, "graphUnavailable")
    assert "outcome is unknown" in body(response)["detail"]


def test_no_line_holds_a_number_a_name_or_a_secret(
    world: World, anna: Account, caplog: pytest.LogCaptureFixture
) -> None:
    anna.state = SmsState.READY
    with caplog.at_level(logging.DEBUG):
        for route in (READS | WRITES).values():
            for headers in (None, HEADERS):
                send(world, route, headers)
            send(world, route, user="+46 701740605")
            send(world, route, query="show=%2B46701740605")
    assert not [text for text in ("701740", UPN, SECRET, EXPLICIT) if text in caplog.text]
    assert f"user {ANNA} updated source=explicit" in caplog.text


@EACH_WRITE
def test_every_write_leaves_a_line(world: World, anna: Account, route: Route, caplog: pytest.LogCaptureFixture) -> None:
    anna.state = SmsState.READY if route[0] is handle_disable_sms_sign_in else SmsState.NOT_ENABLED
    with caplog.at_level(logging.INFO):
        send(world, route)
    (line,) = [record.getMessage().partition("] ")[2] for record in caplog.records]
    assert line.startswith(f"user {ANNA} ")
    assert line.endswith(" source=explicit")
