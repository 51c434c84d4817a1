"""Lifecycle Workflows end to end: the Logic App hands a task on, and the workflow hears the truth."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.caller import storage_settings
from sandbox.host import HostProcess, Switches
from sandbox.host.durable.clock import clock_of
from sandbox.logic_app import hand_on
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from sandbox.tenant.lifecycle import WaitingTask
from tests.entra import access_token, authentication, object_id
from tests.waiting import wait_for
from tests.whole.calls import call
from tests.whole.conftest import CHECKOUT, environment

NUMBER = "+46 701740605"
HIRE = "new.hire@contoso.com"
BJORN = "bjorn.berg@contoso.com"
Tell = Callable[[WaitingTask], tuple[int, str]]


@pytest.fixture
def host(box: SandboxTenant, tmp_path: Path) -> Iterator[HostProcess]:
    """App Service Authentication is on, the Logic App is a caller, GRAPH_AUTH is that of a service account."""
    entry = {"name": "lifecycle-workflows", "rights": ["reconcile"], "entraObjectId": object_id(box)}
    words = {"WAIT_FOR_USERS_MINUTES": "1440", "OFFICE_ATTRIBUTE": "extensionAttribute2"}
    settings = {"CALLERS": json.dumps([entry]), **words}
    box.tenant.arrival_clock = clock_of(tmp_path / "durable")
    with ExitStack() as stack:
        storage = stack.enter_context(SandboxStorage(tmp_path / "blobs"))
        given = {**storage_settings(storage), **environment(box, settings)}
        switches, service = Switches(virtual_time=True), authentication(box)
        yield stack.enter_context(
            HostProcess(CHECKOUT, given, state=tmp_path / "durable", durable=switches, app_service=service)
        )


@pytest.fixture
def told(box: SandboxTenant, host: HostProcess) -> Tell:
    """Hands a task on and waits until the workflow goes on: the status of the answer, and what the workflow heard."""

    def tell(task: WaitingTask) -> tuple[int, str]:
        status, _ = hand_on(host.url, host.key, access_token(box), task.envelope())
        wait_for(lambda: task.status != "inProgress", explain=lambda: host.log()[-5000:])
        return status, task.status

    return tell


def begun(box: SandboxTenant, upn: str) -> WaitingTask:
    return box.tenant.begin_task(box.tenant.user(upn).id, box.environment()["AZURE_CLIENT_ID"])


def test_applied_and_already_right_are_completed(box: SandboxTenant, told: Tell) -> None:
    assert told(begun(box, BJORN)) == (202, "completed")
    assert told(begun(box, BJORN)) == (202, "completed")
    assert [write.user for write in box.tenant.writes() if write.user] == [BJORN]


def test_a_number_that_cannot_be_used_has_failed(box: SandboxTenant, told: Tell) -> None:
    box.tenant.change_user(BJORN, extensionAttribute15="call me")
    assert told(begun(box, BJORN)) == (202, "failed")


def test_a_hire_whose_number_arrives_is_completed(box: SandboxTenant, told: Tell) -> None:
    user = box.tenant.add_user(HIRE)
    box.tenant.arrive(40 * 60, lambda: box.tenant.change_user(HIRE, extensionAttribute15=NUMBER))
    assert told(begun(box, HIRE)) == (202, "completed")
    assert user.phones["mobile"].number == NUMBER


def test_a_wait_that_ran_out_has_failed_before_the_workflow_gives_up(box: SandboxTenant, told: Tell) -> None:
    box.tenant.add_user(HIRE)
    began = box.tenant.arrival_clock()
    assert told(begun(box, HIRE)) == (202, "failed")
    assert 170 <= (box.tenant.arrival_clock() - began) / 60 < 180


def test_a_hire_whose_office_number_alone_is_there_has_failed_though_it_was_set(box: SandboxTenant, told: Tell) -> None:
    user = box.tenant.add_user(HIRE, extensionAttribute2="+46 8 701 740 60")
    assert told(begun(box, HIRE)) == (202, "failed")
    assert list(user.phones) == ["office"]


def test_a_forged_envelope_without_the_right_caller_is_401(box: SandboxTenant, host: HostProcess) -> None:
    task = begun(box, BJORN)
    body = json.dumps(task.envelope()).encode()
    answer = call(host, body, "", [], path="/api/lifecycle")
    assert (answer.status, answer.body["code"]) == (401, "unauthorized")
    assert (task.status, box.tenant.writes()) == ("inProgress", [])


def test_an_identity_that_the_extension_does_not_list_ends_the_job_and_says_so(
    box: SandboxTenant, host: HostProcess
) -> None:
    task = box.tenant.begin_task(box.tenant.user(BJORN).id, "another")
    token = access_token(box)
    _, accepted = hand_on(host.url, host.key, token, task.envelope())
    path, headers = f"/api/jobs/{accepted['jobId']}", [("Authorization", f"Bearer {token}")]
    seen = wait_for(
        lambda: call(host, method="GET", path=path, headers=headers).body, lambda body: body["status"] == "failed"
    )
    assert seen["error"]["code"] == "workflowNotResumed"
    assert seen["counts"]["changed"] == 1
    assert task.status == "inProgress"
