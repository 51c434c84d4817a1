"""graph/ready.py: a user who was just read and whose authentication methods are not there yet."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Current, OutcomeKind, ReadScope, Stop, Target
from shared.deadline import Deadline
from shared.microsoft.graph import ready as ready_module
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.methods import list_methods
from shared.microsoft.graph.ready import PAUSES_S, WAIT_S
from shared.microsoft.graph.users import UserReader
from shared.microsoft.graph.writes import write_changes
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.people import ADD, ANNA, BJORN, CARLA, UPDATE, Ids, directory_of

PHONES = ReadScope.PHONES


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, ready_module)


@pytest.fixture
def directory(client: GraphClient, users: UserReader) -> GraphDirectory:
    return directory_of(client, users)


def not_there(box: SandboxTenant, upn: str = ANNA, times: int | None = None, path: str = "/authentication/") -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=path, user=upn, status=404, times=times))


def asked(box: SandboxTenant, user_id: str) -> int:
    return len(box.tenant.calls(path_contains=f"{user_id}/authentication"))


def read(client: GraphClient, *user_ids: str, seconds: float = 100) -> list[Current | Stop]:
    return list_methods(client, [(user_id, PHONES) for user_id in user_ids], Deadline(seconds))


def test_methods_that_come_after_three_tries(box: SandboxTenant, client: GraphClient, ids: Ids, clock: Clock) -> None:
    not_there(box, times=3)
    anna, bjorn = read(client, ids(ANNA), ids(BJORN))
    assert isinstance(anna, Current)
    assert isinstance(bjorn, Current)
    assert (asked(box, ids(ANNA)), asked(box, ids(BJORN))) == (4, 1)
    assert clock.slept == list(PAUSES_S[:3])


@pytest.mark.parametrize("scope", [ReadScope.PHONES, ReadScope.ALL])
def test_eight_more_tries_within_half_a_minute_then_not_ready(
    box: SandboxTenant, client: GraphClient, ids: Ids, clock: Clock, scope: ReadScope
) -> None:
    not_there(box)
    (anna,) = list_methods(client, [(ids(ANNA), scope)], Deadline(100))
    assert isinstance(anna, Stop)
    assert anna.code is Code.NOT_READY
    assert "status 404, code Request_ResourceNotFound, request-id " in anna.message
    assert asked(box, ids(ANNA)) == 1 + 8
    assert sum(clock.slept) <= WAIT_S == 30


def test_waiting_leaves_half_of_the_time_to_the_others(
    box: SandboxTenant, client: GraphClient, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock().rule(monkeypatch, ready_module)
    monkeypatch.setattr("shared.deadline.time", clock)
    not_there(box)
    (anna,) = read(client, ids(ANNA), seconds=10)
    assert isinstance(anna, Stop)
    assert anna.code is Code.NOT_READY
    assert 3 < sum(clock.slept) <= 5


def one(directory: GraphDirectory, target: Target) -> Current | Stop | None:
    (found,) = directory.read([target], lambda *_: PHONES, Deadline(100))
    assert found.user is not None
    return found.stop or found.current


@pytest.mark.parametrize("by_id", [True, False])
def test_a_user_alone_in_a_request_is_waited_for_too(
    box: SandboxTenant, directory: GraphDirectory, ids: Ids, by_id: bool
) -> None:
    not_there(box, times=3)
    assert isinstance(one(directory, Target(id=ids(ANNA)) if by_id else Target(upn=ANNA)), Current)


def test_a_user_alone_is_not_asked_for_more_often(box: SandboxTenant, directory: GraphDirectory, ids: Ids) -> None:
    not_there(box)
    found = one(directory, Target(id=ids(ANNA)))
    assert isinstance(found, Stop)
    assert found.code is Code.NOT_READY
    assert asked(box, ids(ANNA)) == 1 + 8


def test_a_user_who_is_not_found_is_not_waited_for(box: SandboxTenant, directory: GraphDirectory, clock: Clock) -> None:
    for targets in ([Target(upn="nobody@contoso.com")], [Target(upn=ANNA), Target(upn="nobody@contoso.com")]):
        found = directory.read(targets, lambda *_: PHONES, Deadline(100))[-1]
        assert found.stop is not None
        assert found.stop.code is Code.USER_NOT_FOUND
    assert clock.slept == []


def test_a_new_method_is_sent_again_until_the_user_is_there(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    not_there(box, CARLA, times=3)
    outcomes = write_changes(client, [(ids(CARLA), ADD), (ids(ANNA), UPDATE)], Deadline(100), (), is_delegated=False)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.APPLIED] * 2
    assert [write.status for write in box.tenant.writes() if write.user == CARLA] == [404, 404, 404, 201]
    assert [write.status for write in box.tenant.writes() if write.user == ANNA] == [204]


def test_a_new_method_that_never_finds_its_user_is_not_ready(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    not_there(box, CARLA)
    (outcome,) = write_changes(client, [(ids(CARLA), ADD)], Deadline(100), (), is_delegated=False)
    assert (outcome.kind, outcome.stop and outcome.stop.code) == (OutcomeKind.FAILED, Code.NOT_READY)
    assert len(box.tenant.writes()) == 1 + 8


def test_a_change_of_a_method_is_not_sent_again_blindly(
    box: SandboxTenant, client: GraphClient, ids: Ids, clock: Clock
) -> None:
    """Of a PATCH a 404 may mean the method: a look tells."""
    not_there(box)
    (outcome,) = write_changes(client, [(ids(ANNA), UPDATE)], Deadline(100), (), is_delegated=False)
    assert outcome.kind is OutcomeKind.REFUSED
    assert (len(box.tenant.writes()), clock.slept) == (1, [])
