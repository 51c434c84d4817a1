"""payload/beside.py: what only a signed body may say is refused in any other, and so is what nobody would read."""

import json
from functools import partial

import pytest

from shared.api.payload.beside import refuse_plan_id_in_unread_body
from shared.api.payload.envelope import KEYS, Envelope
from shared.api.payload.limit import NO_LIMIT
from shared.api.payload.phone_method import parse_phone_method
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.core.models import Method, Target
from shared.errors import MAX_FAULTS, InvalidBody
from tests.unit.api.payload.parsing import ANNA, ID, NUMBER, faults_of, raw
from tests.unit.api.payload.plans import MOBILE, account, request

SET = account(request(MOBILE, "Set", NUMBER))
ENTRY = {"userPrincipalName": ANNA, "mobile": NUMBER}
# Each list with its parser.
BODIES = [
    pytest.param(parse_users, {"users": [ANNA]}, id="users"),
    pytest.param(parse_users, {"value": {"id": ID}, "Count": 1}, id="value"),
    pytest.param(parse_values, {"users": [ENTRY]}, id="values"),
    pytest.param(parse_plan, {"accountRequests": [SET]}, id="plan"),
]
WORDS = [
    *(("planId", "If-Match"), ("PLANID", "If-Match"), ("plan_id", "If-Match"), ("ifMatch", "If-Match")),
    *(("If-Match", "If-Match"), ("idempotencyKey", "Idempotency-Key"), ("Idempotency-Key", "Idempotency-Key")),
    *(("reason", "X-Reason"), ("X-Reason", "X-Reason"), ("operation", "Remove it."), ("jobId", "Remove it.")),
]


@pytest.mark.parametrize(("parse", "body"), BODIES)
@pytest.mark.parametrize(("word", "instead"), WORDS)
def test_a_word_of_a_signed_call_is_told_where_it_goes(
    parse: object, body: dict[str, object], word: str, instead: str
) -> None:
    for sent in ({**body, word: "notThePlan"}, {word: None, **body}):
        ((pointer, detail),) = faults_of(parse, raw(sent))  # type: ignore[arg-type]
        assert pointer == f"/{word}"
        assert instead in detail
        assert detail.startswith("Only a signed call can have ")


@pytest.mark.parametrize(("parse", "body"), BODIES)
def test_async_is_told_to_routes_that_have_it(parse: object, body: dict[str, object]) -> None:
    for has_async, told in ((True, "?async=true"), (False, "async is not supported on this route.")):
        envelope = Envelope("x", has_async=has_async, is_signed=False)
        found = faults_of(partial(parse, limit=NO_LIMIT, envelope=envelope), raw({**body, "async": True}))  # type: ignore[arg-type, call-arg]
        assert [(pointer, told in detail) for pointer, detail in found] == [("/async", True)]


@pytest.mark.parametrize(
    ("parse", "body", "pointers"),
    [
        (parse_users, {"users": ["anna"], "planId": "x", "reason": "y"}, ["/planId", "/reason", "/users/0"]),
        (parse_values, {"planId": "x", "users": [{"UPN": ANNA, "mobil": NUMBER}]}, ["/planId", "/users/0/mobil"]),
        (parse_plan, {"accountRequests": [account(op="Delete")], "planId": "x"}, ["/planId", "/accountRequests/0/op"]),
        (parse_plan, {"accountRequest": [], "planId": "x"}, ["", "/planId"]),
        (parse_users, {"planId": "x"}, ["", "/planId"]),
        (parse_users, {"users": [ANNA], "scope": 1, "planId": "x"}, ["/users", "/scope", "/planId"]),
    ],
)
def test_it_is_told_with_all_other_faults(parse: object, body: object, pointers: list[str]) -> None:
    assert sorted(pointer for pointer, _ in faults_of(parse, raw(body))) == sorted(pointers)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["planId", "ifMatch", "Idempotency-Key", "async"])
def test_an_object_that_is_an_entry_itself(word: str) -> None:
    ((pointer, _),) = faults_of(parse_users, raw({"userPrincipalName": ANNA, word: "x"}))
    assert pointer == f"/{word}"
    ((pointer, detail),) = faults_of(parse_values, raw({**ENTRY, word: "x"}))
    assert pointer == f"/{word}"
    assert detail.startswith(("Only a signed call can have", "async is not supported"))


@pytest.mark.parametrize("name", [*KEYS[:1], "reason", "jobId", "plan", "planned", "department"])
def test_a_directorys_own_properties_of_an_entry_are_told_as_ignored(name: str) -> None:
    assert parse_users(raw({"userPrincipalName": ANNA, name: "hire"})).ignored == {Target(ANNA): (name,)}


@pytest.mark.parametrize("name", [*(key for key in KEYS if key != "dryRun"), "ifMatch"])
def test_in_the_entries_of_a_list_no_word_is_one_of_ours(name: str) -> None:
    assert parse_users(raw({"users": [{"userPrincipalName": ANNA, name: "x"}]})).ignored == {Target(ANNA): (name,)}


def test_a_signed_body_holds_them() -> None:
    words = {"operation": "set", "planId": "x", "reason": "r", "idempotencyKey": "k"}
    envelope = Envelope("set")
    assert parse_values(raw({**words, "users": [ENTRY]}), NO_LIMIT, envelope).entries == 1
    assert (envelope.plan_id, envelope.reason, envelope.idempotency_key) == ("x", "r", "k")


