"""graph/guard_lists.py: who is an administrator, against the sandbox's roles and role-assignable groups."""

from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.guard_lists import KEEP_S
from shared.microsoft.graph.guarded import GuardedUsers
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.people import guards

ANNA, TORA, CARLA = "anna.andersson@contoso.com", "tora.admin@contoso.com", "carla.diaz@contoso.com"
PILOT_ID = "9009c000-0000-4000-8000-00000000009c"
LISTS = ["roleAssignments", "roleEligibilityScheduleInstances", "isAssignableToRole", "transitiveMembers", "owners"]


@pytest.fixture
def guarded(client: GraphClient) -> GuardedUsers:
    return guards(client, protect_administrators=True)


def administrators(box: SandboxTenant, guarded: GuardedUsers) -> set[str]:
    """The names of all users who are one."""
    found = guarded.read(Deadline(20)).administrators
    assert not isinstance(found, Stop)
    return {user.user_principal_name for user in box.tenant.users() if user.id in found}


SEEDED = {TORA, "svc-mfa@contoso.com", "breakglass1@contoso.com"}


def active(box: SandboxTenant) -> None:
    box.tenant.change_user(ANNA, roles=["Directory Readers"])


def in_another_scope(box: SandboxTenant) -> None:
    box.tenant.change_user(ANNA, roles=["Helpdesk Administrator"], roleScope="/administrativeUnits/a")


def of_a_custom_role(box: SandboxTenant) -> None:
    box.tenant.change_user(ANNA, roles=["Our own role"])


def eligible(box: SandboxTenant) -> None:
    box.tenant.change_user(ANNA, eligibleRoles=["User Administrator"])


def member_of_such_a_group(box: SandboxTenant) -> None:
    box.tenant.set_group("Helpdesk", roleAssignable=True, members=[ANNA])


def owner_of_such_a_group(box: SandboxTenant) -> None:
    box.tenant.set_group("Helpdesk", roleAssignable=True, owners=[ANNA])


def member_below_such_a_group(box: SandboxTenant) -> None:
    inner = box.tenant.set_group("Inner", members=[ANNA])
    box.tenant.set_group("Helpdesk", roleAssignable=True, members=[inner.id])


@pytest.mark.parametrize(
    "become",
    [
        *(active, in_another_scope, of_a_custom_role, eligible),
        *(member_of_such_a_group, owner_of_such_a_group, member_below_such_a_group),
    ],
)
def test_every_way_to_be_an_administrator(
    box: SandboxTenant, guarded: GuardedUsers, become: Callable[[SandboxTenant], None]
) -> None:
    become(box)
    assert administrators(box, guarded) == SEEDED | {ANNA}


def test_nobody_else_is_one(box: SandboxTenant, guarded: GuardedUsers) -> None:
    box.tenant.set_group("Everybody", members=[ANNA, CARLA], owners=[ANNA])
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.roles.add("Global Reader")
    box.tenant.set_group("Automation", roleAssignable=True, owners=[app.object_id], members=[app.object_id])
    assert administrators(box, guarded) == SEEDED


def test_a_tenant_without_any_is_fine(box: SandboxTenant, guarded: GuardedUsers) -> None:
    for name in SEEDED:
        box.tenant.change_user(name, roles=[])
    assert administrators(box, guarded) == set()


def test_without_the_premium_licence_nobody_is_eligible(box: SandboxTenant, guarded: GuardedUsers) -> None:
    box.tenant.set_switches(premium_licence=False)
    assert administrators(box, guarded) == SEEDED


def test_all_pages_of_all_lists_are_read(box: SandboxTenant, guarded: GuardedUsers) -> None:
    box.tenant.set_switches(page_size=1)
    box.tenant.change_user(ANNA, eligibleRoles=["User Administrator"])
    box.tenant.change_user(CARLA, eligibleRoles=["User Administrator"])
    owners = [f"owner{index}@contoso.com" for index in range(3)]
    for name in owners:
        box.tenant.add_user(name)
    box.tenant.set_group("Helpdesk", roleAssignable=True, owners=owners)
    assert administrators(box, guarded) == SEEDED | {ANNA, CARLA, *owners}


def with_groups(box: SandboxTenant, count: int) -> None:
    for index in range(count):
        box.tenant.set_group(f"Helpdesk {index}", roleAssignable=True, members=[ANNA])


def test_one_refresh_reads_all_lists_together_in_batches(box: SandboxTenant, client: GraphClient) -> None:
    with_groups(box, 25)
    pilot = "9009a000-0000-4000-8000-00000000009a"
    guarded = guards(client, protected_group_id=pilot, allowed_group_id=PILOT_ID, protect_administrators=True)
    administrators(box, guarded)
    requests = [record.path for record in box.tenant.calls() if record.batch is None]
    # The five lists; members and owners of 25 groups; whatever the pace lets through at once.
    assert requests == ["/v1.0/$batch"] * len(requests)
    assert len(requests) <= 4
    assert len(box.tenant.calls()) - len(requests) == 5 + 50
    administrators(box, guarded)
    assert len([record for record in box.tenant.calls() if record.batch is None]) == len(requests)


def test_roles_are_known_for_a_minute(box: SandboxTenant, guarded: GuardedUsers, clock: Clock) -> None:
    administrators(box, guarded)
    active(box)
    clock.advance(KEEP_S - 1)
    assert administrators(box, guarded) == SEEDED
    clock.advance(2)
    assert administrators(box, guarded) == SEEDED | {ANNA}


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_can_never_be_read_names_both_permissions(
    box: SandboxTenant, guarded: GuardedUsers, path: str, status: int
) -> None:
    with_groups(box, 1)
    box.tenant.faults.append(Fault("status", path=path, status=status))
    with pytest.raises(ConfigurationError) as fault:
        guarded.read(Deadline(20))
    for word in ("PROTECT_ADMINISTRATORS", "RoleManagement.Read.Directory", "GroupMember.Read.All", str(status)):
        assert word in fault.value.detail


@pytest.mark.parametrize("permission", ["RoleManagement.Read.Directory", "GroupMember.Read.All"])
def test_a_missing_permission(box: SandboxTenant, guarded: GuardedUsers, permission: str) -> None:
    box.tenant.apps[box.environment()["CLIENT_ID"]].app_roles.discard(permission)
    with pytest.raises(ConfigurationError, match=permission):
        guarded.read(Deadline(20))


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("status", "code"), [(429, Code.THROTTLED), (503, Code.GRAPH_UNAVAILABLE)])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_cannot_be_read_now_protects_everybody(
    box: SandboxTenant, guarded: GuardedUsers, path: str, status: int, code: Code
) -> None:
    with_groups(box, 1)
    box.tenant.faults.append(Fault("status", path=path, status=status, retry_after=30))
    found = guarded.read(Deadline(20)).administrators
    assert isinstance(found, Stop)
    assert found.code is code


@pytest.mark.usefixtures("clock")
def test_a_list_that_could_be_read_serves_beside_one_that_could_not(box: SandboxTenant, client: GraphClient) -> None:
    guarded = guards(client, protected_group_id=PILOT_ID, protect_administrators=True)
    box.tenant.faults.append(Fault("status", path="roleAssignments", status=503))
    found = guarded.read(Deadline(20))
    assert isinstance(found.administrators, Stop)
    assert not isinstance(found.protected, Stop)
    assert box.tenant.user(ANNA).id in found.protected
