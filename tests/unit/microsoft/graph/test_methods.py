"""graph/methods.py: listing authentication methods and every write, against the sandbox."""

import re
import time
from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant, Write
from shared.core.address import parse_address
from shared.core.apply import apply_changes
from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import (
    METHOD_IDS,
    Action,
    Change,
    Current,
    Method,
    OtherMethod,
    Outcome,
    OutcomeKind,
    PhoneMethod,
    Plan,
    ReadScope,
    SmsState,
    Stop,
    Target,
    User,
)
from shared.core.phone import StoredNumber
from shared.core.plan import Policy, UserPlan
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.group import ProtectedGroup
from shared.microsoft.graph.methods import list_methods, write_changes
from shared.microsoft.graph.users import UserReader
from tests.unit.odd import graph_of, odd_graph
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, method, number
from tests.unit.wire import Line

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
CARLA, SVEN, ULLA = "carla.diaz@contoso.com", "sven.default@contoso.com", "ulla.office@contoso.com"
MIA = "mia.manymethods@contoso.com"
HELD, NEW = StoredNumber("+46 701740605"), number("+46 701740699")
ADD = Change(Action.ADD, MOBILE, None, NEW)
UPDATE = Change(Action.UPDATE, MOBILE, HELD, NEW)
REMOVE = Change(Action.REMOVE, MOBILE, HELD, None)
MAIL, OLD_MAIL = parse_address("anna@fabrikam.com"), parse_address("old@fabrikam.com")
ENABLE = Change(Action.ENABLE, Method.SMS_SIGN_IN, SmsState.NOT_ENABLED, SmsState.READY)
DISABLE = Change(Action.DISABLE, Method.SMS_SIGN_IN, SmsState.READY, SmsState.NOT_ENABLED)
OTHERS = [
    Method.MICROSOFT_AUTHENTICATOR,
    Method.SOFTWARE_OATH,
    Method.FIDO2,
    Method.WINDOWS_HELLO,
    Method.PLATFORM_CREDENTIAL,
    Method.TEMPORARY_ACCESS_PASS,
]
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TYPE = "#microsoft.graph.{}AuthenticationMethod"

Ids = Callable[[str], str]


@pytest.fixture
def ids(box: SandboxTenant) -> Ids:
    return lambda upn: box.tenant.user(upn).id


def read(client: GraphClient, *user_ids: str, scope: ReadScope = ReadScope.PHONES) -> list[Current | Stop]:
    return list_methods(client, [(user_id, scope) for user_id in user_ids], Deadline(20))


def read_all(client: GraphClient, user_id: str) -> Current:
    (found,) = read(client, user_id, scope=ReadScope.ALL)
    assert isinstance(found, Current)
    return found


def write(client: GraphClient, user_id: str, change: Change) -> Outcome:
    (outcome,) = write_changes(client, [(user_id, change)], Deadline(20))
    return outcome


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


# Writes


