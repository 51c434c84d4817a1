"""graph/group.py: the protected group, against the sandbox. It fails closed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from shared.microsoft.graph.group import KEEP_S, ProtectedGroup

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph import group as group_module
from shared.microsoft.graph.client import GraphClient
from tests.unit.clock import Clock
from tests.unit.odd import graph_of, odd_graph
from tests.unit.wire import Line

GROUP_ID = "9009a000-0000-4000-8000-00000000009a"
GLASS = "breakglass1@contoso.com"


def members(group: ProtectedGroup, seconds: float = 20) -> frozenset[str] | Stop:
    return group.members(Deadline(seconds))


def test_members_of_nested_groups_are_protected(box: SandboxTenant, client: GraphClient) -> None:
    found = members(ProtectedGroup(client, GROUP_ID))
    assert not isinstance(found, Stop)
    assert box.tenant.user(GLASS).id in found


def test_without_a_group_nobody_is_protected_and_nothing_is_asked(box: SandboxTenant, client: GraphClient) -> None:
    assert members(ProtectedGroup(client, None)) == frozenset()
    assert box.tenant.calls() == []


def test_all_pages_are_read(box: SandboxTenant, client: GraphClient) -> None:
    ids = [box.tenant.add_user(f"user{index}@contoso.com").id for index in range(1100)]
    box.tenant.groups[GROUP_ID].members.extend(ids)
    found = members(ProtectedGroup(client, GROUP_ID))
    assert not isinstance(found, Stop)
    assert found >= {*ids, box.tenant.user(GLASS).id}
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 2


def test_the_group_is_kept_for_some_minutes(box: SandboxTenant, client: GraphClient, clock: Clock) -> None:
    group = ProtectedGroup(client, GROUP_ID)
    before = members(group)
    anna = box.tenant.user("anna.andersson@contoso.com").id
    box.tenant.groups[GROUP_ID].members.append(anna)
    clock.advance(KEEP_S - 1)
    assert members(group) == before
    clock.advance(2)
    after = members(group)
    assert not isinstance(after, Stop)
    assert anna in after


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", [500, 503])
def test_a_group_that_cannot_be_read_now_is_a_reason_and_not_an_empty_group(
    box: SandboxTenant, client: GraphClient, status: int
) -> None:
    group = ProtectedGroup(client, GROUP_ID)
    box.tenant.faults.append(Fault("status", path="transitiveMembers", status=status))
    assert isinstance(members(group), Stop)
    box.tenant.faults.clear()
    assert not isinstance(members(group), Stop)


@pytest.mark.usefixtures("clock")
def test_an_old_reading_does_not_serve_when_the_group_cannot_be_read(
    box: SandboxTenant, client: GraphClient, clock: Clock
) -> None:
    group = ProtectedGroup(client, GROUP_ID)
    members(group)
    clock.advance(KEEP_S + 1)
    box.tenant.faults.append(Fault("status", path="transitiveMembers", status=503))
    assert isinstance(members(group), Stop)


def test_a_second_page_that_cannot_be_read_makes_the_whole_reading_void(
    box: SandboxTenant, client: GraphClient
) -> None:
    box.tenant.groups[GROUP_ID].members.extend(
        box.tenant.add_user(f"user{index}@contoso.com").id for index in range(1100)
    )
    box.tenant.faults.append(Fault("status", path="skiptoken", status=418))
    found = members(ProtectedGroup(client, GROUP_ID))
    assert isinstance(found, Stop)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_group_that_can_never_be_read_is_a_configuration_error(
    box: SandboxTenant, client: GraphClient, status: int
) -> None:
    box.tenant.faults.append(Fault("status", path="transitiveMembers", status=status))
    with pytest.raises(ConfigurationError, match=f"PROTECTED_GROUP_ID: Microsoft Graph answered {status}"):
        members(ProtectedGroup(client, GROUP_ID))


def test_a_group_that_does_not_exist(client: GraphClient) -> None:
    with pytest.raises(ConfigurationError, match="404"):
        members(ProtectedGroup(client, "9009a000-0000-4000-8000-0000000000ff"))


def test_a_missing_permission(box: SandboxTenant, client: GraphClient) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.app_roles = app.app_roles - {"GroupMember.Read.All"}
    with pytest.raises(ConfigurationError, match=r"GroupMember\.Read\.All"):
        members(ProtectedGroup(client, GROUP_ID))


def test_without_time_nothing_is_read_and_nobody_is_unprotected(client: GraphClient) -> None:
    found = members(ProtectedGroup(client, GROUP_ID), seconds=0.1)
    assert isinstance(found, Stop)
    assert found.code is Code.DEADLINE


def test_one_caller_reads_while_the_others_wait(box: SandboxTenant, client: GraphClient) -> None:
    group = ProtectedGroup(client, GROUP_ID)
    box.tenant.latency_ms = 200
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: members(group), range(6)))
    assert len(set(map(frozenset, found))) == 1  # type: ignore[arg-type]
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 1


def test_who_waits_for_another_ones_reading_waits_no_longer_than_his_deadline() -> None:
    begun, over = threading.Event(), threading.Event()

    def read_slowly(line: Line) -> None:
        line.request()
        begun.set()
        over.wait(30)
        line.answer(b'{"value":[]}')

    with graph_of(read_slowly) as client:
        group = ProtectedGroup(client, GROUP_ID)
        first = threading.Thread(target=members, args=(group,))
        first.start()
        assert begun.wait(10)
        found = members(group, seconds=0.1)
        over.set()
        first.join()
    assert isinstance(found, Stop)
    assert found.code is Code.DEADLINE


def test_an_error_that_looks_like_an_empty_list_is_not_an_empty_group() -> None:
    with odd_graph(b'{"value":[]}', status=b"418 I'm a teapot") as client:
        assert isinstance(members(ProtectedGroup(client, GROUP_ID)), Stop)


@pytest.mark.parametrize("body", [b'{"value":null}', b"{}", b'{"value":{"id":"a"}}'])
def test_a_list_that_is_none_is_a_reason_and_not_an_empty_group(body: bytes) -> None:
    with odd_graph(body) as client:
        assert isinstance(members(ProtectedGroup(client, GROUP_ID)), Stop)


def test_a_next_link_that_leads_elsewhere_is_never_an_empty_group() -> None:
    body = b'{"value":[],"@odata.nextLink":"https://graph.example.com/v1.0/x"}'
    with odd_graph(body) as client, pytest.raises(ValueError, match="another host"):
        members(ProtectedGroup(client, GROUP_ID))


def test_pages_without_an_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_module, "MAX_PAGES", 3)
    asked: list[bytes] = []

    def endless(line: Line) -> None:
        asked.append(line.request())
        head = asked[-1].split(b"Host: ")[1].split(b"\r\n")[0]
        body = b'{"value":[],"@odata.nextLink":"http://%s/v1.0/groups/x"}' % head
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    with graph_of(endless) as client, pytest.raises(ConfigurationError, match="more than"):
        members(ProtectedGroup(client, GROUP_ID))
    assert len(asked) == 3


def test_ids_are_compared_in_small_letters() -> None:
    with odd_graph(b'{"value":[{"id":"ABC"}]}') as client:
        assert members(ProtectedGroup(client, GROUP_ID)) == frozenset({"abc"})


@pytest.mark.parametrize("odd", [b"7", b"null", b'{"displayName":"x"}', b'{"id":5}', b'{"id":null}'])
def test_a_member_that_is_not_understood_closes_the_door(odd: bytes) -> None:
    with odd_graph(b'{"value":[{"id":"ABC"},%s]}' % odd) as client:
        assert isinstance(members(ProtectedGroup(client, GROUP_ID)), Stop)
