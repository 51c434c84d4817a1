"""graph/users.py: the attribute of each method, and answers that are odd."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.codes import Code
from shared.core.models import Method, Stop, Target, User, fold
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.users import UserReader
from tests.unit.microsoft.graph.finding import ANNA, BJORN, IDS, code, find, reader, source, user
from tests.unit.odd import odd_graph

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
