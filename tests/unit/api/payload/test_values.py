"""payload/values.py: JSON in which the caller says what its users should have."""

import contextlib
import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.api.payload.distinct import Entry, distinct_users
from shared.api.payload.document import Place, near_miss
from shared.api.payload.values import parse_values
from shared.core.desired import Requested, RequestedValue, Spot
from shared.core.models import Method, Target
from shared.errors import MAX_FAULTS, InvalidBody
from tests.unit.api.payload.parsing import ANNA, BJORN, ID, NUMBER, OTHER, faults_of, raw


def parsed(document: object) -> dict[Target, Requested]:
    return dict(parse_values(json.dumps(document).encode()).users)


def requested(**properties: object) -> Requested:
    (only,) = parsed({"userPrincipalName": ANNA, **properties}).values()
    return only


def faults(body: object) -> list[tuple[str, str]]:
    return faults_of(parse_values, raw(body))


def fault(**properties: object) -> tuple[str, str]:
    (only,) = faults([{"userPrincipalName": ANNA, **properties}])
    return only


def test_every_value_that_can_be_set() -> None:
    assert requested(
        mobile=NUMBER, alternateMobile=OTHER, office="+1 2065550100", email="anna@example.com", smsSignIn=True
    ) == Requested(
        {
            Method.MOBILE: RequestedValue(NUMBER),
            Method.ALTERNATE_MOBILE: RequestedValue(OTHER),
            Method.OFFICE: RequestedValue("+1 2065550100"),
            Method.EMAIL: RequestedValue("anna@example.com"),
        },
        sms_sign_in=True,
    )


def test_null_removes_and_what_is_left_out_is_left_alone() -> None:
    assert requested(mobile=None) == Requested({Method.MOBILE: RequestedValue(None)})


def test_sms_sign_in_alone_is_enough() -> None:
    assert requested(smsSignIn=False) == Requested({}, sms_sign_in=False)


def test_names_of_properties_in_any_case() -> None:
    assert requested(ALTERNATEMOBILE=NUMBER, smssignin=True) == Requested(
        {Method.ALTERNATE_MOBILE: RequestedValue(NUMBER)}, True
    )


def test_texts_are_trimmed() -> None:
    assert requested(mobile=f" {NUMBER}\r\n") == requested(mobile=NUMBER)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda entry: entry,
        lambda entry: [entry],
        lambda entry: {"value": [entry], "Count": 1},
        lambda entry: {"USERS": entry},
    ],
    ids=["bare", "list", "value", "users with a bare object"],
)
def test_the_list_is_found_however_it_is_wrapped(wrap: Callable[[object], object]) -> None:
    assert list(parsed(wrap({"UserPrincipalName": ANNA, "mobile": NUMBER}))) == [Target(upn=ANNA)]


def test_a_user_by_id() -> None:
    assert list(parsed([{"Id": ID.upper(), "mobile": NUMBER}])) == [Target(id=ID)]


def test_the_number_of_entries_counts_doubles() -> None:
    entry = {"userPrincipalName": ANNA, "mobile": NUMBER}
    found = parse_values(json.dumps([entry, {"userPrincipalName": BJORN, "mobile": None}, entry]).encode())
    assert (list(found.users), found.entries) == ([Target(upn=ANNA), Target(upn=BJORN)], 3)


# Faults


@pytest.mark.parametrize("entry", [{"userPrincipalName": ANNA}, ANNA, {"id": ID}])
def test_an_entry_that_asks_for_nothing(entry: object) -> None:
    ((pointer, detail),) = faults([entry])
    assert pointer == "/0"
    assert detail.startswith("This sets nothing")


@pytest.mark.parametrize("text", ["", "  ", "\t\r\n"])
@pytest.mark.parametrize("name", ["mobile", "alternateMobile", "office", "email"])
def test_an_empty_text_does_not_remove(name: str, text: str) -> None:
    pointer, detail = fault(**{name: text})
    assert pointer == f"/0/{name}"
    assert detail.startswith("This is empty. To remove the value, send null")


