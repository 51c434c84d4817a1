"""graph/guarded.py and its lists: the protected and the allowed group, against the sandbox. They fail closed."""

import threading
from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph import listing
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.guard_lists import KEEP_ALLOWED_S, KEEP_S
from shared.microsoft.graph.guarded import GuardedUsers
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.people import guards
from tests.unit.odd import graph_of, odd_graph
from tests.unit.wire import Line

GROUP_ID, PILOT_ID = "9009a000-0000-4000-8000-00000000009a", "9009c000-0000-4000-8000-00000000009c"
GLASS, ANNA, DAVID = "breakglass1@contoso.com", "anna.andersson@contoso.com", "david.empty@contoso.com"
MEMBER = "9009c000-0000-4000-8000-00000000abcd"


def guard(client: GraphClient, group_id: str = GROUP_ID) -> GuardedUsers:
    return guards(client, protected_group_id=group_id)


def members(group: GuardedUsers, seconds: float = 20) -> Container[str] | Stop:
    return group.read(Deadline(seconds)).protected


def ids(found: Container[str] | Stop | None) -> Container[str]:
    assert found is not None
    assert not isinstance(found, Stop)
    return found


def test_members_of_nested_groups_are_protected(box: SandboxTenant, client: GraphClient) -> None:
    found = ids(members(guard(client)))
    assert box.tenant.user(GLASS).id in found
    assert box.tenant.user(ANNA).id not in found


def test_without_a_group_nobody_is_protected_and_nothing_is_asked(box: SandboxTenant, client: GraphClient) -> None:
    found = guards(client).read(Deadline(20))
    assert box.tenant.user(GLASS).id not in ids(found.protected)
    assert found.allowed is None
    assert box.tenant.calls() == []


def test_all_pages_are_read(box: SandboxTenant, client: GraphClient) -> None:
    many = [box.tenant.add_user(f"user{index}@contoso.com").id for index in range(1100)]
    box.tenant.groups[GROUP_ID].members.extend(many)
    found = ids(members(guard(client)))
    assert all(user_id in found for user_id in [*many, box.tenant.user(GLASS).id])
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 2


@pytest.mark.parametrize(("setting", "keep_s"), [("protected", 60), ("allowed", 600)])
def test_a_group_is_kept_for_a_while(
    box: SandboxTenant, client: GraphClient, clock: Clock, setting: str, keep_s: float
) -> None:
    group = guards(client, **{f"{setting}_group_id": PILOT_ID})
    assert {"protected": KEEP_S, "allowed": KEEP_ALLOWED_S}[setting] == keep_s
    david = box.tenant.user(DAVID).id
    assert david not in ids(getattr(group.read(Deadline(20)), setting))
    box.tenant.groups[PILOT_ID].members.append(david)
    clock.advance(keep_s - 1)
    assert david not in ids(getattr(group.read(Deadline(20)), setting))
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 1
    clock.advance(2)
    assert david in ids(getattr(group.read(Deadline(20)), setting))


