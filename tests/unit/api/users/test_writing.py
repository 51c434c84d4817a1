"""api/users.py: create, update, delete and SMS sign-in: statuses, codes and bodies."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from shared.api.users import handle_create
from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import METHOD_IDS, Change, Current, Outcome, SmsState, Stop, User
from shared.core.plan import Policy
from tests.unit.api.users.routes import (
    ANNA,
    MASKED_NEW,
    MASKED_OLD,
    UPN,
    WRITES,
    Route,
    change_free,
    create,
    delete,
    register,
    send,
    update,
    with_type,
)
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, InMemory, lost_after, lost_before, meanwhile, method
from tests.unit.world import NEW, OLD, World, body, code, refusal


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
    """Also when it is right already: a caller who creates is told."""
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


def test_an_update_with_anything_else_in_its_body(world: World) -> None:
    for name in ("smsSignIn", "ifMatch", "userPrincipalName"):
        response = send(world, update(phoneNumber=NEW, **{name: "bjorn@contoso.com"}))
        assert refusal(response) == (400, "invalidBody")
        assert [fault["pointer"] for fault in body(response)["errors"]] == [f"/{name}"]
    assert change_free(world)


def test_what_came_meanwhile_is_not_created_over(world: World, anna: Account) -> None:
    anna.phones.clear()
    world.directory.script(ANNA, meanwhile(MOBILE, OLD))
    assert refusal(send(world, create(phoneType="mobile", phoneNumber=NEW))) == (409, "methodExists")
    assert anna.phones == {MOBILE: OLD}


def test_the_rewrite_of_a_masked_number_does_not_become_an_overwrite(world: World, anna: Account) -> None:
    world.words["policy"], world.directory.masks = Policy(rewrite_masked=True), True

    def changed_and_lost(found: InMemory, user_id: str, change: Change) -> Outcome:
        found.phones[user_id][MOBILE] = NEW
        return lost_before(found, user_id, change)

    world.directory.script(ANNA, changed_and_lost)
    response = send(world, update(phoneNumber="+46 739999966"))  # looks like OLD when it is masked
    assert refusal(response) == (409, "planChanged")
    assert "The next call or run plans this user again" in str(body(response)["detail"])
    assert anna.phones == {MOBILE: NEW}
    assert send(world, update(phoneNumber="+46 739999966")).status == 200


def test_delete(world: World, anna: Account) -> None:
    response = send(world, WRITES["delete"])
    assert (response.status, response.body, response.headers["Cache-Control"]) == (204, b"", "no-store")
    assert len(response.headers["Correlation-Id"]) == 36
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


def test_a_lone_delete_is_a_case_for_the_guard_too(world: World) -> None:
    world.words["policy"] = Policy(max_removals_percent=0)
    assert send(world, WRITES["delete"]).status == 204
    register(world, Account({MOBILE: OLD}))
    world.directory.written.clear()
    world.words["policy"] = Policy(max_removals=0, max_removals_percent=0)
    assert refusal(send(world, WRITES["delete"])) == (422, "tooManyRemovals")
    assert change_free(world)


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


def test_sms_sign_in_off_without_a_mobile_is_as_requested(world: World, anna: Account) -> None:
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


def test_a_write_that_was_made_and_cannot_be_read_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    stop = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
    world.directory.look(ANNA, Current((method(OLD),)), stop)
    response = send(world, WRITES["update"])
    found = body(response)
    assert (response.status, found["phoneNumber"], found["smsSignInState"]) == (200, MASKED_NEW, None)
    assert "the method could not be read after the write: graphUnavailable" in caplog.text


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
