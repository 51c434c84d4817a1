"""workflows.py: resumed with the app's own identity, once, against the sandbox."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from sandbox.tenant.lifecycle import WaitingTask
from shared.core.phone_library import is_region
from shared.deadline import Deadline
from shared.errors import WorkflowNotResumed
from shared.services import Workflows
from shared.settings import read_settings
from shared.wiring import build_services

MODES = ("service_account", "client_secret", "managed_identity")


@pytest.fixture
def task(box: SandboxTenant) -> WaitingTask:
    return box.tenant.begin_task("anna", box.environment()["AZURE_CLIENT_ID"])


def workflows(box: SandboxTenant, mode: str = "service_account") -> Workflows:
    return build_services(read_settings({**box.environment(), "GRAPH_AUTH": mode}, is_region)).workflows


def resume(box: SandboxTenant, task: WaitingTask, *, is_completed: bool = True, mode: str = "service_account") -> bool:
    return workflows(box, mode).resume(task.callback, Deadline(20), is_completed=is_completed)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("is_completed", "status"), [(True, "completed"), (False, "failed")])
def test_with_its_own_identity_in_every_mode(
    box: SandboxTenant, task: WaitingTask, mode: str, is_completed: bool, status: str
) -> None:
    resume(box, task, is_completed=is_completed, mode=mode)
    assert task.status == status
    (call,) = box.tenant.calls(path_contains="/resume")
    assert call.principal == f"app:{box.environment()['AZURE_CLIENT_ID']}"
    assert call.path == f"/v1.0{task.callback}"


def test_resumed_twice_the_first_one_counts(box: SandboxTenant, task: WaitingTask) -> None:
    assert resume(box, task)
    assert not resume(box, task, is_completed=False)
    assert task.status == "completed"


def test_an_identity_that_the_extension_does_not_list_is_refused_for_good(box: SandboxTenant) -> None:
    task = box.tenant.begin_task("anna", "another")
    with pytest.raises(WorkflowNotResumed, match="authorizedApps") as error:
        resume(box, task)
    assert not error.value.may_pass
    assert task.status == "inProgress"


@pytest.mark.parametrize(("status", "times"), [(429, 1), (500, 1), (503, 1), (401, 2)])
def test_trouble_may_pass(box: SandboxTenant, task: WaitingTask, status: int, times: int) -> None:
    box.tenant.faults.extend([Fault("status", host="graph", path="resume", status=status, times=times)])
    with pytest.raises(WorkflowNotResumed) as error:
        resume(box, task)
    assert error.value.may_pass
    resume(box, task)
    assert task.status == "completed"


def test_an_identity_endpoint_that_does_not_answer_may_come_back(box: SandboxTenant, task: WaitingTask) -> None:
    box.tenant.faults.extend([Fault("status", host="identity", status=500)])
    with pytest.raises(WorkflowNotResumed) as error:
        resume(box, task)
    assert error.value.may_pass