def test_a_list_is_as_old_as_the_moment_when_its_reading_began(
    box: SandboxTenant, client: GraphClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who became a member while the second page was read is known a minute after the first."""
    group, send = guard(client), client.send

    def slowly(*words: object) -> object:
        clock.advance(40)
        return send(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "send", slowly)
    members(group)
    clock.advance(KEEP_S - 30)
    members(group)
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 2


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", [500, 503])
def test_a_group_that_cannot_be_read_now_is_a_reason_and_not_an_empty_group(
    box: SandboxTenant, client: GraphClient, status: int
) -> None:
    group = guard(client)
    box.tenant.faults.append(Fault("status", path="transitiveMembers", status=status))
    found = members(group)
    assert isinstance(found, Stop)
    assert found.code is Code.GRAPH_UNAVAILABLE
    box.tenant.faults.clear()
    assert not isinstance(members(group), Stop)


def test_an_old_reading_does_not_serve_when_the_group_cannot_be_read(
    box: SandboxTenant, client: GraphClient, clock: Clock
) -> None:
    group = guard(client)
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
    assert isinstance(members(guard(client)), Stop)


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("setting", ["protected", "allowed"])
def test_a_group_that_can_never_be_read_is_a_configuration_error(
    box: SandboxTenant, client: GraphClient, status: int, setting: str
) -> None:
    box.tenant.faults.append(Fault("status", path="transitiveMembers", status=status))
    group = guards(client, **{f"{setting}_group_id": GROUP_ID})
    with pytest.raises(ConfigurationError, match=f"{setting.upper()}_GROUP_ID: Microsoft Graph answered {status}"):
        group.read(Deadline(20))


def test_a_group_that_does_not_exist(client: GraphClient) -> None:
    with pytest.raises(ConfigurationError, match="404"):
        members(guard(client, "9009a000-0000-4000-8000-0000000000ff"))


def test_a_missing_permission(box: SandboxTenant, client: GraphClient) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.app_roles = app.app_roles - {"GroupMember.Read.All"}
    with pytest.raises(ConfigurationError, match=r"GroupMember\.Read\.All"):
        members(guard(client))


@pytest.mark.parametrize("nested", [[], ["Empty"]], ids=["empty", "with an empty group in it"])
def test_a_protected_group_without_a_user_would_protect_nobody(
    box: SandboxTenant, client: GraphClient, nested: list[str]
) -> None:
    empty = box.tenant.set_group("Empty").id
    box.tenant.groups[GROUP_ID].members[:] = [empty for _ in nested]
    with pytest.raises(ConfigurationError, match="PROTECTED_GROUP_ID: no user is a member"):
        members(guard(client))


def test_an_allowed_group_may_be_empty(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.groups[PILOT_ID].members.clear()
    found = guards(client, allowed_group_id=PILOT_ID).read(Deadline(20))
    assert box.tenant.user(ANNA).id not in ids(found.allowed)


def test_without_time_nothing_is_read_and_nobody_is_unprotected(client: GraphClient) -> None:
    found = members(guard(client), seconds=0.1)
    assert isinstance(found, Stop)
    assert found.code is Code.DEADLINE


def test_one_caller_reads_while_the_others_wait(box: SandboxTenant, client: GraphClient) -> None:
    group = guard(client)
    box.tenant.latency_ms = 200
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: members(group), range(6)))
    assert len(set(map(id, found))) == 1
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 1


def test_who_waits_for_another_ones_reading_waits_no_longer_than_his_deadline() -> None:
    begun, over = threading.Event(), threading.Event()

    def read_slowly(line: Line) -> None:
        line.request()
        begun.set()
        over.wait(30)
        line.answer(b'{"value":[]}')

    with graph_of(read_slowly) as client:
        group = guards(client, allowed_group_id=GROUP_ID)
        first = threading.Thread(target=group.read, args=(Deadline(20),))
        first.start()
        assert begun.wait(10)
        found = group.read(Deadline(0.1)).allowed
        over.set()
        first.join()
    assert isinstance(found, Stop)
    assert found.code is Code.DEADLINE


def test_a_large_allowed_group_is_read_on_by_the_next_request(
    box: SandboxTenant, client: GraphClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [box.tenant.add_user(f"user{index}@contoso.com").id for index in range(1100)]
    box.tenant.groups[PILOT_ID].members.extend(many)
    group = guards(client, allowed_group_id=PILOT_ID)
    box.tenant.faults.append(Fault("status", path="skiptoken", status=418, times=1))
    assert isinstance(group.read(Deadline(20)).allowed, Stop)
    found = ids(group.read(Deadline(20)).allowed)
    assert all(user_id in found for user_id in many)
    asked = [record.path for record in box.tenant.calls(path_contains="transitiveMembers")]
    assert ["skiptoken" in path for path in asked] == [False, True, True]


def test_an_error_that_looks_like_an_empty_list_is_not_an_empty_group() -> None:
    with odd_graph(b'{"value":[]}', status=b"418 I'm a teapot") as client:
        assert isinstance(members(guard(client)), Stop)


@pytest.mark.parametrize("body", [b'{"value":null}', b"{}", b'{"value":{"id":"a"}}', b'{"value":[7]}'])
def test_a_list_that_is_none_is_a_reason_and_not_an_empty_group(body: bytes) -> None:
    with odd_graph(body) as client:
        assert isinstance(members(guard(client)), Stop)


def test_a_next_link_that_leads_elsewhere_is_never_followed_nor_the_end_of_a_group() -> None:
    body = b'{"value":[],"@odata.nextLink":"https://graph.example.com/v1.0/x"}'
    with odd_graph(body) as client:
        assert isinstance(members(guard(client)), Stop)


def test_pages_without_an_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_PAGES", 3)
    asked: list[bytes] = []

    def endless(line: Line) -> None:
        asked.append(line.request())
        head = asked[-1].split(b"Host: ")[1].split(b"\r\n")[0]
        body = b'{"value":[],"@odata.nextLink":"http://%s/v1.0/groups/x"}' % head
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    with graph_of(endless) as client, pytest.raises(ConfigurationError, match="more than"):
        members(guard(client))
    assert len(asked) == 3


def test_ids_are_compared_in_small_letters() -> None:
    with odd_graph(b'{"value":[{"id":"%s"}]}' % MEMBER.upper().encode()) as client:
        assert MEMBER in ids(members(guard(client)))


@pytest.mark.parametrize("odd", [b"7", b"null", b'{"displayName":"x"}', b'{"id":5}', b'{"id":null}', b'{"id":"ABC"}'])
def test_a_member_that_is_not_understood_closes_the_door(odd: bytes) -> None:
    with odd_graph(b'{"value":[{"id":"%s"},%s]}' % (MEMBER.encode(), odd)) as client:
        assert isinstance(members(guard(client)), Stop)