def test_an_add_is_one_post(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    outcome = write(client, ids(CARLA), ADD)
    assert outcome == Outcome(OutcomeKind.APPLIED, sms_sign_in_state=SmsState.NOT_ALLOWED_BY_POLICY)
    assert box.tenant.writes() == [Write("POST", CARLA, "mobile", "+46 701740699", 201)]


def test_an_update_is_one_patch_in_place(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    assert write(client, ids(ANNA), UPDATE).kind is OutcomeKind.APPLIED
    assert box.tenant.writes() == [Write("PATCH", ANNA, "mobile", "+46 701740699", 204)]


def test_a_removal_is_one_delete(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    assert write(client, ids(ANNA), REMOVE).kind is OutcomeKind.APPLIED
    assert box.tenant.writes() == [Write("DELETE", ANNA, "mobile", None, 204)]


@pytest.mark.parametrize("phone_type", [MOBILE, ALTERNATE, OFFICE])
def test_every_phone_type(box: SandboxTenant, client: GraphClient, ids: Ids, phone_type: Method) -> None:
    box.tenant.change_user(CARLA, phones={} if phone_type is MOBILE else {"mobile": "+46 701740605"})
    for change in (
        Change(Action.ADD, phone_type, None, NEW),
        Change(Action.UPDATE, phone_type, HELD, number("+46 701740698")),
        Change(Action.REMOVE, phone_type, HELD),
    ):
        assert write(client, ids(CARLA), change).kind is OutcomeKind.APPLIED
    assert [(made.method, made.target, made.phone_number) for made in box.tenant.writes()] == [
        ("POST", phone_type.value, "+46 701740699"),
        ("PATCH", phone_type.value, "+46 701740698"),
        ("DELETE", phone_type.value, None),
    ]


def test_an_email_method(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    for change, address in (
        (Change(Action.ADD, Method.EMAIL, None, MAIL), "anna@fabrikam.com"),
        (Change(Action.UPDATE, Method.EMAIL, MAIL, OLD_MAIL), "old@fabrikam.com"),
        (Change(Action.REMOVE, Method.EMAIL, OLD_MAIL), None),
    ):
        assert write(client, ids(ANNA), change).kind is OutcomeKind.APPLIED
        assert box.tenant.user(ANNA).email == address
    assert [made.method for made in box.tenant.writes()] == ["POST", "PATCH", "DELETE"]


@pytest.mark.parametrize("kind", OTHERS)
def test_a_method_that_can_only_be_removed(box: SandboxTenant, client: GraphClient, ids: Ids, kind: Method) -> None:
    box.tenant.change_user(MIA, defaultMethod="mobile")
    before = read_all(client, ids(MIA)).others
    (gone,) = (other for other in before if other.method is kind)
    change = Change(Action.REMOVE, kind, id=gone.id)
    assert write(client, ids(MIA), change).kind is OutcomeKind.APPLIED
    assert set(read_all(client, ids(MIA)).others) == set(before) - {gone}
    assert write(client, ids(MIA), change).kind is OutcomeKind.REFUSED


def test_sms_sign_in_on_and_off(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    box.tenant.set_switches(sms_auto_registration=False)
    box.tenant.change_user(ANNA, smsSignInAllowed=True, phones={"mobile": "+46 701740605"})
    for change, path in ((ENABLE, "enableSmsSignIn"), (DISABLE, "disableSmsSignIn")):
        assert write(client, ids(ANNA), change).kind is OutcomeKind.APPLIED
        assert box.tenant.writes()[-1].target == f"mobile/{path}"


def test_sms_sign_in_is_switched_by_object_id(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    """By name it was seen to answer 204 and do nothing."""
    box.tenant.set_switches(enable_ignored_by_upn=True, sms_auto_registration=False)
    box.tenant.change_user(ANNA, smsSignInAllowed=True, phones={"mobile": "+46 701740605"})
    write(client, ids(ANNA), ENABLE)
    assert box.tenant.snapshot()[ANNA]["phoneMethods"]["mobile"]["smsSignInState"] == "ready"


MOBILE_PATH = f"/phoneMethods/{METHOD_IDS[MOBILE]}"
MAIL_PATH = f"/emailMethods/{METHOD_IDS[Method.EMAIL]}"


@pytest.mark.parametrize(
    ("change", "line", "body"),
    [
        (ADD, "POST /phoneMethods", b'{"phoneNumber":"+46 701740699","phoneType":"mobile"}'),
        (UPDATE, f"PATCH {MOBILE_PATH}", b'{"phoneNumber":"+46 701740699","phoneType":"mobile"}'),
        (REMOVE, f"DELETE {MOBILE_PATH}", b""),
        (Change(Action.REMOVE, ALTERNATE, HELD), f"DELETE /phoneMethods/{METHOD_IDS[ALTERNATE]}", b""),
        (Change(Action.REMOVE, OFFICE, HELD), f"DELETE /phoneMethods/{METHOD_IDS[OFFICE]}", b""),
        (ENABLE, f"POST {MOBILE_PATH}/enableSmsSignIn", b""),
        (DISABLE, f"POST {MOBILE_PATH}/disableSmsSignIn", b""),
        (Change(Action.ADD, Method.EMAIL, None, MAIL), "POST /emailMethods", b'{"emailAddress":"anna@fabrikam.com"}'),
        (
            Change(Action.UPDATE, Method.EMAIL, OLD_MAIL, MAIL),
            f"PATCH {MAIL_PATH}",
            b'{"emailAddress":"anna@fabrikam.com"}',
        ),
        (Change(Action.REMOVE, Method.EMAIL, MAIL), f"DELETE {MAIL_PATH}", b""),
        *((Change(Action.REMOVE, kind, id="-2_GRUg2"), f"DELETE /{kind}Methods/-2_GRUg2", b"") for kind in OTHERS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_write_byte_for_byte(change: Change, line: str, body: bytes) -> None:
    seen: list[bytes] = []

    def script(connection: Line) -> None:
        got = connection.request()
        length = re.search(rb"Content-Length: (\d+)", got)
        head, _, sent = got.partition(b"\r\n\r\n")
        while length and len(sent) < int(length[1]):
            sent += connection.connection.recv(4096)
        seen.extend((head, sent))
        connection.send(NO_CONTENT)

    with graph_of(script) as client:
        assert write(client, "5b0e2f6c-0000-4000-8000-000000000001", change).kind is OutcomeKind.APPLIED
    head, sent = seen
    verb, path = line.split()
    where = f"/v1.0/users/5b0e2f6c-0000-4000-8000-000000000001/authentication{path}"
    assert head.split(b"\r\n")[0].decode() == f"{verb} {where} HTTP/1.1"
    assert sent.replace(b'": "', b'":"').replace(b", ", b",") == body


@pytest.mark.parametrize("odd_id", ["../../groups/x", "a/b", "a?b=c", "a#b", "a b", "%2e%2e"])
def test_an_odd_id_reaches_no_other_place(odd_id: str) -> None:
    seen: list[bytes] = []

    def script(connection: Line) -> None:
        seen.append(connection.request())
        connection.send(NO_CONTENT)

    with graph_of(script) as client:
        write(client, "id-1", Change(Action.REMOVE, Method.FIDO2, id=odd_id))
    path = seen[0].split()[1].decode()
    assert path.startswith("/v1.0/users/id-1/authentication/fido2Methods/")
    assert path.count("/") == 6
    assert not set("?# ") & set(path)


def test_writes_go_by_object_id(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    write(client, ids(ANNA), UPDATE)
    assert ids(ANNA) in box.tenant.calls(method="PATCH")[0].path


def test_an_extension_travels_in_graphs_form(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    write(client, ids(CARLA), Change(Action.ADD, MOBILE, None, number("+1 206-555-0113 ext. 42")))
    assert box.tenant.user(CARLA).phones["mobile"].number == "+1 2065550113x42"


def test_many_writes_each_with_its_outcome(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    box.tenant.change_user(BJORN, forbidden=True)
    outcomes = write_changes(client, [(ids(CARLA), ADD), (ids(BJORN), UPDATE), (ids(ANNA), UPDATE)], Deadline(20))
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.APPLIED, OutcomeKind.FAILED, OutcomeKind.APPLIED]
    assert outcomes[1].stop is not None
    assert outcomes[1].stop.code is Code.FORBIDDEN


@pytest.mark.parametrize("status", [400, 409])
def test_a_post_where_the_type_exists_is_worth_a_look(
    box: SandboxTenant, client: GraphClient, ids: Ids, status: int
) -> None:
    box.tenant.set_switches(duplicate_status=status)
    outcome = write(client, ids(ANNA), ADD)
    assert (outcome.kind, outcome.may_be_saved) == (OutcomeKind.REFUSED, status == 409)


def test_a_patch_of_a_method_that_is_gone_is_worth_a_look(client: GraphClient, ids: Ids) -> None:
    outcome = write(client, ids(CARLA), UPDATE)
    assert outcome.kind is OutcomeKind.REFUSED
    assert outcome.stop is not None
    assert outcome.stop.code is Code.GRAPH_ERROR
    assert "The mobile method was gone while updating the mobile method." in outcome.stop.message


def test_a_delete_of_a_method_that_is_gone_is_worth_a_look(client: GraphClient, ids: Ids) -> None:
    assert write(client, ids(CARLA), REMOVE).kind is OutcomeKind.REFUSED


def test_the_default_method_is_not_removed(client: GraphClient, ids: Ids) -> None:
    outcome = write(client, ids(SVEN), REMOVE)
    assert outcome.kind is OutcomeKind.REFUSED
    assert outcome.stop is not None
    assert outcome.stop.code is Code.DEFAULT_METHOD


@pytest.mark.parametrize("status", [200, 409])
def test_a_number_that_signs_another_user_in(box: SandboxTenant, client: GraphClient, ids: Ids, status: int) -> None:
    taken = {"mobile": {"phoneNumber": "+46 701740699", "smsSignInState": "ready"}}
    box.tenant.change_user(BJORN, phones=taken)
    box.tenant.change_user(CARLA, smsSignInAllowed=True)
    box.tenant.set_switches(not_unique_status=None if status == 200 else status)
    outcome = write(client, ids(CARLA), ADD)
    if status == 200:
        assert outcome == Outcome(OutcomeKind.APPLIED, sms_sign_in_state=SmsState.PHONE_NUMBER_NOT_UNIQUE)
    else:
        assert (outcome.kind, outcome.may_be_saved) == (OutcomeKind.REFUSED, True)
        assert outcome.stop is not None
        assert outcome.stop.code is Code.PHONE_NUMBER_NOT_UNIQUE
    assert box.tenant.user(CARLA).phones["mobile"].number == "+46 701740699"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", method="PATCH", status=500),
        Fault("status", method="PATCH", status=503),
        Fault("status", method="PATCH", status=504),
        Fault("lost", method="PATCH"),
        Fault("close", method="PATCH"),
    ],
    ids=lambda fault: f"{fault.what} {fault.status}",
)
def test_a_write_without_a_verdict_is_lost(box: SandboxTenant, client: GraphClient, ids: Ids, fault: Fault) -> None:
    box.tenant.faults.append(fault)
    assert write(client, ids(ANNA), UPDATE).kind is OutcomeKind.LOST


@pytest.mark.parametrize(("status", "code"), [(400, Code.GRAPH_ERROR), (403, Code.FORBIDDEN), (401, Code.GRAPH_ERROR)])
def test_a_write_that_was_refused_for_good(
    box: SandboxTenant, client: GraphClient, ids: Ids, status: int, code: Code
) -> None:
    box.tenant.faults.append(Fault("status", method="PATCH", status=status))
    outcome = write(client, ids(ANNA), UPDATE)
    assert (outcome.kind, outcome.stop and outcome.stop.code) == (OutcomeKind.FAILED, code)


def test_a_write_without_time_is_not_sent_and_failed(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    (outcome,) = write_changes(client, [(ids(ANNA), UPDATE)], Deadline(0.5))
    assert (outcome.kind, outcome.stop and outcome.stop.code) == (OutcomeKind.FAILED, Code.DEADLINE)
    assert box.tenant.writes() == []


# The directory as a whole


@pytest.fixture
def directory(client: GraphClient) -> GraphDirectory:
    users = UserReader(client, {MOBILE: "extensionAttribute15"})
    return GraphDirectory(client, users, ProtectedGroup(client, None))


def always(scope: ReadScope) -> Callable[[Target, User], ReadScope]:
    return lambda _target, _user: scope


def test_a_read_gives_users_with_the_methods_that_are_wanted(
    box: SandboxTenant, directory: GraphDirectory, ids: Ids
) -> None:
    box.tenant.change_user(ULLA, forbidden=True)
    targets = [Target(upn=name) for name in (ANNA, CARLA, "nobody@contoso.com", ULLA, MIA)]
    scopes = {CARLA: ReadScope.NONE, MIA: ReadScope.ALL}

    def wants(target: Target, user: User) -> ReadScope:
        assert target.upn == user.upn
        return scopes.get(user.upn, ReadScope.PHONES)

    anna, carla, nobody, ulla, mia = directory.read(targets, wants, Deadline(20))
    assert anna.user is not None
    assert anna.current == Current((method("+46 701740605", MOBILE, SmsState.NOT_ALLOWED_BY_POLICY),))
    assert carla.user is not None
    assert (carla.current, carla.stop) == (None, None)
    assert nobody.user is None
    assert nobody.stop is not None
    assert nobody.stop.code is Code.USER_NOT_FOUND
    assert ulla.user is not None
    assert ulla.stop is not None
    assert ulla.stop.code is Code.FORBIDDEN
    assert mia.current is not None
    assert mia.current.email == parse_address("mia@example.com")
    assert not box.tenant.calls(path_contains=ids(CARLA))
    assert len(box.tenant.calls(path_contains="/authentication/methods")) == 1


def test_a_user_named_twice_is_read_once(box: SandboxTenant, directory: GraphDirectory, ids: Ids) -> None:
    targets = [Target(upn=ANNA), Target(id=ids(ANNA))]
    first, second = directory.read(targets, always(ReadScope.PHONES), Deadline(20))
    assert first == second
    assert len(box.tenant.calls(path_contains="phoneMethods")) == 1


@pytest.mark.parametrize("by_id", [True, False])
def test_one_user_with_phones_only_is_one_batch(
    box: SandboxTenant, directory: GraphDirectory, ids: Ids, by_id: bool
) -> None:
    target = Target(id=ids(ANNA)) if by_id else Target(upn=ANNA)
    (anna,) = directory.read([target], always(ReadScope.PHONES), Deadline(20))
    assert anna.user is not None
    assert anna.current is not None
    assert [record.path for record in box.tenant.calls() if record.batch is None] == ["/v1.0/$batch"]
    assert len(box.tenant.calls()) == 3


def test_one_user_with_all_methods(box: SandboxTenant, directory: GraphDirectory) -> None:
    (mia,) = directory.read([Target(upn=MIA)], always(ReadScope.ALL), Deadline(20))
    assert mia.current is not None
    assert len(mia.current.others) == len(OTHERS)
    assert len(mia.current.phones) == 1


def test_one_user_of_whom_nothing_is_wanted(directory: GraphDirectory) -> None:
    (anna,) = directory.read([Target(upn=ANNA)], always(ReadScope.NONE), Deadline(20))
    assert (anna.user is not None, anna.current, anna.stop) == (True, None, None)


def test_one_user_who_is_not_there(directory: GraphDirectory) -> None:
    (nobody,) = directory.read([Target(upn="nobody@contoso.com")], always(ReadScope.ALL), Deadline(20))
    assert nobody.user is None
    assert nobody.stop is not None
    assert nobody.stop.code is Code.USER_NOT_FOUND


@pytest.mark.parametrize("scope", [ReadScope.PHONES, ReadScope.ALL])
def test_one_user_whose_methods_may_not_be_read(
    box: SandboxTenant, directory: GraphDirectory, scope: ReadScope
) -> None:
    box.tenant.change_user(MIA, forbidden=True)
    (mia,) = directory.read([Target(upn=MIA)], always(scope), Deadline(20))
    assert (mia.user is not None, mia.current) == (True, None)
    assert mia.stop is not None
    assert mia.stop.code is Code.FORBIDDEN


def settle(box: SandboxTenant, directory: GraphDirectory, upn: str, change: Change) -> Code:
    value = None if isinstance(change.after, SmsState) else change.after
    desired = Desired({change.method: DesiredValue(value)})
    item = UserPlan(Target(upn=upn), Plan((change,)), (), box.tenant.user(upn).id, desired)
    (result,) = apply_changes([item], directory, Policy(), Deadline(20))
    return result.code


def test_a_lost_post_that_was_made_is_not_repeated(box: SandboxTenant, directory: GraphDirectory) -> None:
    box.tenant.faults.append(Fault("lost", method="POST", path="phoneMethods", times=1))
    assert settle(box, directory, CARLA, ADD) is Code.ADDED
    assert len(box.tenant.writes()) == 1


def test_a_number_that_was_saved_behind_a_409_is_reported_as_saved(
    box: SandboxTenant, directory: GraphDirectory
) -> None:
    box.tenant.change_user(BJORN, phones={"mobile": {"phoneNumber": "+46 701740699", "smsSignInState": "ready"}})
    box.tenant.change_user(CARLA, smsSignInAllowed=True)
    box.tenant.set_switches(not_unique_status=409)
    assert settle(box, directory, CARLA, ADD) is Code.ADDED
    assert len(box.tenant.writes()) == 1


def test_a_write_that_a_503_asks_to_wait_for_is_not_sent_again_before(
    box: SandboxTenant, directory: GraphDirectory
) -> None:
    box.tenant.faults.append(Fault("status", method="PATCH", status=503, retry_after=1, times=1))
    began = time.monotonic()
    assert settle(box, directory, ANNA, UPDATE) is Code.UPDATED
    assert time.monotonic() - began >= 1
    assert [write.status for write in box.tenant.writes()] == [503, 204]


def test_the_other_methods_of_a_user_stay(box: SandboxTenant, directory: GraphDirectory) -> None:
    box.tenant.change_user(ULLA, phones={"mobile": "+1 2065550117", "alternateMobile": "+1 2065550115"})
    assert settle(box, directory, ULLA, UPDATE) is Code.UPDATED
    assert box.tenant.user(ULLA).phones[ALTERNATE].number == "+1 2065550115"
