"""A report about everyone, or about a group: whoever it is, with an attribute or without."""

from typing import Any

from sandbox.tenant import SandboxTenant
from tests.whole.report.conftest import Reports
from tests.whole.report.tenant import PEOPLE, PILOT, expected, upn

PILOT_ID = "9009e000-0000-4000-8000-00000000009e"


def rows_of(reports: Reports, body: dict[str, Any]) -> dict[str, Any]:
    found = reports.get(reports.ended(body), "/result").body
    rows = {row.pop("userPrincipalName"): row for row in found["results"]}
    assert found["counts"]["users"] == len(rows) == found["figures"]["users"]
    return rows


def test_everyone_with_an_attribute_or_without(reports: Reports, box: SandboxTenant) -> None:
    box.tenant.change_user(upn("helpdesk"), accountEnabled=False)
    rows = rows_of(reports, {"scope": "everyone"})
    assert set(rows) == {user.user_principal_name for user in box.tenant.users()} - {upn("helpdesk")}
    for name, row in expected().items():
        if name != upn("helpdesk"):
            assert rows[name] == {**row, "userId": box.tenant.user(name).id}, name
    assert len(rows) > len(PEOPLE)


def test_the_members_of_a_group_those_of_groups_in_it_too(reports: Reports, box: SandboxTenant) -> None:
    assert PILOT in [group.display_name for group in box.tenant.groups.values()]
    assert set(rows_of(reports, {"group": PILOT_ID})) == {upn("passkey"), upn("office")}
