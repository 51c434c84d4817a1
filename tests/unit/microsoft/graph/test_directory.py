"""graph/directory.py: users with their methods, and changes made through the directory as a whole."""

import time
from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.address import parse_address
from shared.core.apply import apply_changes
from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Change, Current, Plan, ReadScope, SmsState, Target, User
from shared.core.plan import Policy, UserPlan
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.users import UserReader
from tests.unit.microsoft.graph.people import ADD, ANNA, BJORN, CARLA, MIA, OTHERS, ULLA, UPDATE, Ids, directory_of
from tests.unit.people import ALTERNATE, MOBILE, method


@pytest.fixture
def directory(client: GraphClient) -> GraphDirectory:
    users = UserReader(client, {MOBILE: "extensionAttribute15"})
    return directory_of(client, users)


def always(scope: ReadScope) -> Callable[[Target, User], ReadScope]:
    return lambda _target, _user: scope


def test_a_read_gives_users_with_the_methods_in_scope(box: SandboxTenant, directory: GraphDirectory, ids: Ids) -> None:
    box.tenant.change_user(ULLA, forbidden=True)
    targets = [Target(upn=name) for name in (ANNA, CARLA, "nobody@contoso.com", ULLA, MIA)]
    scopes = {CARLA: ReadScope.NONE, MIA: ReadScope.ALL}

    def scope_of(target: Target, user: User) -> ReadScope:
        assert target.upn == user.upn
        return scopes.get(user.upn, ReadScope.PHONES)

    anna, carla, nobody, ulla, mia = directory.read(targets, scope_of, Deadline(20))
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


def test_each_user_is_looked_at_once_however_the_user_was_found(
    box: SandboxTenant, directory: GraphDirectory, ids: Ids
) -> None:
    targets = [Target(upn=ANNA), Target(upn=CARLA), Target(id=ids(MIA)), Target(upn="nobody@contoso.com")]
    looked: list[tuple[Target, str]] = []

    def scope_of(target: Target, user: User) -> ReadScope:
        looked.append((target, user.upn))
        return ReadScope.PHONES

    directory.read(targets, scope_of, Deadline(20))
    assert sorted(looked, key=lambda pair: pair[1]) == list(zip(targets[:3], (ANNA, CARLA, MIA), strict=True))


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


def test_one_user_of_whom_nothing_is_in_scope(directory: GraphDirectory) -> None:
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
