"""graph/methods.py: every write, against the sandbox."""

import pytest

from sandbox.tenant import Fault, SandboxTenant, Write
from shared.core.address import parse_address
from shared.core.codes import Code
from shared.core.models import METHOD_IDS, Action, Change, Method, Outcome, OutcomeKind, SmsState
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.writes import write_changes
from tests.unit.microsoft.graph.people import (
    ADD,
    ANNA,
    BJORN,
    CARLA,
    HELD,
    MIA,
    NEW,
    NO_CONTENT,
    OTHERS,
    REMOVE,
    SVEN,
    UPDATE,
    Ids,
    read_all,
    write,
)
from tests.unit.odd import graph_of, odd_graph
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, number
from tests.unit.wire import Line

MAIL, OLD_MAIL = parse_address("anna@fabrikam.com"), parse_address("old@fabrikam.com")
ENABLE = Change(Action.ENABLE, Method.SMS_SIGN_IN, SmsState.NOT_ENABLED, SmsState.READY)
DISABLE = Change(Action.DISABLE, Method.SMS_SIGN_IN, SmsState.READY, SmsState.NOT_ENABLED)


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


def test_a_switch_of_sms_sign_in_has_no_body_and_no_company(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    """Graph refuses a whole $batch for it."""
    on = {"mobile": {"phoneNumber": "+46 701740605", "smsSignInState": "ready"}}
    for name in (ANNA, CARLA):
        box.tenant.change_user(name, smsSignInAllowed=True, phones=on)
    others = [(ids(BJORN), UPDATE), (ids(MIA), UPDATE)]
    writes = [(ids(ANNA), DISABLE), others[0], (ids(CARLA), DISABLE), others[1]]
    before = len(box.tenant.calls("graph"))
    outcomes = write_changes(client, writes, Deadline(20), (), is_delegated=False)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.APPLIED] * 4
    sent = box.tenant.calls("graph")[before:]
    assert {record.status for record in sent} == {200, 204}
    switches = [record for record in sent if record.path.endswith("/disableSmsSignIn")]
    assert [record.batch for record in switches] == [None, None]


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
        seen.extend(connection.request_with_body())
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
    outcomes = write_changes(
        client, [(ids(CARLA), ADD), (ids(BJORN), UPDATE), (ids(ANNA), UPDATE)], Deadline(20), (), is_delegated=False
    )
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
    assert "while updating the mobile method (status 404, code resourceNotFound, request-id " in outcome.stop.message


def test_a_delete_of_a_method_that_is_gone_is_worth_a_look(client: GraphClient, ids: Ids) -> None:
    assert write(client, ids(CARLA), REMOVE).kind is OutcomeKind.REFUSED


def test_the_default_method_is_not_removed(client: GraphClient, ids: Ids) -> None:
    outcome = write(client, ids(SVEN), REMOVE)
    assert outcome.kind is OutcomeKind.REFUSED
    assert outcome.stop is not None
    assert outcome.stop.code is Code.DEFAULT_METHOD


@pytest.mark.parametrize("status", [b"201 Created", b"403 Forbidden", b"409 Conflict", b"503 Service Unavailable"])
def test_the_request_id_is_kept_whatever_the_answer(status: bytes) -> None:
    with odd_graph(b"{}", status=status, head=b"request-id: rid-1\r\n") as client:
        assert write(client, "id-1", ADD).request_id == "rid-1"


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


@pytest.mark.parametrize(
    ("status", "code"), [(400, Code.GRAPH_ERROR), (403, Code.FORBIDDEN), (401, Code.GRAPH_UNAVAILABLE)]
)
def test_a_write_that_was_refused_for_good(
    box: SandboxTenant, client: GraphClient, ids: Ids, status: int, code: Code
) -> None:
    box.tenant.faults.append(Fault("status", method="PATCH", status=status))
    outcome = write(client, ids(ANNA), UPDATE)
    assert (outcome.kind, outcome.stop and outcome.stop.code) == (OutcomeKind.FAILED, code)


def test_a_write_without_time_is_not_sent_and_failed(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    (outcome,) = write_changes(client, [(ids(ANNA), UPDATE)], Deadline(0.5), (), is_delegated=False)
    assert (outcome.kind, outcome.stop and outcome.stop.code) == (OutcomeKind.FAILED, Code.DEADLINE)
    assert box.tenant.writes() == []
