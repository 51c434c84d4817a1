"""What docs/deploy.md tells the operator to grant in Microsoft Graph: the templates cannot."""

import re

from shared.microsoft.graph import guard_lists
from tests.docs.pages import page

GRANTS = page("docs/deploy.md").text.partition("## 3. Grant the Graph permissions")[2]
AS_APPLICATION, _, AS_SERVICE_ACCOUNT = GRANTS.partition("### As a service account")
USUAL = ["User.Read.All", "UserAuthMethod-Phone.ReadWrite.All"]
OF_THE_GUARD = ["RoleManagement.Read.Directory", "GroupMember.Read.All"]


def test_both_scripts_grant_an_application_what_the_default_settings_need() -> None:
    powershell = re.search(r"^\$names = (.+)$", AS_APPLICATION, re.MULTILINE)
    shell = re.search(r"^for name in (.+); do$", AS_APPLICATION, re.MULTILINE)
    assert powershell
    assert shell
    assert re.findall(r"'([^']+)'", powershell[1]) == shell[1].split() == [*USUAL, *OF_THE_GUARD]


def test_a_service_account_is_granted_no_more_than_before() -> None:
    scope = re.search(r'--scope "(.+)"', AS_SERVICE_ACCOUNT)
    assert scope
    assert scope[1].split() == USUAL


def test_the_guard_asks_for_the_permissions_that_are_granted_for_it() -> None:
    """In what it says when Graph refuses to tell who is an administrator."""
    asked = re.findall(r"[A-Z]\w+\.\w+(?:\.\w+)+", guard_lists.administrators().way_out)
    assert asked == OF_THE_GUARD
