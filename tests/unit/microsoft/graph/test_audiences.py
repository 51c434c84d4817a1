"""graph/audiences.py: whom SMS and voice are for, and who is or may become a Global Administrator."""

from typing import Any

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import Stop
from shared.core.survey.tenant import Audience, Tenant
from shared.deadline import Deadline
from shared.microsoft.graph.audiences import read_tenant
from shared.microsoft.graph.client import GraphClient

ANNA, BJORN, CARLA = "anna.andersson@contoso.com", "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
PILOT = "9009c000-0000-4000-8000-00000000009c"  # these three
NESTED = "9009a000-0000-4000-8000-00000000009a"
BREAK_GLASS, TORA = "breakglass1@contoso.com", "tora.admin@contoso.com"


def policy(box: SandboxTenant, name: str, include: list[str], exclude: list[str] = [], **words: Any) -> None:  # noqa: B006
    targets = [[{"targetType": "group", "id": each} for each in ids] for ids in (include, exclude)]
    both = dict(zip(("includeTargets", "excludeTargets"), targets, strict=True))
    box.tenant.policies[name] = {"state": "enabled", **both, **words}


def read(client: GraphClient) -> Tenant:
    found = read_tenant(client, Deadline(20))
    assert isinstance(found, Tenant)
    return found


def names(box: SandboxTenant, audience: Audience | None) -> set[str]:
    assert audience is not None
    return {user.user_principal_name for user in box.tenant.users() if user.id in audience}


def everybody(box: SandboxTenant) -> set[str]:
    return {user.user_principal_name for user in box.tenant.users()}


def test_groups_are_expanded_and_what_is_excluded_counts_for_more(box: SandboxTenant, client: GraphClient) -> None:
    policy(box, "sms", ["all_users"], [PILOT])
    policy(box, "voice", [PILOT, NESTED], ["9009b000-0000-4000-8000-00000000009b"])
    tenant = read(client)
    assert names(box, tenant.sms) == everybody(box) - {ANNA, BJORN, CARLA}
    assert names(box, tenant.voice) == {ANNA, BJORN, CARLA}
    policy(box, "voice", [NESTED])
    assert names(box, read(client).voice) == {BREAK_GLASS}
    assert tenant.notes == ()


def test_users_whom_a_policy_names_are_no_groups(box: SandboxTenant, client: GraphClient) -> None:
    anna, bjorn = ({"targetType": "user", "id": box.tenant.user(name).id.upper()} for name in (ANNA, BJORN))
    policy(box, "sms", ["all_users"], excludeTargets=[anna])
    policy(box, "voice", [], includeTargets=[anna, bjorn, {"targetType": "group", "id": PILOT}], excludeTargets=[bjorn])
    tenant = read(client)
    assert names(box, tenant.sms) == everybody(box) - {ANNA}
    assert names(box, tenant.voice) == {ANNA, CARLA}
    assert [record.path for record in box.tenant.calls("graph") if box.tenant.user(ANNA).id in record.path] == []


def test_a_policy_that_is_off_is_for_nobody(box: SandboxTenant, client: GraphClient) -> None:
    policy(box, "sms", ["all_users"], state="disabled")
    policy(box, "voice", ["all_users"], ["all_users"])
    tenant = read(client)
    assert (names(box, tenant.sms), names(box, tenant.voice)) == (set(), set())


def test_a_group_that_is_gone_has_no_members(box: SandboxTenant, client: GraphClient) -> None:
    policy(box, "sms", ["all_users"], ["9009ffff-0000-4000-8000-00000000009f"])
    tenant = read(client)
    assert names(box, tenant.sms) == everybody(box)
    assert tenant.notes == ()


def test_global_administrators_are_those_of_now_and_those_who_may_become_one(
    box: SandboxTenant, client: GraphClient
) -> None:
    assert TORA in names(box, read(client).administrators)
    box.tenant.change_user(ANNA, roles=["Helpdesk Administrator"])
    box.tenant.change_user(BJORN, eligibleRoles=["Global Administrator"])
    box.tenant.set_group("Admins", roleAssignable=True, roles=["Global Administrator"], members=[CARLA])
    found = names(box, read(client).administrators)
    assert {BJORN, CARLA} <= found
    assert ANNA not in found


def test_without_the_licence_for_it_nobody_is_eligible(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.set_switches(premium_licence=False)
    tenant = read(client)
    assert TORA in names(box, tenant.administrators)
    assert tenant.notes == ()


@pytest.mark.parametrize(
    ("path", "columns", "permission"),
    [
        ("/policies/", {"smsPolicy", "voicePolicy", "retiresOn"}, "Policy.Read.AuthenticationMethod"),
        ("/transitiveMembers", {"smsPolicy", "voicePolicy", "retiresOn"}, "GroupMember.Read.All"),
        ("/roleManagement/", {"retiresOn"}, "RoleManagement.Read.Directory"),
    ],
)
def test_what_is_refused_is_empty_and_a_note_names_the_permission(
    box: SandboxTenant, client: GraphClient, path: str, columns: set[str], permission: str
) -> None:
    policy(box, "sms", ["all_users"], [PILOT])
    box.tenant.faults.append(Fault("status", path=path, status=403))
    tenant = read(client)
    assert columns == {column for note in tenant.notes for column in note.columns}
    assert permission in tenant.notes[0].detail
    assert (tenant.sms is None, tenant.administrators is None) == ("smsPolicy" in columns, columns == {"retiresOn"})


def test_what_may_pass_is_a_stop(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", path="/policies/", status=503))
    assert isinstance(read_tenant(client, Deadline(3)), Stop)
