"""Answers that will pass (423, 507, 509, any 5xx but 501) are waited for; refused writes keep what Graph said."""

import time

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.apply import apply_changes
from shared.core.codes import ChangeStatus, Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Change, Current, OutcomeKind, Plan, Target, UserResult
from shared.core.plan import Policy, UserPlan
from shared.deadline import Deadline
from shared.microsoft.graph import client as client_module
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.users import UserReader
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.people import ADD, ANNA, BJORN, CARLA, UPDATE, Ids, directory_of, read, write
from tests.unit.microsoft.graph.sending import READ, send

WILL_PASS = [423, 507, 509, 520]


@pytest.fixture
def directory(client: GraphClient, users: UserReader) -> GraphDirectory:
    return directory_of(client, users)


def settle(box: SandboxTenant, directory: GraphDirectory, *changes: tuple[str, Change]) -> list[UserResult]:
    items = []
    for upn, change in changes:
        desired = Desired({change.method: DesiredValue(change.after)})  # type: ignore[arg-type]
        items.append(UserPlan(Target(upn=upn), Plan((change,)), (), box.tenant.user(upn).id, desired))
    return apply_changes(items, directory, Policy(), Deadline(30))


@pytest.mark.parametrize("status", WILL_PASS)
def test_a_read_waits_as_long_as_it_is_asked_to(
    box: SandboxTenant, client: GraphClient, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock().rule(monkeypatch, client_module)
    box.tenant.faults.append(Fault("status", host="graph", status=status, retry_after=3, times=1))
    assert send(client, READ)[0].ok
    assert 2.9 < sum(clock.slept) <= 3


@pytest.mark.parametrize("status", WILL_PASS)
def test_a_whole_batch_waits_too(
    box: SandboxTenant, client: GraphClient, ids: Ids, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock().rule(monkeypatch, client_module)
    fault = Fault("status", host="graph", path=r"\$batch", status=status, retry_after=3, times=1)
    box.tenant.faults.append(fault)
    assert all(isinstance(found, Current) for found in read(client, ids(ANNA), ids(BJORN)))
    assert 2.9 < sum(clock.slept) <= 3.1


@pytest.mark.parametrize("status", WILL_PASS)
def test_a_write_waits_is_looked_at_and_sent_again(box: SandboxTenant, directory: GraphDirectory, status: int) -> None:
    box.tenant.faults.append(Fault("status", method="PATCH", status=status, retry_after=1, times=1))
    began = time.monotonic()
    (result,) = settle(box, directory, (ANNA, UPDATE))
    assert result.code is Code.UPDATED
    assert time.monotonic() - began >= 1
    assert [made.status for made in box.tenant.writes()] == [status, 204]
    assert [call.method for call in box.tenant.calls(path_contains="phoneMethods")] == ["PATCH", "GET", "PATCH"]


@pytest.mark.parametrize("status", [500, *WILL_PASS])
def test_what_does_not_pass_is_unavailable(
    box: SandboxTenant, directory: GraphDirectory, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock().rule(monkeypatch, client_module)
    box.tenant.faults.append(Fault("status", method="PATCH", status=status))
    (result,) = settle(box, directory, (ANNA, UPDATE))
    assert result.code is Code.GRAPH_UNAVAILABLE


def test_a_lost_write_takes_no_others_down(box: SandboxTenant, directory: GraphDirectory) -> None:
    """The poisoned one goes alone from the second time on; those that were made are found made."""
    names = [f"user{index}@contoso.com" for index in range(6)]
    for name in names:
        box.tenant.add_user(name)
    box.tenant.faults.append(Fault("close", host="graph", method="POST", path=box.tenant.user(names[3]).id))
    results = settle(box, directory, *((name, ADD) for name in names))
    assert [result.code for result in results] == [
        Code.GRAPH_UNAVAILABLE if name == names[3] else Code.ADDED for name in names
    ]
    assert [made.status for made in box.tenant.writes() if made.user != names[3]].count(201) == 5
    assert [made.status for made in box.tenant.writes() if made.user == names[3]] == [None] * 3


# What Graph said


def test_a_404_on_patch_keeps_graphs_words_when_the_method_is_there(
    box: SandboxTenant, directory: GraphDirectory
) -> None:
    message = "No HTTP resource was found that matches the request URI."
    box.tenant.faults.append(Fault("status", method="PATCH", status=404, code="UnknownError", message=message))
    (result,) = settle(box, directory, (ANNA, UPDATE))
    assert result.code is Code.GRAPH_ERROR
    sent = box.tenant.calls(method="PATCH")
    assert f"(status 404, code UnknownError, request-id {sent[0].request_id})" in result.message
    assert len(sent) == 1


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize("code", ["phoneNumberNotUnique", "PhoneNumberNotUnique"])
@pytest.mark.parametrize(("upn", "change"), [(ANNA, UPDATE), (CARLA, ADD)], ids=["update", "add"])
def test_a_number_that_is_not_unique_has_its_own_code(
    box: SandboxTenant, directory: GraphDirectory, upn: str, change: Change, code: str, status: int
) -> None:
    verb = "PATCH" if change is UPDATE else "POST"
    box.tenant.faults.append(Fault("status", method=verb, path="/authentication/", status=status, code=code))
    (result,) = settle(box, directory, (upn, change))
    assert result.code is Code.PHONE_NUMBER_NOT_UNIQUE
    assert "possibly a deleted one" in result.message
    assert box.tenant.calls(method=verb)[0].request_id in result.message
    (done,) = result.changes
    assert done.status is (ChangeStatus.FAILED if status == 400 else ChangeStatus.UNKNOWN)
    assert len(box.tenant.writes()) == 1


def test_other_refusals_of_a_number_keep_theirs(box: SandboxTenant, client: GraphClient, ids: Ids) -> None:
    box.tenant.faults.append(Fault("status", method="PATCH", status=400, code="badRequest"))
    outcome = write(client, ids(ANNA), UPDATE)
    assert (outcome.kind, outcome.stop and outcome.stop.code) == (OutcomeKind.FAILED, Code.GRAPH_ERROR)
