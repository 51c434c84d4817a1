from __future__ import annotations

import requests

from sandbox.tenant import SandboxTenant
from sandbox.tenant.directory import Group

from .conftest import GRAPH, GraphClient, error_of

PROTECTED = "9009a000-0000-4000-8000-00000000009a"
BREAK_GLASS = "breakglass1@contoso.com"


def test_members_of_nested_groups_are_listed(graph: GraphClient) -> None:
    members = graph.get(f"/groups/{PROTECTED}/transitiveMembers?$select=id,userPrincipalName").json()["value"]
    assert {member["@odata.type"] for member in members} == {"#microsoft.graph.user", "#microsoft.graph.group"}
    assert [member["userPrincipalName"] for member in members if "userPrincipalName" in member] == [BREAK_GLASS]


def test_the_cast_leaves_only_users(graph: GraphClient) -> None:
    members = graph.get(f"/groups/{PROTECTED}/transitiveMembers/microsoft.graph.user").json()["value"]
    assert [member["userPrincipalName"] for member in members] == [BREAK_GLASS]


def test_another_cast_is_400(graph: GraphClient) -> None:
    answer = graph.get(f"/groups/{PROTECTED}/transitiveMembers/microsoft.graph.device")
    assert error_of(answer) == (400, "Request_UnsupportedQuery")


def test_large_groups_come_in_pages_and_keep_their_query(box: SandboxTenant, graph: GraphClient) -> None:
    everyone = [entry["id"] for entry in box.tenant.snapshot().values()]
    box.tenant.groups["g1"] = Group("g1", "Everyone", everyone)
    path = "/groups/g1/transitiveMembers?$top=10&$select=id"
    seen = []
    while path:
        body = graph.get(path).json()
        assert all(set(member) == {"@odata.type", "id"} for member in body["value"])
        seen += [member["id"] for member in body["value"]]
        path = body.get("@odata.nextLink", "").removeprefix(f"{GRAPH}/v1.0")
    assert seen == everyone


def test_a_group_that_contains_itself_ends(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.groups[PROTECTED].members.append(PROTECTED)
    assert graph.get(f"/groups/{PROTECTED}/transitiveMembers").status_code == 200


def test_an_unknown_group_is_404(graph: GraphClient) -> None:
    answer = graph.get("/groups/00000000-0000-0000-0000-000000000000/transitiveMembers")
    assert error_of(answer) == (404, "Request_ResourceNotFound")


def test_reading_a_group_needs_its_permission(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.apps[box.environment()["CLIENT_ID"]].app_roles.discard("GroupMember.Read.All")
    answer = GraphClient(box, web).sign_in().get(f"/groups/{PROTECTED}/transitiveMembers")
    assert error_of(answer) == (403, "Authorization_RequestDenied")


def test_role_assignable_groups_are_found_by_a_filter(box: SandboxTenant, graph: GraphClient) -> None:
    group = box.tenant.set_group("Helpdesk", roleAssignable=True)
    found = graph.get("/groups?$filter=isAssignableToRole eq true&$select=id").json()["value"]
    assert found == [{"id": group.id}]
    assert len(graph.get("/groups").json()["value"]) == 4
    assert error_of(graph.get("/groups?$filter=displayName eq 'x'"))[0] == 400


def test_owners_are_users_and_service_principals(box: SandboxTenant, graph: GraphClient) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    group = box.tenant.set_group("Helpdesk", owners=[BREAK_GLASS, app.object_id])
    owners = graph.get(f"/groups/{group.id}/owners?$select=id").json()["value"]
    assert [owner["@odata.type"] for owner in owners] == ["#microsoft.graph.user", "#microsoft.graph.servicePrincipal"]
    assert owners[0]["id"] == box.tenant.user(BREAK_GLASS).id
