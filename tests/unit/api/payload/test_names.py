"""What names a user in JSON, on the routes that only name and on those that name values."""

import json
from collections.abc import Callable

import pytest

from shared.api.payload.table import parse_table
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.core.models import Target
from shared.errors import BodyFault, InvalidBody

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
ID = "98331b77-46d5-51d1-a329-64fd5b919a62"

UNKNOWN = "Unknown column. Did you mean Mobile?"
Parse = Callable[[object], list[Target]]


def named(document: object) -> list[Target]:
    return list(parse_users(json.dumps(document).encode()).targets)


def with_values(document: object) -> list[Target]:
    """The same for a document whose entries get a value each."""

    def valued(part: object) -> object:
        if isinstance(part, list):
            return [valued(item) for item in part]
        if isinstance(part, dict):
            wrapped = {key: valued(value) for key, value in part.items() if key.lower() in ("users", "value")}
            return {**part, **(wrapped or {"office": None})}
        return part

    return list(parse_values(json.dumps(valued(document)).encode()).users)


EACH = pytest.mark.parametrize("parse", [named, with_values])


def faults(parse: Parse, document: object) -> list[BodyFault]:
    with pytest.raises(InvalidBody) as refusal:
        parse(document)
    return list(refusal.value.faults)


@EACH
@pytest.mark.parametrize("key", ["UPN", "upn", "Upn"])
def test_upn_names_a_user_as_in_csv(parse: Parse, key: str) -> None:
    for document in ({key: ANNA}, [{key: f" {ANNA} "}], {"users": [{key: ANNA}]}, {"value": {key: ANNA}}):
        assert parse(document) == [Target(upn=ANNA)]


@EACH
def test_the_pointer_has_the_short_name_as_written(parse: Parse) -> None:
    assert [fault.pointer for fault in faults(parse, [{"Upn": "anna"}, {"UPN": 7}])] == ["/0/Upn", "/1/UPN"]


@EACH
@pytest.mark.parametrize(
    "entry",
    [
        {"UPN": ANNA, "userPrincipalName": ANNA},
        {"UPN": ANNA.upper(), "userPrincipalName": f"{ANNA} "},
        {"UPN": None, "userPrincipalName": ANNA},
        {"UPN": ANNA, "userPrincipalName": None},
        {"UPN": ANNA, "id": ID},
    ],
)
def test_both_spellings_that_say_the_same_are_one_name(parse: Parse, entry: object) -> None:
    assert [str(target.upn).lower() for target in parse([entry])] == [ANNA]


@EACH
@pytest.mark.parametrize(
    "entry",
    [
        {"UPN": ANNA, "userPrincipalName": BJORN},
        {"UPN": ANNA, "upn": ANNA},
        {"UPN": ANNA, "userPrincipalName": 7},
        {"UPN": ANNA, "userPrincipalName": ANNA, "UserPrincipalName": ANNA},
    ],
    ids=["two users", "twice", "no text", "three times"],
)
def test_two_names_that_differ_or_repeat_are_refused(parse: Parse, entry: dict[str, object]) -> None:
    (fault,) = faults(parse, [entry])
    assert (fault.pointer, ANNA in fault.detail) == ("/0", False)


@EACH
def test_null_beside_a_name_is_one_of_two_names_though_there_is_an_id(parse: Parse) -> None:
    (fault,) = faults(parse, [{"UserPrincipalName": None, "userPrincipalName": ANNA, "id": ID}])
    assert fault.pointer == "/0"
    assert fault.detail.startswith("userPrincipalName is given 2 times")


@EACH
def test_an_empty_name_is_refused_though_there_is_an_id(parse: Parse) -> None:
    assert [fault.pointer for fault in faults(parse, [{"userPrincipalName": "", "id": ID}])] == ["/0/userPrincipalName"]


@EACH
@pytest.mark.parametrize("document", [{"users": [ANNA], "value": [BJORN]}, {"Value": [], "USERS": None}])
def test_users_beside_value_is_refused(parse: Parse, document: object) -> None:
    (fault,) = faults(parse, document)
    assert fault == BodyFault("", "value and users are both given. Put all users into one of them.")


@pytest.mark.parametrize(
    ("key", "step"), [("k" * 64, "k" * 64), ("k" * 65, "k" * 64 + "…"), ("~" * 500, "~0" * 64 + "…")]
)
def test_a_key_in_a_pointer_is_cut_at_64_characters(key: str, step: str) -> None:
    (fault,) = faults(with_values, [{"UPN": ANNA, key: 1}])
    assert fault.pointer == f"/0/{step}"


def test_so_is_a_column_in_pointer_and_words() -> None:
    with pytest.raises(InvalidBody) as refusal:
        parse_table(f"UPN,Mobile{'x' * 100}\n{ANNA},1\n".encode())
    cut = f"Mobile{'x' * 58}…"
    assert refusal.value.faults == (BodyFault(f"/0/{cut}", UNKNOWN, f"Row 1, column {cut}"),)
