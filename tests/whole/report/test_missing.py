"""What Graph does not tell leaves columns empty, and the report says why."""

from typing import Any

import pytest

from sandbox.tenant import SandboxTenant
from sandbox.tenant.faults import Fault, What
from tests.whole.report.conftest import Reports
from tests.whole.report.tenant import expected, upn

NAMES = ["right", "only", "nobody", "active", "invited"]
UPNS = [upn(name) for name in NAMES]
METHODS, POLICIES = ("methods", "phoneOnly", "phishingResistant"), ("smsPolicy", "voicePolicy", "retiresOn")


def refuse(box: SandboxTenant, path: str) -> None:
    """As Graph does where a permission is missing; that the sandbox does so is a test of its own."""
    box.tenant.faults.append(Fault(What.STATUS, path=path, status=403, code="Authorization_RequestDenied"))


def check(body: dict[str, Any], columns: tuple[str, ...]) -> None:
    """All columns are as they would be, but these, which are empty."""
    for row in body["results"]:
        wanted = expected()[row.pop("userPrincipalName")]
        assert row == {**wanted, "userId": row["userId"], **dict.fromkeys(columns)}


@pytest.mark.parametrize("has_licence", [True, False])
def test_without_the_registration_report(reports: Reports, box: SandboxTenant, has_licence: bool) -> None:
    """Then Graph is asked about everybody's phones."""
    if has_licence:
        refuse(box, "/reports/")
    else:
        box.tenant.set_switches(premium_licence=False)
        box.tenant.change_user(upn("active"), roles=["Global Administrator"])
    body = reports.result(*UPNS)
    check(body, METHODS)
    (note,) = body["notes"]
    assert note["columns"] == list(METHODS)
    assert note["code"] == ("permissionMissing" if has_licence else "noLicense")
    assert ("AuditLog.Read.All" if has_licence else "P1 or P2") in note["detail"]
    assert (body["figures"]["phoneOnly"], body["figures"]["drift"]) == (None, 1)
    assert "Read this first" in reports.get(body["jobId"], "/result", accept="text/html").text


def test_without_the_policy(reports: Reports, box: SandboxTenant) -> None:
    refuse(box, "/policies/")
    body = reports.result(*UPNS)
    check(body, POLICIES)
    (note,) = body["notes"]
    assert (note["columns"], note["code"]) == (list(POLICIES), "permissionMissing")
    assert "Policy.Read.AuthenticationMethod" in note["detail"]


def test_without_the_roles_only_who_is_external_has_a_date(reports: Reports, box: SandboxTenant) -> None:
    refuse(box, "/roleManagement/")
    body = reports.result(*UPNS)
    dates = {row["userPrincipalName"]: row["retiresOn"] for row in body["results"]}
    assert dates == {**dict.fromkeys(UPNS), upn("invited"): "2027-07-01"}
    (note,) = body["notes"]
    assert (note["columns"], note["code"]) == (["retiresOn"], "permissionMissing")
    assert "RoleManagement.Read.Directory" in note["detail"]


def test_a_user_who_does_not_exist_is_in_the_report_all_the_same(reports: Reports) -> None:
    body = reports.result(upn("right"), "gone@contoso.com")
    (gone,) = (row for row in body["results"] if row["userPrincipalName"] == "gone@contoso.com")
    assert (gone["status"], gone["code"]) == ("failed", "userNotFound")
    assert {gone[name] for name in ("registered", "methods", "drift", "retiresOn", "sharedNumber")} == {None}
    assert body["counts"] == {"users": 2, "reported": 1, "failed": 1}


def test_methods_that_are_not_known_are_named(reports: Reports, box: SandboxTenant) -> None:
    box.tenant.change_user(upn("only"), reportedMethods=["mobilePhone", "telepathy"])
    body = reports.result(upn("only"))
    assert body["results"][0]["phoneOnly"] is False
    (note,) = body["notes"]
    assert note["code"] == "unknownMethod"
    assert note["detail"].endswith(": telepathy.")