@pytest.mark.parametrize("value", [46701740605, 1.5, True, [], [NUMBER], {"number": NUMBER}])
def test_a_value_that_is_no_text(value: object) -> None:
    pointer, detail = fault(mobile=value)
    assert pointer == "/0/mobile"
    assert detail.startswith("This must be a string")


@pytest.mark.parametrize("value", ["true", "on", 1, 0, [], {}])
def test_sms_sign_in_is_true_or_false(value: object) -> None:
    assert fault(smsSignIn=value) == ("/0/smsSignIn", "This must be true or false.")


def test_sms_sign_in_null_is_not_guessed_to_be_off() -> None:
    pointer, detail = fault(smsSignIn=None)
    assert pointer == "/0/smsSignIn"
    assert "leave alone" in detail


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("moblie", "mobile"),
        ("mobil", "mobile"),
        ("alternativeMobile", "alternateMobile"),
        ("e-mail", "email"),
        ("sms_sign_in", "smsSignIn"),
        ("userPrincipleName", "userPrincipalName"),
    ],
)
def test_a_misspelt_property_is_a_fault_that_names_the_right_one(name: str, meant: str) -> None:
    pointer, detail = fault(mobile=NUMBER, **{name: NUMBER})
    assert pointer == f"/0/{name}"
    assert detail.endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize("name", ["displayName", "x", "", "a/b~c"])
def test_any_other_property_is_a_fault_too(name: str) -> None:
    pointer, detail = fault(mobile=NUMBER, **{name: 1})
    assert pointer == f"/0/{name.replace('~', '~0').replace('/', '~1')}"
    assert "alternateMobile" in detail


@pytest.mark.parametrize(
    "body",
    [
        b'{"userPrincipalName": "a@contoso.com", "mobile": "1", "Mobile": "2"}',
        b'{"userPrincipalName": "a@contoso.com", "mobile": null, "mobile": null}',
    ],
)
def test_a_property_that_stands_twice(body: bytes) -> None:
    assert faults(body) == [("", "mobile is given 2 times. It is not clear which one counts.")]


def test_two_spellings_of_the_user() -> None:
    body = b'[{"userPrincipalName": "a@contoso.com", "UserPrincipalName": "b@contoso.com", "mobile": "1"}]'
    assert [pointer for pointer, _ in faults(body)] == ["/0"]


def test_a_dry_run_asked_for_in_the_body() -> None:
    assert [pointer for pointer, _ in faults({"dryRun": True, "userPrincipalName": ANNA, "mobile": None})] == [
        "/dryRun"
    ]


def test_every_fault_is_found_at_once_in_the_order_of_the_document() -> None:
    document = [
        {"userPrincipalName": "anna", "mobile": 1, "office": ""},
        {"mobile": NUMBER},
        {"id": "E-4711", "smsSignIn": "on"},
        {"userPrincipalName": ANNA, "mobile": NUMBER},
    ]
    assert [pointer for pointer, _ in faults(document)] == [
        *("/0/userPrincipalName", "/0/mobile", "/0/office"),
        "/1",
        *("/2/id", "/2/smsSignIn"),
    ]


@pytest.mark.parametrize("entry", [{}, {"userPrincipalName": "x", "mobile": NUMBER}, {"id": ID, "x": 1}])
def test_no_more_faults_are_collected_than_show_that_there_are_more(entry: object) -> None:
    assert len(faults([entry] * (3 * MAX_FAULTS))) == MAX_FAULTS + 1


def test_more_faults_than_can_be_reported_are_not_looked_for() -> None:
    entries = iter([Entry(Place(), faults=[Place().fault("Wrong.")])] * (2 * MAX_FAULTS))
    with pytest.raises(InvalidBody) as refusal:
        distinct_users(entries)
    assert len(refusal.value.faults) == MAX_FAULTS + 1
    assert next(entries, None) is not None


def test_no_more_faults_than_that_in_one_entry_either() -> None:
    assert len(faults({"id": ID, **{f"x{i}": 1 for i in range(3 * MAX_FAULTS)}})) == MAX_FAULTS + 1


