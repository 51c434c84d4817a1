"""What a delegated caller reads only with a directory role, as the pages of these calls say."""

from __future__ import annotations

import pytest
import requests

from sandbox.tenant import SandboxTenant

from .conftest import SVC, GraphClient, error_of

METHODS = "Privileged Authentication Administrator"
SCOPES = ("User.Read.All", "RoleManagement.Read.Directory", "AuditLog.Read.All", "Policy.Read.AuthenticationMethod")
ROLES, REPORT = "/roleManagement/directory", "/reports/authenticationMethods/userRegistrationDetails"
POLICIES = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
EACH = pytest.mark.parametrize(
    ("path", "narrowest"),
    [
        (f"{ROLES}/roleAssignments", "Directory Readers"),
        (f"{ROLES}/roleEligibilityScheduleInstances", "Security Reader"),
        (REPORT, "Reports Reader"),
        (f"{POLICIES}/sms", "Authentication Policy Administrator"),
        (f"{POLICIES}/voice", "Authentication Policy Administrator"),
    ],
)


def acting_as(box: SandboxTenant, web: requests.Session, *roles: str) -> GraphClient:
    box.tenant.change_app(box.environment()["CLIENT_ID"], delegatedScopes=SCOPES)
    box.tenant.change_user(SVC, roles=[METHODS, *roles])
    return GraphClient(box, web).sign_in("password")


@EACH
def test_the_scope_alone_does_not_suffice(box: SandboxTenant, web: requests.Session, path: str, narrowest: str) -> None:
    assert error_of(acting_as(box, web).get(path)) == (403, "Authorization_RequestDenied")
    assert acting_as(box, web, narrowest).get(path).status_code == 200


@EACH
@pytest.mark.parametrize("role", ["Global Reader", "Global Administrator"])
def test_two_roles_read_all_of_it(
    box: SandboxTenant, web: requests.Session, path: str, narrowest: str, role: str
) -> None:
    assert role != narrowest
    assert acting_as(box, web, role).get(path).status_code == 200


@EACH
def test_an_app_needs_no_role(box: SandboxTenant, graph: GraphClient, path: str, narrowest: str) -> None:
    assert box.tenant.apps[box.environment()["CLIENT_ID"]].roles.isdisjoint({narrowest})
    assert graph.get(path).status_code == 200


def test_the_role_alone_does_not_suffice(service_account: GraphClient) -> None:
    assert error_of(service_account.get(REPORT)) == (403, "Authorization_RequestDenied")


def test_users_and_groups_are_read_without_one(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.change_app(box.environment()["CLIENT_ID"], delegatedScopes=["User.Read.All", "GroupMember.Read.All"])
    box.tenant.change_user(SVC, roles=[])
    graph, (group, *_) = GraphClient(box, web).sign_in("password"), box.tenant.groups
    for path in ("/users?$top=1", "/users/delta", f"/groups/{group}/transitiveMembers", f"/groups/{group}/owners"):
        assert graph.get(path).status_code == 200, path
