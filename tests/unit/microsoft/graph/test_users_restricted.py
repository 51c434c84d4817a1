"""graph/users.py: who is in a restricted management administrative unit, and a Graph that does not tell."""

import logging

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.models import ReadScope, Stop, Target, User
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.guarded import GuardedUsers
from shared.microsoft.graph.users import UserReader
from tests.unit.microsoft.graph.people import ANNA, BJORN, CARLA
from tests.unit.people import MOBILE

PEOPLE = [Target(upn=name) for name in (ANNA, BJORN, CARLA, "nobody@contoso.com")]


@pytest.fixture
def reader(box: SandboxTenant, client: GraphClient) -> UserReader:
    box.tenant.change_user(BJORN, restricted=True)
    return UserReader(client, {MOBILE: "extensionAttribute15"}, asks_restricted=True)


def restricted(reader: UserReader, targets: list[Target] = PEOPLE) -> list[bool | None]:
    found = reader.find(targets, Deadline(20))
    return [user.restricted if isinstance(user := found[target], User) else None for target in targets]


def singles(box: SandboxTenant) -> int:
    return len(box.tenant.calls(path_contains="/users/"))


def test_it_is_asked_for_and_told(box: SandboxTenant, reader: UserReader) -> None:
    assert restricted(reader) == [False, True, False, None]
    assert singles(box) == 1


def test_it_is_not_asked_for_unless_it_is_wanted(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.change_user(BJORN, restricted=True)
    assert restricted(UserReader(client, {MOBILE: "extensionAttribute15"})) == [False, False, False, None]
    assert not box.tenant.calls(path_contains="isManagementRestricted")


def test_refused_on_a_list_it_is_asked_for_user_by_user_from_then_on(box: SandboxTenant, reader: UserReader) -> None:
    box.tenant.set_switches(restricted_refused="lists")
    assert restricted(reader) == [False, True, False, None]
    assert singles(box) == 4
    box.tenant.clear_requests()
    assert restricted(reader) == [False, True, False, None]
    assert not box.tenant.calls(path_contains="$filter")


def test_refused_there_too_nobody_is_restricted_and_the_log_says_so_once(
    box: SandboxTenant, reader: UserReader, caplog: pytest.LogCaptureFixture
) -> None:
    box.tenant.set_switches(restricted_refused="always")
    with caplog.at_level(logging.WARNING):
        assert restricted(reader) == [False, False, False, None]
        assert restricted(reader) == [False, False, False, None]
    assert caplog.text.count("does not tell isManagementRestricted") == 1
    box.tenant.clear_requests()
    assert restricted(reader) == [False, False, False, None]
    assert not box.tenant.calls(path_contains="isManagementRestricted")
    assert singles(box) == 1


def test_one_user_alone_whose_property_is_refused(box: SandboxTenant, client: GraphClient, reader: UserReader) -> None:
    box.tenant.set_switches(restricted_refused="always")
    directory = GraphDirectory(client, reader, GuardedUsers(client))
    for _ in range(2):
        (snapshot,) = directory.read([Target(upn=ANNA)], lambda *_: ReadScope.PHONES, Deadline(20))
        assert snapshot.user is not None
        assert snapshot.current is not None


def test_a_user_who_cannot_be_read_for_another_reason_is_not_taken_for_a_refusal(
    box: SandboxTenant, client: GraphClient, caplog: pytest.LogCaptureFixture
) -> None:
    reader = UserReader(client, {MOBILE: "noSuchProperty"}, asks_restricted=True)
    found = reader.find([Target(upn=ANNA)], Deadline(20))
    stop = found[Target(upn=ANNA)]
    assert isinstance(stop, Stop)
    assert stop.cause is not None
    assert "isManagementRestricted" not in caplog.text
    assert box.tenant.calls(path_contains="isManagementRestricted")