@pytest.mark.parametrize(("word", "meant"), [("ifMatch", "planId"), ("If-Match", "planId"), ("X-Reason", "reason")])
def test_a_signed_body_with_the_name_of_a_header(word: str, meant: str) -> None:
    body = raw({"operation": "reconcile", "users": [ANNA], word: "x"})
    found = faults_of(partial(parse_users, limit=NO_LIMIT, envelope=Envelope("reconcile")), body)
    assert found == [(f"/{word}", f"Unknown key. Did you mean {meant}?")]


def test_a_key_that_the_route_does_not_support_is_not_what_was_meant() -> None:
    body = raw({"operation": "report", "users": [ANNA], "plan_id": "x", "dryRn": True})
    envelope = Envelope("report", has_plan=False)
    found = faults_of(partial(parse_users, limit=NO_LIMIT, envelope=envelope), body)
    assert found == [(f"/{key}", "This is not supported on this route.") for key in ("plan_id", "dryRn")]


# Unknown keys


@pytest.mark.parametrize("name", ["foo", "group", "scope", "accountRequests", "Counts", "smsSignIn"])
def test_beside_values_nothing_unknown_is_passed_over(name: str) -> None:
    ((pointer, detail),) = faults_of(parse_values, raw({"users": [ENTRY], name: 1}))
    assert pointer == f"/{name}"
    assert detail.startswith("Unknown key beside a list of users.")


@pytest.mark.parametrize("name", ["Count", "count", "@odata.context", "@odata.count"])
def test_what_powershell_and_odata_write_beside_a_list_goes(name: str) -> None:
    assert parse_values(raw({"value": [ENTRY], name: 1})).entries == 1


@pytest.mark.parametrize("name", ["foo", "Count", "exportedAt", "Source"])
def test_beside_names_and_plans_other_systems_have_keys_of_their_own(name: str) -> None:
    assert parse_users(raw({"users": [ANNA], name: 1})).entries == 1
    assert parse_plan(raw({"accountRequests": [SET], name: 1})).entries == 1


def test_an_object_without_any_user_is_told_what_could_name_one() -> None:
    assert faults_of(parse_values, b'{"Count": 1}') == [
        ("", "The object names no user. Give one of: userPrincipalName, UPN, id, value, users.")
    ]


# Plans in XML


@pytest.mark.parametrize("word", ["planId", "ifMatch", "If-Match", "idempotencyKey", "async"])
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("<P {}='x'><AccountRequest nativeIdentity='a@b.example'/></P>", ""),
        ("<P><{}>x</{}><AccountRequest nativeIdentity='a@b.example'/></P>", ""),
        ("<AccountRequest nativeIdentity='a@b.example' {}='x'/>", "/accountRequests/0"),
    ],
)
def test_a_plan_in_xml(word: str, body: str, pointer: str) -> None:
    ((found, detail),) = faults_of(parse_plan, body.replace("{}", word).encode())
    assert found == f"{pointer}/{word}"
    assert "signed call" in detail or "not supported" in detail


def test_what_identityiq_itself_calls_so_goes() -> None:
    inner = '<Attributes><Map><entry key="operation" value="Create"/><entry key="reason" value="x"/></Map></Attributes>'
    body = f'<P reason="x">{inner}<AccountRequest nativeIdentity="{ANNA}">{inner}</AccountRequest></P>'
    assert parse_plan(body.encode()).entries == 1


# Single operations


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("smsSignIn", "Known names: phoneType, phoneNumber."),
        ("userPrincipalName", "Known names"),
        ("id", "Known names"),
        ("phoneNumer", "Did you mean phoneNumber?"),
        ("phone_type", "Did you mean phoneType?"),
        ("ifMatch", "planId is not supported on this route."),
        ("reason", "X-Reason"),
        ("+46 701740605", "Known names"),
    ],
)
def test_one_phone_method_with_anything_else(name: str, told: str) -> None:
    for expected in (None, Method.MOBILE):
        parse = partial(parse_phone_method, expected=expected)
        ((pointer, detail),) = faults_of(parse, raw({"phoneType": "mobile", "phoneNumber": NUMBER, name: True}))
        assert pointer == f"/{name}"
        assert told in detail
        assert name not in detail or name == "reason"


def test_it_is_told_with_what_else_is_wrong_there() -> None:
    found = faults_of(partial(parse_phone_method, expected=None), raw({"phoneType": "fax", "x": 1, "y": 2}))
    assert [pointer for pointer, _ in found] == ["/phoneType", "", "/x", "/y"]


def test_what_graphs_libraries_add_goes() -> None:
    body = {"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "phoneNumber": NUMBER}
    assert parse_phone_method(raw(body), Method.MOBILE) == (Method.MOBILE, NUMBER)


def test_another_key_after_many_of_those_is_not_passed_over() -> None:
    added = {f"@odata.{n}": "x" for n in range(MAX_FAULTS)}
    body = raw({"phoneNumber": NUMBER} | added | {"phoneNumer": "x"})
    ((pointer, _),) = faults_of(partial(parse_phone_method, expected=Method.MOBILE), body)
    assert pointer == "/phoneNumer"


# Bodies that are not read


@pytest.mark.parametrize(
    "body",
    [
        b'{"planId":"x"}',
        b"If-Match: x",
        json.dumps({"plan_id": 1}).encode("utf-16"),
        b"<planId/>",
        b"x" * 131_000 + b"planId",
    ],
)
def test_a_plan_id_in_a_body_that_is_not_read(body: bytes) -> None:
    with pytest.raises(InvalidBody, match="header If-Match"):
        refuse_plan_id_in_unread_body(body, Envelope("apply", job_id="x", is_signed=False))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"operation":"apply"}', b"x" * 131_000])
def test_any_other_body_that_is_not_read(body: bytes) -> None:
    refuse_plan_id_in_unread_body(body, Envelope("apply", job_id="x", is_signed=False))
