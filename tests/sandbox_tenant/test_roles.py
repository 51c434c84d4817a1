"""The sandbox's directory roles: who holds one, who may activate one, and what a reader needs."""

from __future__ import annotations

import pytest
import requests

from sandbox.tenant import SandboxTenant

from .conftest import ANNA, CARLA, GRAPH, GraphClient, error_of

ACTIVE = "/roleManagement/directory/roleAssignments"
ELIGIBLE = "/roleManagement/directory/roleEligibilityScheduleInstances"
TORA = "tora.admin@contoso.com"


def principals(graph: GraphClient, path: str) -> list[str]:
    return [entry["principalId"] for entry in graph.get(path).json()["value"]]


def test_who_holds_a_role_is_listed_with_its_definition_and_scope(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(ANNA, roles=["Helpdesk Administrator"], roleScope="/administrativeUnits/a")
    entries = {entry["principalId"]: entry for entry in graph.get(ACTIVE).json()["value"]}
    anna, tora = (entries[box.tenant.user(name).id] for name in (ANNA, TORA))
    assert anna["directoryScopeId"] == "/administrativeUnits/a"
    assert (tora["roleDefinitionId"], tora["directoryScopeId"]) == ("62e90394-69f5-4237-9190-012177145e10", "/")
    names = {
        entry["id"]: entry["displayName"]
        for entry in graph.get("/roleManagement/directory/roleDefinitions").json()["value"]
    }
    assert names[anna["roleDefinitionId"]] == "Helpdesk Administrator"


def test_groups_and_service_principals_hold_roles_too(box: SandboxTenant, graph: GraphClient) -> None:
    group = box.tenant.set_group("Helpdesk", roleAssignable=True, roles=["Helpdesk Administrator"])
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.roles.add("Global Reader")
    assert {group.id, app.object_id} <= set(principals(graph, ACTIVE))


def test_who_may_activate_a_role_is_listed_apart(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(CARLA, eligibleRoles=["User Administrator"])
    carla = box.tenant.user(CARLA).id
    assert principals(graph, ELIGIBLE) == [carla]
    assert carla not in principals(graph, ACTIVE)


def test_without_the_premium_licence_nobody_is_eligible(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(premium_licence=False)
    assert error_of(graph.get(ELIGIBLE)) == (400, "AadPremiumLicenseRequired")
    assert graph.get(ACTIVE).status_code == 200


def test_pages_follow_their_link_and_other_options_are_refused(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(page_size=1)
    path, seen = f"{ACTIVE}?$select=principalId", []
    while path:
        body = graph.get(path).json()
        seen += body["value"]
        path = body.get("@odata.nextLink", "").removeprefix(f"{GRAPH}/v1.0")
    assert len(seen) == 4
    assert all(set(entry) == {"principalId"} for entry in seen)
    assert error_of(graph.get(f"{ACTIVE}?$top=999"))[0] == 400


def test_a_filter_on_the_principal(box: SandboxTenant, graph: GraphClient) -> None:
    tora = box.tenant.user(TORA).id
    assert principals(graph, f"{ACTIVE}?$filter=principalId eq '{tora}'") == [tora]
    assert error_of(graph.get(f"{ACTIVE}?$filter=id eq 'x'"))[0] == 400


@pytest.mark.parametrize("path", [ACTIVE, ELIGIBLE])
def test_reading_roles_needs_its_permission(box: SandboxTenant, web: requests.Session, path: str) -> None:
    box.tenant.apps[box.environment()["CLIENT_ID"]].app_roles.discard("RoleManagement.Read.Directory")
    assert error_of(GraphClient(box, web).sign_in().get(path)) == (403, "Authorization_RequestDenied")


def test_the_service_account_has_no_such_scope(service_account: GraphClient) -> None:
    assert error_of(service_account.get(ACTIVE)) == (403, "Authorization_RequestDenied")


def test_who_is_restricted_is_told_when_asked_for(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(ANNA, restricted=True)
    for name, expected in ((ANNA, True), (CARLA, None)):
        assert graph.get(f"/users/{name}?$select=isManagementRestricted").json()["isManagementRestricted"] is expected
    assert "isManagementRestricted" not in graph.get(f"/users/{ANNA}").json()


@pytest.mark.parametrize(("refused", "single"), [("lists", 200), ("always", 400)])
def test_a_tenant_that_does_not_tell_it(box: SandboxTenant, graph: GraphClient, refused: str, single: int) -> None:
    box.tenant.set_switches(restricted_refused=refused)
    select = "$select=id,isManagementRestricted"
    assert graph.get(f"/users?$filter=userPrincipalName in ('{ANNA}')&{select}").status_code == 400
    assert graph.get(f"/users/{ANNA}?{select}").status_code == single
    assert graph.get(f"/users/{ANNA}?$select=id").status_code == 200
