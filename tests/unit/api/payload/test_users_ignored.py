"""What stands beside a user's name means nothing to reconcile, and its name is told."""

import json

import pytest

from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import parse_table, parse_table_users
from shared.api.payload.users import UserList, parse_users
from shared.core.models import Target
from tests.unit.api.payload.parsing import NUMBER
from tests.unit.api.payload.plans import MOBILE, account, as_json, request

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
ID = "98331b77-46d5-51d1-a329-64fd5b919a62"


def parsed(document: object) -> UserList:
    return parse_users(json.dumps(document).encode())


@pytest.mark.parametrize(
    "wrap", [lambda users: users, lambda users: {"users": users}, lambda users: {"Count": 2, "value": users}]
)
def test_each_user_has_the_names_of_its_own_entry(wrap: object) -> None:
    entries = [{"UserPrincipalName": ANNA, "mobile": "+46 701740606", "Dept": {"no": 7}}, BJORN, {"id": ID, "x": None}]
    users = parsed(wrap(entries))  # type: ignore[operator]
    assert dict(users.ignored) == {Target(ANNA): ("mobile", "Dept"), Target(id=ID): ("x",)}


def test_what_names_a_user_is_not_ignored() -> None:
    assert parsed([{"userPrincipalName": ANNA, "UPN": ANNA, "id": ID}]).ignored == {}


def test_a_user_who_is_named_twice_has_the_names_of_both_entries_once() -> None:
    entries = [{"UPN": ANNA, "a": 1}, {"UPN": ANNA.upper(), "b": 1}, {"UPN": ANNA, "a": 2}]
    assert dict(parsed(entries).ignored) == {Target(ANNA): ("a", "b")}


def test_names_are_cut_and_counted_and_made_fit_for_an_answer() -> None:
    entry = {"UPN": ANNA, "x" * 300: 1, "a\x07b": 1, **{f"p{number}": 1 for number in range(30)}}
    (names,) = parsed([entry]).ignored.values()
    assert names[:3] == ("x" * 64 + "…", "a\N{REPLACEMENT CHARACTER}b", "p0")
    assert (len(names), names[-1]) == (21, "…")


def test_alike_entries_share_their_names_in_memory() -> None:
    users = parsed([{"UPN": f"u{number}@contoso.com", "a": 1, "b": 2} for number in range(100)])
    assert len({id(names) for names in users.ignored.values()}) == 1


def test_columns_of_a_table() -> None:
    users = parse_table_users(f"Department;UPN;Office\nSales;{ANNA};x\nSales;{BJORN};\n".encode())
    assert dict(users.ignored) == {target: ("Department", "Office") for target in users.targets}
    assert parse_table_users(f"UPN;id\n{ANNA};\n".encode()).ignored == {}


@pytest.mark.parametrize("name", ["+46 701740605", "Home 0701740605", "0701-74_06.05", "070\u00a01740605"])
def test_a_name_that_was_meant_as_a_number_is_masked_wherever_it_is_told(name: str) -> None:
    plan = as_json(account(request(MOBILE, "Set", NUMBER), request(name, "Set", "x")))
    values = parse_table(f"UPN,Mobile,{name}\n{ANNA},,\n".encode()), parse_plan(plan)
    named = parsed([{"UPN": ANNA, name: 1}]), parse_table_users(f"UPN,{name}\n{ANNA},\n".encode())
    told = [next(iter(users.ignored.values())) for users in named]
    told += [next(iter(requested.users.values())).ignored for requested in values]
    for (kept,) in told:
        assert not any(map(str.isdigit, kept))
