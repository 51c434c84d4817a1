"""api/payload/users.py: a body that names no user but whom the job lists itself."""

import json

import pytest

from shared.api.payload.envelope import UNSIGNED, Envelope
from shared.api.payload.limit import NO_LIMIT
from shared.api.payload.users import LONGEST_SCOPE, UserList, parse_users
from shared.core.models import Target
from tests.unit.api.payload.parsing import ANNA, BJORN, faults_of, raw

GROUP = "9009C000-0000-4000-8000-00000000009c"


def scope_of(body: object, envelope: Envelope = UNSIGNED) -> str:
    return parse_users(raw(body), NO_LIMIT, envelope).scope


@pytest.mark.parametrize(
    ("body", "scope"),
    [
        ({"scope": "everyone"}, "everyone"),
        ({"Scope": "everyone"}, "everyone"),
        ({"group": GROUP}, GROUP.lower()),
        ({"GROUP": GROUP}, GROUP.lower()),
    ],
)
def test_everyone_and_a_group(body: object, scope: str) -> None:
    assert scope_of(body) == scope
    assert parse_users(raw(body)) == UserList((), 0, scope=scope)


@pytest.mark.parametrize(
    "body",
    [
        [ANNA],
        ANNA,
        {"users": [ANNA]},
        {"userPrincipalName": ANNA},
        # A user's own properties, as an HR system sends them.
        {"userPrincipalName": ANNA, "group": "Sales", "scope": "x"},
        [{"userPrincipalName": ANNA, "group": GROUP}, {"userPrincipalName": BJORN, "scope": "everyone"}],
    ],
)
def test_a_body_that_names_users_has_none(body: object) -> None:
    assert scope_of(body) == ""
    assert Target(ANNA) in parse_users(raw(body)).targets


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"scope": "Everyone"}, ["/scope"]),
        ({"scope": ""}, ["/scope"]),
        ({"scope": True}, ["/scope"]),
        ({"scope": ["everyone"]}, ["/scope"]),
        ({"group": "everyone"}, ["/group"]),
        ({"group": f"{GROUP}\n"}, ["/group"]),
        ({"group": f"{GROUP}/x"}, ["/group"]),
        ({"group": None}, ["/group"]),
        ({"group": GROUP, "scope": "everyone"}, [""]),
        ({"scope": "everyone", "users": [ANNA]}, ["/users"]),
        ({"scope": "everyone", "filter": "department eq 'Sales'"}, ["/filter"]),
        ({"scope": "x", "value": [], "top": 5}, ["/value", "/top", "/scope"]),
        ({"scope": "everyone", "dryRun": True}, ["/dryRun"]),
    ],
)
def test_what_could_mean_something_else_is_refused(body: object, pointers: list[str]) -> None:
    assert [pointer for pointer, _ in faults_of(parse_users, raw(body))] == pointers


def test_what_scope_can_be_is_said_and_how_to_name_a_group() -> None:
    ((_, detail),) = faults_of(parse_users, raw({"scope": "group"}))
    assert detail == 'scope can only be "everyone". For a group, send {"group": "<object id>"}.'


def test_a_key_that_stands_twice_is_refused() -> None:
    body = f'{{"group": "{GROUP}", "group": "{GROUP}"}}'.encode()
    assert [pointer for pointer, _ in faults_of(parse_users, body)] == [""]


def test_a_long_body_holds_a_list() -> None:
    body = b" " * LONGEST_SCOPE + json.dumps({"scope": "everyone"}).encode()
    assert [pointer for pointer, _ in faults_of(parse_users, body)] == ["", "/scope"]


def test_of_a_signed_call_only_for_the_operation_that_has_it() -> None:
    body = {"operation": "reconcile", "scope": "everyone", "dryRun": True}
    envelope = Envelope("reconcile", has_async=True, has_scope=True)
    assert (scope_of(body, envelope), envelope.dry_run) == ("everyone", True)
    faults = faults_of(lambda sent: parse_users(sent, NO_LIMIT, Envelope("reconcile")), raw(body))
    assert faults == [("/scope", "This is not supported on this route.")]


@pytest.mark.parametrize("value", ["Everyone", "all", "", None, True, GROUP])
def test_what_else_a_scope_could_be_is_told(value: object) -> None:
    detail = 'scope can only be "everyone". For a group, send {"group": "<object id>"}.'
    assert faults_of(parse_users, raw({"scope": value})) == [("/scope", detail)]


def test_a_word_of_a_signed_call_says_where_it_goes() -> None:
    found = faults_of(parse_users, raw({"group": GROUP, "planId": "x", "filter": 1}))
    assert [pointer for pointer, _ in found] == ["/planId", "/filter"]
    assert "If-Match" in found[0][1]
