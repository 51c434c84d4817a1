"""graph/methods.py: listing phone methods and the three writes, against the sandbox."""

import time
from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant, Write
from shared.apply import Pending, apply_changes
from shared.deadline import Deadline
from shared.graph.client import GraphClient
from shared.graph.directory import GraphDirectory
from shared.graph.group import ProtectedGroup
from shared.graph.methods import list_methods, write_changes
from shared.graph.users import UserReader
from shared.models import Action, Change, Code, Outcome, OutcomeKind, PhoneMethod, PhoneType, Stop, Target, User
from shared.phone import StoredNumber
from shared.plan import Policy, Wanted
from tests.unit.odd import odd_graph
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, method, number

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
CARLA, SVEN, ULLA = "carla.diaz@contoso.com", "sven.default@contoso.com", "ulla.office@contoso.com"
HELD, NEW = StoredNumber("+46 701740605"), number("+46 701740699")
ADD = Change(Action.ADD, MOBILE, None, NEW)
UPDATE = Change(Action.UPDATE, MOBILE, HELD, NEW)
REMOVE = Change(Action.REMOVE, MOBILE, HELD, None)

Ids = Callable[[str], str]


@pytest.fixture
def ids(box: SandboxTenant) -> Ids:
    return lambda upn: box.tenant.user(upn).id


def read(client: GraphClient, *user_ids: str) -> list[tuple[PhoneMethod, ...] | Stop]:
    return list_methods(client, user_ids, Deadline(20))


def write(client: GraphClient, user_id: str, change: Change) -> Outcome:
    (outcome,) = write_changes(client, [(user_id, change)], Deadline(20))
    return outcome


def test_the_methods_of_each_user_in_order(client: GraphClient, ids: Ids) -> None:
    anna, ulla, carla = read(client, ids(ANNA), ids(ULLA), ids(CARLA))
    assert anna == (method("+46 701740605", sms_sign_in_state="notAllowedByPolicy"),)
    assert carla == ()
    assert not isinstance(ulla, Stop)
    assert set(ulla) == {
        method("+1 2065550117", sms_sign_in_state="notAllowedByPolicy"),
        method("+1 2065550118x7", OFFICE, "notSupported"),
    }


def test_a_user_whose_methods_may_not_be_read(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    box.tenant.change_user(ANNA, forbidden=True)
    anna, bjorn = read(client, ids(ANNA), ids(BJORN))
    assert isinstance(anna, Stop)
    assert anna.code is Code.FORBIDDEN
    assert "permission" in anna.message
    assert "role" in anna.message
    assert not isinstance(bjorn, Stop)


def test_a_list_that_is_none_is_no_answer(box: SandboxTenant) -> None:
    with odd_graph(b'{"value":{}}') as client:
        (found,) = read(client, "id-1")
    assert isinstance(found, Stop)
    assert found.code is Code.GRAPH_UNAVAILABLE


def test_a_type_that_graph_may_add_one_day_is_not_ours_to_touch() -> None:
    body = (
        b'{"value":[{"phoneType":"satellite","phoneNumber":"+1 2065550100"},7,{"phoneNumber":"+1 2065550100"},'
        b'{"phoneType":"mobile","phoneNumber":null,"smsSignInState":7}]}'
    )
    with odd_graph(body) as client:
        assert read(client, "id-1") == [(PhoneMethod(PhoneType.MOBILE, StoredNumber("")),)]


def test_an_add_is_one_post(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    outcome = write(client, ids(CARLA), ADD)
    assert outcome == Outcome(OutcomeKind.APPLIED, sms_sign_in_state="notAllowedByPolicy")
    assert box.tenant.writes() == [Write("POST", CARLA, "mobile", "+46 701740699", 201)]


def test_an_update_is_one_patch_in_place(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    assert write(client, ids(ANNA), UPDATE).kind is OutcomeKind.APPLIED
    assert box.tenant.writes() == [Write("PATCH", ANNA, "mobile", "+46 701740699", 204)]


def test_a_removal_is_one_delete(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    assert write(client, ids(ANNA), REMOVE).kind is OutcomeKind.APPLIED
    assert box.tenant.writes() == [Write("DELETE", ANNA, "mobile", None, 204)]


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
    assert "was gone while updating the phone method" in outcome.stop.message


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
        assert outcome == Outcome(OutcomeKind.APPLIED, sms_sign_in_state="phoneNumberNotUnique")
    else:
        assert (outcome.kind, outcome.may_be_saved) == (OutcomeKind.REFUSED, True)
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
    users = UserReader(client, "extensionAttribute15", True)
    return GraphDirectory(client, users, ProtectedGroup(client, None))


def test_a_read_gives_users_with_the_methods_that_are_wanted(
    box: SandboxTenant, directory: GraphDirectory, ids: Ids
) -> None:
    box.tenant.change_user(ULLA, forbidden=True)
    targets = [Target(upn=ANNA), Target(upn=CARLA), Target(upn="nobody@contoso.com"), Target(upn=ULLA)]

    def not_carla(user: User) -> bool:
        return user.upn != CARLA

    anna, carla, nobody, ulla = directory.read(targets, not_carla, Deadline(20))
    assert anna.user is not None
    assert anna.methods == (method("+46 701740605", sms_sign_in_state="notAllowedByPolicy"),)
    assert carla.user is not None
    assert (carla.methods, carla.stop) == (None, None)
    assert nobody.user is None
    assert nobody.stop is not None
    assert nobody.stop.code is Code.USER_NOT_FOUND
    assert ulla.user is not None
    assert ulla.stop is not None
    assert ulla.stop.code is Code.FORBIDDEN
    assert not box.tenant.calls(path_contains=ids(CARLA))


def test_a_user_named_twice_is_read_once(box: SandboxTenant, directory: GraphDirectory, ids: Ids) -> None:
    targets = [Target(upn=ANNA), Target(id=ids(ANNA))]
    first, second = directory.read(targets, lambda _user: True, Deadline(20))
    assert first == second
    assert len(box.tenant.calls(path_contains="phoneMethods")) == 1


def settle(box: SandboxTenant, directory: GraphDirectory, upn: str, change: Change) -> Code:
    item = Pending(Target(upn=upn), box.tenant.user(upn).id, Wanted(change.after), change)
    (result,) = apply_changes([item], directory, Policy(remove_on_empty=True), Deadline(20))
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