def test_no_fault_repeats_what_was_sent() -> None:
    body = [
        {"userPrincipalName": NUMBER, "mobile": [NUMBER], "smsSignIn": NUMBER, NUMBER: NUMBER},
        {"userPrincipalName": ANNA, "mobile": NUMBER},
        {"userPrincipalName": ANNA, "mobile": OTHER},
    ]
    assert not [detail for _, detail in faults(body) if "7017406" in detail]


# The same user twice


def test_the_same_user_twice_with_equal_requests_is_one() -> None:
    document = [
        {"userPrincipalName": ANNA, "mobile": NUMBER, "smsSignIn": True},
        {"smsSignIn": True, "mobile": f" {NUMBER}", "UserPrincipalName": ANNA.upper()},
    ]
    assert list(parsed(document)) == [Target(upn=ANNA)]


@pytest.mark.parametrize(
    "second", [{"mobile": OTHER}, {"mobile": None}, {"mobile": NUMBER, "smsSignIn": True}, {"office": NUMBER}]
)
def test_the_same_user_twice_with_different_requests_is_a_fault_at_the_second(second: dict[str, object]) -> None:
    document = [
        {"userPrincipalName": ANNA, "mobile": NUMBER},
        {"userPrincipalName": BJORN, "mobile": NUMBER},
        {"userPrincipalName": ANNA.upper(), **second},
    ]
    ((pointer, detail),) = faults({"value": document})
    assert pointer == "/value/2"
    assert "the entry at /value/0" in detail


def test_a_kelvin_sign_is_no_k() -> None:
    assert len(parsed([{"userPrincipalName": f"{k}@contoso.com", "mobile": None} for k in ("k", "\u212a")])) == 2


# Whatever is sent


@pytest.mark.parametrize(
    "body", [b"", b"\xef\xbb\xbf \n", b"[", b"[" * 100_000, b"\xff\xfe", b"[1e999, NaN]", b"[{}]x"]
)
def test_what_is_no_list_of_users_is_told(body: bytes) -> None:
    assert faults(body)[0][0] == ""


PIECES = st.sampled_from(
    ["userPrincipalName", "id", "mobile", "Mobile", "office", "email", "smsSignIn", "value", "users", "dryRun", "x", ""]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([ANNA, ID, NUMBER])
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(PIECES, inner), max_leaves=20)


@given(
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "replace"))
    | DOCUMENTS.map(json.dumps).map(str.encode)
)
@example(b'["\\ud800"]')
@example(b'{"id": "\\ud800", "mobile": "\\ud800"}')
def test_nothing_but_a_refusal_comes_out_of_any_bytes(body: bytes) -> None:
    with contextlib.suppress(InvalidBody):
        found = parse_values(body)
        assert 0 < len(found.users) <= found.entries


@pytest.mark.parametrize(
    "name", ["SID", "UID", "CN", "mail", "office", "officeLocation", "homePhone", "department", "description"]
)
def test_ordinary_names_are_no_near_misses(name: str) -> None:
    assert near_miss(name, ("userPrincipalName", "UPN", "Mobile", "OfficePhone", "AlternateMobile")) is None


@pytest.mark.parametrize("other", ["+46701740605", "0046 70-174 06 05", "tel:+46-70-174-06-05"])
def test_one_number_in_two_spellings_is_no_contradiction(other: str) -> None:
    found = parse_values(raw([{"UPN": ANNA, "mobile": NUMBER}, {"UPN": ANNA.upper(), "mobile": other}]))
    assert dict(found.users) == {Target(upn=ANNA): Requested({Method.MOBILE: RequestedValue(NUMBER)})}
    assert found.entries == 2


def test_where_each_user_stands_is_kept_for_what_is_found_out_later() -> None:
    body = {"users": [{"UPN": ANNA, "office": None}, {"UPN": ANNA, "office": None}, {"id": ID, "office": None}]}
    spots = parse_values(raw(body)).spots
    assert spots == {Target(upn=ANNA): Spot("/users/0"), Target(id=ID): Spot("/users/2")}
