"""graph/methods.py: listing authentication methods, against the sandbox."""

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.address import parse_address
from shared.core.codes import Code
from shared.core.models import Current, Method, OtherMethod, PhoneMethod, ReadScope, SmsState, Stop
from shared.core.phone import StoredNumber
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.methods import list_methods
from tests.unit.microsoft.graph.people import ANNA, BJORN, CARLA, MIA, OTHERS, ULLA, Ids, read, read_all
from tests.unit.odd import odd_graph
from tests.unit.people import MOBILE, OFFICE, method

TYPE = "#microsoft.graph.{}AuthenticationMethod"


def test_the_phones_of_each_user_in_order(client: GraphClient, ids: Ids) -> None:
    anna, ulla, carla = read(client, ids(ANNA), ids(ULLA), ids(CARLA))
    assert anna == Current((method("+46 701740605", MOBILE, SmsState.NOT_ALLOWED_BY_POLICY),))
    assert carla == Current()
    assert isinstance(ulla, Current)
    assert (set(ulla.phones), ulla.email, ulla.others) == (
        {
            method("+1 2065550117", MOBILE, SmsState.NOT_ALLOWED_BY_POLICY),
            method("+1 2065550118x7", OFFICE, SmsState.NOT_SUPPORTED),
        },
        None,
        (),
    )


def test_all_methods_of_a_user(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    found = read_all(client, ids(MIA))
    assert [phone.method for phone in found.phones] == [MOBILE]
    assert found.email == parse_address("mia@example.com")
    assert {other.method for other in found.others} == set(OTHERS)
    described = box.tenant.snapshot()[MIA]["methods"]
    assert {other.id for other in found.others} == {entry["id"] for entry in described}
    names = {entry["id"]: entry.get("displayName") for entry in described}
    assert {other.id: other.name for other in found.others} == names


def test_some_users_phones_and_all_of_others_in_one_go(client: GraphClient, ids: Ids) -> None:
    desired = [(ids(MIA), ReadScope.PHONES), (ids(MIA), ReadScope.ALL), (ids(ANNA), ReadScope.PHONES)]
    phones, everything, anna = list_methods(client, desired, Deadline(20))
    assert isinstance(phones, Current)
    assert isinstance(everything, Current)
    assert (phones.email, phones.others, phones.phones) == (None, (), everything.phones)
    assert everything.others
    assert isinstance(anna, Current)


def test_a_user_whose_methods_may_not_be_read(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    box.tenant.change_user(ANNA, forbidden=True)
    anna, bjorn = read(client, ids(ANNA), ids(BJORN))
    assert isinstance(anna, Stop)
    assert anna.code is Code.FORBIDDEN
    assert "permission" in anna.message
    assert "role" in anna.message
    assert not isinstance(bjorn, Stop)


def test_with_the_permission_for_phones_only_the_rest_is_forbidden(
    box: SandboxTenant, client: GraphClient, ids: Ids
) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.app_roles = app.app_roles - {"UserAuthenticationMethod.ReadWrite.All"} | {"UserAuthMethod-Phone.ReadWrite.All"}
    phones, everything = list_methods(client, [(ids(MIA), ReadScope.PHONES), (ids(MIA), ReadScope.ALL)], Deadline(20))
    assert isinstance(phones, Current)
    assert isinstance(everything, Stop)
    assert everything.code is Code.FORBIDDEN


@pytest.mark.parametrize("scope", [ReadScope.PHONES, ReadScope.ALL])
@pytest.mark.parametrize(
    "body",
    [b'{"value":{}}', b'{"value":null}', b"{}", b'{"value":[],"@odata.nextLink":"https://graph.microsoft.com/x"}'],
)
def test_a_list_that_is_none_or_not_whole_is_no_answer(scope: ReadScope, body: bytes) -> None:
    """Taken for a user without methods it would have one added, or an alternate's removal forgotten."""
    with odd_graph(body) as client:
        (found,) = read(client, "id-1", scope=scope)
    assert isinstance(found, Stop)
    assert found.code is Code.GRAPH_UNAVAILABLE


def test_a_type_that_graph_may_add_one_day_is_not_ours_to_touch() -> None:
    body = (
        b'{"value":[{"phoneType":"satellite","phoneNumber":"+1 2065550100"},7,{"phoneNumber":"+1 2065550100"},'
        b'{"phoneType":"mobile","phoneNumber":null,"smsSignInState":7}]}'
    )
    with odd_graph(body) as client:
        assert read(client, "id-1") == [Current((PhoneMethod(Method.MOBILE, StoredNumber("")),))]


def test_a_kind_of_method_that_is_not_known_is_passed_over_whatever_it_holds() -> None:
    body = (
        b'{"value":[{"@odata.type":"#microsoft.graph.externalAuthenticationMethod","id":"1","emailAddress":"x@y.zz"},'
        b'{"@odata.type":"#microsoft.graph.satelliteAuthenticationMethod","id":"2","phoneType":"mobile",'
        b'"phoneNumber":"+1 2065550100"},{"@odata.type":"#microsoft.graph.passwordAuthenticationMethod","id":"3"},'
        b'{"@odata.type":7,"id":"4","emailAddress":"x@y.zz"},{"@odata.type":"microsoft.graph.fido2AuthenticationMethod",'
        b'"id":"5"},{"@odata.type":"#microsoft.graph.fido2AuthenticationMethod"},'
        b'{"@odata.type":"#microsoft.graph.fido2AuthenticationMethod","id":6},null]}'
    )
    with odd_graph(body) as client:
        assert read_all(client, "id-1") == Current()


def test_every_kind_of_method_that_is_known() -> None:
    items = ",".join(f'{{"@odata.type":"{TYPE.format(kind)}","id":"id-{kind}"}}' for kind in OTHERS)
    body = (
        f'{{"value":[{items},{{"@odata.type":"{TYPE.format("email")}","emailAddress":"x@example.com"}},'
        f'{{"@odata.type":"{TYPE.format("phone")}","phoneType":"office","phoneNumber":"+1 2065550100"}}]}}'
    )
    with odd_graph(body.encode()) as client:
        assert read_all(client, "id-1") == Current(
            (PhoneMethod(OFFICE, StoredNumber("+1 2065550100")),),
            parse_address("x@example.com"),
            tuple(OtherMethod(kind, f"id-{kind}") for kind in OTHERS),
        )


@pytest.mark.parametrize("state", [*SmsState, "somethingNew"])
def test_a_state_of_sms_sign_in_that_graph_may_add_one_day_is_unknown(state: str) -> None:
    body = f'{{"value":[{{"phoneType":"mobile","phoneNumber":"+1 2065550100","smsSignInState":"{state}"}}]}}'
    with odd_graph(body.encode()) as client:
        (found,) = read(client, "id-1")
    assert isinstance(found, Current)
    expected = SmsState.UNKNOWN if state == "somethingNew" else SmsState(state)
    assert found.phones[0].sms_sign_in_state is expected
