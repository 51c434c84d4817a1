"""A service account without the role that reads policies, reports and roles: what its refusals ask for."""

from collections.abc import Callable

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.survey.graph import Survey
from shared.core.survey.tenant import Note, Tenant
from shared.deadline import Deadline
from tests.support import Webhook

SVC, METHODS = "svc-mfa@contoso.com", "Privileged Authentication Administrator"
GRANTED = (
    *("User.Read.All", "UserAuthMethod-Phone.ReadWrite.All", "RoleManagement.Read.Directory", "GroupMember.Read.All"),
    *("AuditLog.Read.All", "Policy.Read.AuthenticationMethod"),
)
ASSIGN = "Assign the directory role Global Reader to the service account."
GLOBAL_READER, READS_NOTHING = [METHODS, "Global Reader"], [METHODS]


@pytest.fixture
def survey(box: SandboxTenant, webhook: Callable[..., Webhook]) -> Callable[..., Survey]:
    def make(roles: list[str], scopes: tuple[str, ...] = GRANTED) -> Survey:
        box.tenant.change_user(SVC, roles=roles)
        box.tenant.change_app(box.environment()["CLIENT_ID"], delegatedScopes=scopes)
        return webhook(GRAPH_AUTH="service_account").services.survey

    return make


def notes(survey: Survey) -> list[Note]:
    page, tenant = survey.registrations(None, Deadline(20)), survey.tenant(Deadline(20))
    assert isinstance(tenant, Tenant)
    return [*([page] if isinstance(page, Note) else []), *tenant.notes]


def test_with_the_role_nothing_is_missing(survey: Callable[..., Survey]) -> None:
    assert notes(survey(GLOBAL_READER)) == []


def test_where_all_is_granted_the_notes_ask_for_the_role_alone(survey: Callable[..., Survey]) -> None:
    found = notes(survey(READS_NOTHING))
    assert [note.columns[0] for note in found] == ["methods", "smsPolicy", "retiresOn"]
    assert {note.code for note in found} == {"permissionMissing"}
    assert [note.detail for note in found if not note.detail.endswith(f"). {ASSIGN}")] == []


def test_where_a_permission_is_missing_too_they_ask_for_both(survey: Callable[..., Survey]) -> None:
    found = notes(survey(READS_NOTHING, GRANTED[:2]))
    asked = [
        note.detail.partition(" Grant the app the ")[2].partition(", and assign the directory role ") for note in found
    ]
    assert [names for names, _, _ in asked] == [
        *("permission AuditLog.Read.All", "permission Policy.Read.AuthenticationMethod"),
        "permissions RoleManagement.Read.Directory and GroupMember.Read.All",
    ]
    assert {role for _, _, role in asked} == {"Global Reader to the service account."}


def test_with_the_role_they_ask_for_the_permission(survey: Callable[..., Survey]) -> None:
    (note,) = notes(survey(GLOBAL_READER, GRANTED[:5]))
    assert note.detail.endswith(" Grant the app the permission Policy.Read.AuthenticationMethod.")
