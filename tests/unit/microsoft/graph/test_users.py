"""graph/users.py: from what the caller named to user objects, against the sandbox."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Method, Stop, Target, User, fold
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.users import NAMES_IN_A_FILTER, UserReader
from tests.unit.odd import odd_graph

IDS = ("5b0e2f6c-0000-4000-8000-000000000001", "5b0e2f6c-0000-4000-8000-000000000002")

ANNA = Target(upn="anna.andersson@contoso.com")
BJORN = Target(upn="bjorn.berg@contoso.com")
NOBODY = Target(upn="nobody@contoso.com")
UNUSUAL = [
    "siobhan.o'brien@contoso.com",
    "nils+mfa@contoso.com",
    "adele.vance_fabrikam.com#EXT#@contoso.onmicrosoft.com",
    "$finance@contoso.com",
    "\u00e5sa.\u00f6berg@contoso.com",
    "zo\u00eb.lind@contoso.com",
]


@pytest.fixture
def users(client: GraphClient) -> UserReader:
    return reader(client, "extensionAttribute15")


def reader(client: GraphClient, mobile: str, **others: str) -> UserReader:
    """Attributes by the name of their method."""
    return UserReader(client, {Method.MOBILE: mobile} | {Method(kind): name for kind, name in others.items()})


def source(found: User | Stop, method: Method = Method.MOBILE) -> str | Stop | None:
    return user(found).attributes[method]


def find(users: UserReader, *targets: Target) -> list[User | Stop]:
    found = users.find(targets, Deadline(20))
    assert set(found) == set(targets)
    return [found[target] for target in targets]


def user(found: User | Stop) -> User:
    assert isinstance(found, User)
    return found


def code(found: User | Stop) -> Code:
    assert isinstance(found, Stop)
    return found.code


def filters(box: SandboxTenant) -> int:
    return len(box.tenant.calls(path_contains="filter"))


def singles(box: SandboxTenant) -> int:
    return sum(not record.path.endswith("/$batch") for record in box.tenant.calls()) - filters(box)


def test_a_user_with_what_is_needed(box: SandboxTenant, users: UserReader) -> None:
    (anna,) = find(users, ANNA)
    attributes = {Method.MOBILE: "+46 701740605"}
    assert anna == User(box.tenant.user(ANNA.upn or "").id, ANNA.upn or "", attributes, "SE")


def test_nobody_asked_nothing_sent(box: SandboxTenant, users: UserReader) -> None:
    assert users.find([], Deadline(20)) == {}
    assert box.tenant.calls() == []


def test_names_go_into_filters_of_fifteen(box: SandboxTenant, users: UserReader) -> None:
    for index in range(35):
        box.tenant.add_user(f"user{index}@contoso.com", extensionAttribute15=f"+46 7017406{index:02}")
    targets = [Target(upn=f"user{index}@contoso.com") for index in range(35)]
    assert [source(found) for found in find(users, *targets)] == [f"+46 7017406{index:02}" for index in range(35)]
    assert (filters(box), singles(box)) == (3, 0)
    assert NAMES_IN_A_FILTER == 15


@pytest.mark.parametrize("upn", UNUSUAL)
def test_unusual_names_are_found_by_filter(box: SandboxTenant, users: UserReader, upn: str) -> None:
    assert user(find(users, Target(upn=upn))[0]).upn == upn
    assert singles(box) == 0


@pytest.mark.parametrize("upn", UNUSUAL)
def test_unusual_names_are_found_singly(box: SandboxTenant, users: UserReader, upn: str) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=501))
    assert user(find(users, Target(upn=upn))[0]).upn == upn


def test_a_name_with_dollar_and_apostrophe(box: SandboxTenant, users: UserReader) -> None:
    box.tenant.add_user("$o'brien@contoso.com")
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=501))
    assert user(find(users, Target(upn="$o'brien@contoso.com"))[0]).upn == "$o'brien@contoso.com"


def test_the_callers_case_does_not_matter(users: UserReader) -> None:
    (gustav,) = find(users, Target(upn="gustav.mixedcase@CONTOSO.com"))
    assert user(gustav).upn == "Gustav.MixedCase@contoso.com"


def test_by_object_id(box: SandboxTenant, users: UserReader) -> None:
    anna = box.tenant.user(ANNA.upn or "")
    assert user(find(users, Target(id=anna.id))[0]).upn == ANNA.upn
    assert filters(box) == 0


def test_an_unknown_object_id(users: UserReader) -> None:
    assert code(find(users, Target(id="00000000-0000-4000-8000-000000000000"))[0]) is Code.USER_NOT_FOUND


# Decided case: in-filter fallback and confirming GET


def test_confirming_get_a_user_whom_the_filter_does_not_show_yet_is_found(
    box: SandboxTenant, users: UserReader
) -> None:
    box.tenant.change_user(ANNA.upn or "", hiddenFilterReads=5)
    assert [user(found).upn for found in find(users, ANNA, BJORN)] == [ANNA.upn, BJORN.upn]
    assert (filters(box), singles(box)) == (1, 1)


def test_confirming_get_who_is_not_there_either_is_not_found(box: SandboxTenant, users: UserReader) -> None:
    anna, nobody = find(users, ANNA, NOBODY)
    assert user(anna).upn == ANNA.upn
    assert code(nobody) is Code.USER_NOT_FOUND
    assert (filters(box), singles(box)) == (1, 1)


@pytest.mark.parametrize("status", [400, 404, 501])
def test_in_filter_fallback_where_graph_refuses_it_users_are_read_singly(
    box: SandboxTenant, users: UserReader, status: int
) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=status))
    anna, bjorn, nobody = find(users, ANNA, BJORN, NOBODY)
    assert (user(anna).upn, user(bjorn).upn, code(nobody)) == (ANNA.upn, BJORN.upn, Code.USER_NOT_FOUND)
    assert (filters(box), singles(box)) == (1, 3)


def test_in_filter_fallback_when_graph_takes_fewer_values(box: SandboxTenant, users: UserReader) -> None:
    box.tenant.set_switches(max_in_values=1)
    assert [user(found).upn for found in find(users, ANNA, BJORN)] == [ANNA.upn, BJORN.upn]


@pytest.mark.parametrize(("status", "expected"), [(403, Code.FORBIDDEN), (401, Code.GRAPH_ERROR)])
def test_a_filter_that_is_forbidden_is_not_tried_another_way(
    box: SandboxTenant, users: UserReader, status: int, expected: Code
) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=status))
    assert [code(found) for found in find(users, ANNA, NOBODY)] == [expected] * 2
    assert singles(box) == 0


def test_one_groups_trouble_is_not_that_of_the_others(box: SandboxTenant, users: UserReader) -> None:
    for index in range(NAMES_IN_A_FILTER):
        box.tenant.add_user(f"user{index}@contoso.com")
    box.tenant.faults.append(Fault("status", path="user0@", status=403))
    targets = [Target(upn=f"user{index}@contoso.com") for index in range(NAMES_IN_A_FILTER)]
    *first, anna = find(users, *targets, ANNA)
    assert {code(found) for found in first} == {Code.FORBIDDEN}
    assert user(anna).upn == ANNA.upn


# The attribute


@pytest.mark.parametrize(
    "words",
    [
        {"onPremisesExtensionAttributes": None},
        {"absent": ["onPremisesExtensionAttributes"]},
        {"extensionAttribute15": None},
        {},
    ],
    ids=["null holder", "no holder", "null", "never set"],
)
def test_a_user_without_the_attribute(box: SandboxTenant, users: UserReader, words: dict[str, object]) -> None:
    box.tenant.add_user("new@contoso.com", **words)
    (found,) = find(users, Target(upn="new@contoso.com"))
    assert (source(found), user(found).usage_location) == (None, None)


@pytest.mark.parametrize("name", ["mobilePhone", "extension_a9900000000040008000000000000990_verifiedMobile"])
def test_another_attribute_of_the_user_itself(box: SandboxTenant, client: GraphClient, name: str) -> None:
    box.tenant.change_user(ANNA.upn or "", **{name: "+46 701740699"})
    (anna,) = find(reader(client, name), ANNA)
    assert source(anna) == "+46 701740699"


def test_an_attribute_for_each_method(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.change_user(
        ANNA.upn or "",
        extensionAttribute1="+46 701740601",
        businessPhones=["+46 701740602"],
        otherMails=["anna@fabrikam.com"],
    )
    users = reader(
        client,
        "extensionAttribute15",
        alternateMobile="extensionAttribute1",
        office="businessPhones",
        email="otherMails",
    )
    for found in (find(users, ANNA)[0], find(users, Target(id=box.tenant.user(ANNA.upn or "").id))[0]):
        assert user(found).attributes == {
            Method.MOBILE: "+46 701740605",
            Method.ALTERNATE_MOBILE: "+46 701740601",
            Method.OFFICE: "+46 701740602",
            Method.EMAIL: "anna@fabrikam.com",
        }


def test_what_is_selected_is_what_is_needed_once_each(box: SandboxTenant, client: GraphClient) -> None:
    find(reader(client, "extensionAttribute15", alternateMobile="extensionAttribute1", office="mobilePhone"), ANNA)
    (record,) = box.tenant.calls()
    assert record.path.partition("$select=")[2] == (
        "id,userPrincipalName,usageLocation,onPremisesSyncEnabled,onPremisesExtensionAttributes,mobilePhone"
    )


@pytest.mark.parametrize("synced", [True, False, None])
def test_whether_a_user_comes_from_on_premises(box: SandboxTenant, users: UserReader, synced: bool | None) -> None:
    box.tenant.change_user(ANNA.upn or "", onPremisesSyncEnabled=synced)
    assert user(find(users, ANNA)[0]).synced is (synced is True)


@pytest.mark.parametrize(
    ("values", "expected"), [([], None), (["+46 701740699"], "+46 701740699"), ([None], None), ([""], "")]
)
def test_a_list_of_one_or_none_is_a_value(
    box: SandboxTenant, client: GraphClient, values: list[str | None], expected: str | None
) -> None:
    box.tenant.change_user(ANNA.upn or "", businessPhones=values)
    assert source(find(reader(client, "businessPhones"), ANNA)[0]) == expected


@pytest.mark.parametrize("kind", ["office", "email"])
def test_of_several_values_none_is_chosen_and_the_other_methods_go_on(
    box: SandboxTenant, client: GraphClient, kind: str
) -> None:
    box.tenant.change_user(ANNA.upn or "", businessPhones=["+46 701740699", "+46 701740698"])
    (anna,) = find(reader(client, "extensionAttribute15", **{kind: "businessPhones"}), ANNA)
    assert source(anna) == "+46 701740605"
    stop = source(anna, Method(kind))
    assert isinstance(stop, Stop)
    assert stop.code is (Code.INVALID_ADDRESS if kind == "email" else Code.INVALID_NUMBER)
    assert "businessPhones" in stop.message
    assert "7017406" not in stop.message


def test_an_attribute_that_graph_does_not_know_is_every_users_error(client: GraphClient) -> None:
    found = find(reader(client, "noSuchProperty"), ANNA, BJORN)
    assert [code(one) for one in found] == [Code.GRAPH_ERROR] * 2


# Odd answers


@contextlib.contextmanager
def graph_that_says(*bodies: object) -> Iterator[UserReader]:
    with odd_graph(*(json.dumps(body).encode() for body in bodies)) as client:
        yield reader(client, "mobilePhone")


@pytest.mark.parametrize("values", [None, 7, {}, [], [7, None], [{"id": 7}], [{"userPrincipalName": ANNA.upn}]])
def test_a_list_of_nonsense_is_asked_about_singly(values: object) -> None:
    whole = {"id": IDS[0].upper(), "userPrincipalName": ANNA.upn, "mobilePhone": "+46 701740699"}
    with graph_that_says({"value": values}, whole) as users:
        assert find(users, ANNA) == [User(IDS[0], ANNA.upn or "", {Method.MOBILE: "+46 701740699"})]


def test_a_single_user_without_an_id_is_an_error() -> None:
    with graph_that_says({"value": []}, {"userPrincipalName": ANNA.upn}) as users:
        assert code(find(users, ANNA)[0]) is Code.GRAPH_UNAVAILABLE


def test_users_nobody_asked_for_are_left_out() -> None:
    stranger = {"id": IDS[1], "userPrincipalName": "stranger@contoso.com"}
    anna = {"id": IDS[0], "userPrincipalName": ANNA.upn}
    with graph_that_says({"value": [stranger, anna]}) as users:
        assert find(users, ANNA) == [User(IDS[0], ANNA.upn or "", {Method.MOBILE: None})]


@pytest.mark.parametrize(
    "value",
    [0, 5, False, True, {}, {"a": "b"}, [5], [[]], [["+46 701740605"]], [{}], ["+46 701740605", None], [None, None]],
)
@pytest.mark.parametrize("name", ["mobilePhone", "extensionAttribute15"])
def test_an_attribute_that_is_no_text_never_passes_for_an_empty_one(name: str, value: object) -> None:
    """An empty one may have the method removed."""
    held = {"onPremisesExtensionAttributes": {name: value}} if name.startswith("extension") else {name: value}
    body = {"id": IDS[0], "userPrincipalName": ANNA.upn, **held}
    with odd_graph(b"{}") as client:
        found = reader(client, name).read(Answer(Fate.ANSWERED, 200, body))
    stop = source(found)
    assert isinstance(stop, Stop)
    assert stop.code is Code.INVALID_NUMBER


@pytest.mark.parametrize("holder", [[], ["+46 701740605"], "+46 701740605", "", 0, False])
def test_nor_do_extension_attributes_that_are_none(holder: object) -> None:
    body = {"id": IDS[0], "userPrincipalName": ANNA.upn, "onPremisesExtensionAttributes": holder}
    with odd_graph(b"{}") as client:
        found = reader(client, "extensionAttribute15").read(Answer(Fate.ANSWERED, 200, body))
    assert isinstance(source(found), Stop)


def test_a_user_whose_id_is_no_guid_is_not_written_to() -> None:
    body = {"id": "../groups/1", "userPrincipalName": "anna@contoso.com"}
    with odd_graph(b"{}") as client:
        assert isinstance(reader(client, "mobilePhone").read(Answer(Fate.ANSWERED, 200, body)), Stop)


def test_only_ascii_letters_are_folded() -> None:
    assert fold("\u212aim@CONTOSO.com") == "\u212aim@contoso.com"
