"""graph/everyone.py: everyone and the members of a group, page by page, from the sandbox's Graph."""

from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant
from sandbox.tenant.directory import Group
from shared.core.listed import UserPage
from shared.core.models import Stop, User
from shared.deadline import Deadline
from shared.errors import ConfigurationError, GroupNotFound
from shared.microsoft.graph import everyone
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.everyone import UserPages
from shared.microsoft.graph.users import UserReader
from tests.unit.people import MOBILE

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
GROUP, INNER = "b7a6f0f2-6f0e-4a9b-8f6e-1c2d3e4f5a6b", "c7a6f0f2-6f0e-4a9b-8f6e-1c2d3e4f5a6b"
EXTENSION = "extension_0123456789abcdef0123456789abcdef_mfaPhone"
Make = Callable[..., UserPages]


@pytest.fixture
def make(client: GraphClient) -> Make:
    def pages(
        attribute: str = "extensionAttribute15", *, disabled: bool = False, restricted: bool = False
    ) -> UserPages:
        users = UserReader(client, {MOBILE: attribute}, asks_restricted=restricted)
        return UserPages(client, users, includes_disabled=disabled)

    return pages


def read(pages: UserPages, group_id: str = "") -> tuple[list[User], int]:
    """All users, and of how many pages."""
    found: list[User] = []
    path: str | None = pages.first(group_id)
    count = 0
    while path is not None:
        page = pages.read(path, Deadline(20))
        assert isinstance(page, UserPage), page
        found += page.users
        path, count = page.next, count + 1
    return found, count


def stop(pages: UserPages, group_id: str = "") -> Stop:
    found = pages.read(pages.first(group_id), Deadline(20))
    assert isinstance(found, Stop)
    return found


def test_everyone_with_the_attributes_in_the_page(
    box: SandboxTenant, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.tenant.change_user(ANNA, extensionAttribute15="+46 701740677")
    monkeypatch.setattr(everyone, "PAGE", 5)
    users, pages = read(make(disabled=True))
    everybody = list(box.tenant.users())
    assert {user.id for user in users} == {user.id for user in everybody}
    assert pages == -(-len(everybody) // 5) == len(box.tenant.calls("graph"))
    (anna,) = (user for user in users if user.upn == ANNA)
    assert anna.attributes == {MOBILE: "+46 701740677"}


def test_a_full_page_is_asked_for(box: SandboxTenant, make: Make) -> None:
    read(make())
    assert all("$top=999" in record.path for record in box.tenant.calls("graph"))


def test_members_of_groups_in_it_too_and_nothing_but_users(box: SandboxTenant, make: Make) -> None:
    anna, bjorn = (box.tenant.user(upn).id for upn in (ANNA, BJORN))
    box.tenant.groups[INNER] = Group(INNER, "Inner", members=[bjorn])
    box.tenant.groups[GROUP] = Group(GROUP, "Staff", members=[anna, INNER])
    users, _ = read(make(), GROUP)
    assert {user.upn for user in users} == {ANNA, BJORN}


@pytest.mark.parametrize("disabled", [False, True])
def test_accounts_that_are_switched_off(box: SandboxTenant, make: Make, *, disabled: bool) -> None:
    box.tenant.change_user(ANNA, accountEnabled=False)
    users, _ = read(make(disabled=disabled))
    assert (ANNA in {user.upn for user in users}) is disabled


def test_a_group_that_does_not_exist(make: Make) -> None:
    assert isinstance(stop(make(), GROUP).cause, GroupNotFound)


def test_a_missing_permission_is_named(box: SandboxTenant, make: Make) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=403))
    for group_id, needed in (("", "User.Read.All"), (GROUP, "GroupMember.Read.All")):
        cause = stop(make(), group_id).cause
        assert isinstance(cause, ConfigurationError)
        assert needed in cause.detail


def test_an_attribute_that_does_not_exist(make: Make) -> None:
    assert isinstance(stop(make("extensionAttribut15")).cause, ConfigurationError)


def test_what_may_pass_has_no_cause(box: SandboxTenant, make: Make) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=503))
    found = make().read(make().first(""), Deadline(3))
    assert isinstance(found, Stop)
    assert found.cause is None


@pytest.mark.parametrize(("held", "is_known"), [({EXTENSION: "+46 701740605"}, True), ({}, False)])
def test_an_absent_attribute_removes_only_where_somebody_has_a_value(
    box: SandboxTenant, client: GraphClient, monkeypatch: pytest.MonkeyPatch, held: dict[str, str], is_known: bool
) -> None:
    monkeypatch.setattr(everyone, "PAGE", 5)
    box.tenant.change_user(list(box.tenant.users())[-1].user_principal_name, **held)
    users = UserReader(client, {MOBILE: EXTENSION}, removes_empty=True)
    pages = UserPages(client, users, includes_disabled=True)
    if not is_known:
        with pytest.raises(ConfigurationError, match="SOURCE_ATTRIBUTE"):
            pages.read(pages.first(""), Deadline(20))
        return
    found, _ = read(pages)
    assert [user.attributes for user in found if user.attributes != {MOBILE: None}] == [{MOBILE: "+46 701740605"}]
    assert len(box.tenant.calls(path_contains="%20ne%20null")) == 1
