"""graph/users.py: who is in a restricted management administrative unit, and a Graph that does not tell."""

import logging

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import ReadScope, Stop, Target, User
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.users import AGAIN_S, UserReader
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.people import ANNA, BJORN, CARLA, directory_of
from tests.unit.people import MOBILE

NAMED = "Could not find a property named 'isManagementRestricted' on type 'microsoft.graph.user'."
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
    assert caplog.text.count("does not show isManagementRestricted") == 1
    box.tenant.clear_requests()
    assert restricted(reader) == [False, False, False, None]
    assert not box.tenant.calls(path_contains="isManagementRestricted")
    assert singles(box) == 1


def test_one_user_alone_whose_property_is_refused(box: SandboxTenant, client: GraphClient, reader: UserReader) -> None:
    box.tenant.set_switches(restricted_refused="always")
    directory = directory_of(client, reader)
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


@pytest.mark.parametrize("times", [1, 2, None])
@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (400, "badRequest", "Odd."),
        (501, "badRequest", "Odd."),
        (501, "notImplemented", "Odd."),
        (400, "BadRequest", NAMED),
    ],
    ids=["400", "501", "501 notImplemented", "400 with its name"],
)
def test_an_odd_answer_about_one_user_leaves_the_others_protected(
    box: SandboxTenant, reader: UserReader, status: int, error: str, said: str, times: int | None
) -> None:
    """While it is told of others, that is no refusal of the property."""
    path = r"/users/(carla|nobody).*select=.*isManagementRestricted"
    box.tenant.faults.append(
        Fault("status", host="graph", path=path, status=status, code=error, message=said, times=times)
    )
    box.tenant.user(CARLA).hidden_filter_reads = 9
    told = restricted(reader)
    assert told[:2] == [False, True]
    assert restricted(reader, [Target(upn=BJORN)]) == [True]
    box.tenant.faults.clear()
    assert restricted(reader) == [False, True, False, None]


@pytest.mark.parametrize(("status", "error"), [(400, "badRequest"), (501, "badRequest"), (501, "notImplemented")])
@pytest.mark.parametrize("by_id", [False, True])
def test_an_odd_answer_about_a_user_alone_leaves_the_others_protected(
    box: SandboxTenant, client: GraphClient, reader: UserReader, status: int, error: str, by_id: bool
) -> None:
    fault = Fault("status", host="graph", user=CARLA, path="select", status=status, code=error, message="Odd.", times=1)
    box.tenant.faults.append(fault)
    directory = directory_of(client, reader)
    asked = Target(id=box.tenant.user(CARLA).id) if by_id else Target(upn=CARLA)
    (snapshot,) = directory.read([asked], lambda *_: ReadScope.PHONES, Deadline(20))
    assert snapshot.user is not None or snapshot.stop is not None
    assert fault.fired == 1
    assert restricted(reader, [Target(upn=BJORN)]) == [True]


def test_a_graph_that_told_it_a_moment_ago_is_not_believed_to_refuse_it(
    box: SandboxTenant, reader: UserReader, clock: Clock
) -> None:
    assert restricted(reader) == [False, True, False, None]
    box.tenant.set_switches(restricted_refused="always")
    assert restricted(reader) == [None, None, None, None]
    clock.advance(AGAIN_S + 1)
    assert restricted(reader) == [False, False, False, None]


@pytest.mark.parametrize("where", ["lists", "always"])
def test_a_refusal_is_forgotten_after_a_while(box: SandboxTenant, reader: UserReader, clock: Clock, where: str) -> None:
    box.tenant.set_switches(restricted_refused=where)
    restricted(reader)
    box.tenant.set_switches(restricted_refused=None)
    clock.advance(AGAIN_S + 1)
    box.tenant.clear_requests()
    assert restricted(reader) == [False, True, False, None]
    assert singles(box) == 1


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [(501, "NotImplemented", "This operation target is not yet supported."), (400, "BadRequest", NAMED)],
)
def test_the_words_of_a_refusal_are_known(
    box: SandboxTenant, reader: UserReader, status: int, error: str, said: str
) -> None:
    fault = Fault("status", host="graph", path="isManagementRestricted", status=status, code=error, message=said)
    box.tenant.faults.append(fault)
    assert restricted(reader) == [False, False, False, None]


@pytest.mark.parametrize(
    ("told", "expected"), [(None, False), (False, False), (True, True), ("true", True), ("false", True), (1, True)]
)
def test_only_null_and_false_say_that_a_user_is_not_restricted(
    box: SandboxTenant, reader: UserReader, told: object, expected: bool
) -> None:
    body = {"id": box.tenant.user(CARLA).id, "userPrincipalName": CARLA, "isManagementRestricted": told}
    user = reader.read(Answer(Fate.ANSWERED, 200, body))
    assert isinstance(user, User)
    assert user.restricted is expected


def test_an_answer_without_it_is_none_once_graph_has_told_it(box: SandboxTenant, reader: UserReader) -> None:
    """In a list the user is asked for singly."""
    assert restricted(reader) == [False, True, False, None]
    box.tenant.clear_requests()
    box.tenant.change_user(BJORN, absent=["isManagementRestricted"])
    assert restricted(reader) == [False, None, False, None]
    assert singles(box) == 2
    found = reader.find([Target(upn=BJORN)], Deadline(20))
    stop = found[Target(upn=BJORN)]
    assert isinstance(stop, Stop)
    assert stop.code is Code.GRAPH_UNAVAILABLE


def test_a_graph_that_never_tells_it_restricts_nobody(box: SandboxTenant, reader: UserReader) -> None:
    for name in (ANNA, BJORN, CARLA):
        box.tenant.change_user(name, absent=["isManagementRestricted"])
    assert restricted(reader) == [False, False, False, None]
