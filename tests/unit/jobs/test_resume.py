"""resume.py: the workflow hears the truth."""

import logging

import pytest

from shared.errors import WorkflowNotResumed
from shared.jobs.resume import resume_workflow
from shared.services import Phase
from tests.unit.api.stored_jobs import result
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.worlds import JOB, JobWorld

CALLBACK = "/identityGovernance/lifecycleWorkflows/workflows/w/tasks/t/taskProcessingResults/r/resume"
ORDER = {"jobId": JOB, "chunk": 0}


def job_of(world: JobWorld, status: str, *phases: Phase) -> None:
    Waiting(world, "anna", callback=CALLBACK)
    for phase in phases or tuple(Phase):
        world.store.put_results(JOB, phase, 0, [result("anna@contoso.com", status)])


@pytest.mark.parametrize(
    ("status", "is_completed"),
    [("changed", True), ("unchanged", True), ("skipped", False), ("failed", False), ("pending", False)],
)
def test_completed_is_who_is_as_the_directory_says(world: JobWorld, status: str, is_completed: bool) -> None:
    job_of(world, status)
    assert resume_workflow(world.services(), ORDER)["error"] is None
    assert world.workflows.resumed == [(CALLBACK, is_completed)]


@pytest.mark.parametrize("status", ["changed", "unchanged"])
@pytest.mark.parametrize("code", ["sourceEmpty", "differs"])
def test_who_lacks_the_mobile_number_has_failed_whatever_other_method_was_set(
    world: JobWorld, status: str, code: str
) -> None:
    Waiting(world, "anna", callback=CALLBACK)
    body = result("anna@contoso.com", status)
    office = {"method": "office", "status": status, "code": status}
    mobile = {"method": "mobile", "status": "skipped", "code": code}
    world.store.put_results(JOB, Phase.RESULT, 0, [body | {"changes": [mobile, office]}])
    assert resume_workflow(world.services(), ORDER)["error"] is None
    assert world.workflows.resumed == [(CALLBACK, False)]


@pytest.mark.parametrize(("status", "code"), [("unchanged", "unchanged"), ("applied", "removed")])
def test_where_an_empty_attribute_means_a_removal_the_user_is_as_the_directory_says(
    world: JobWorld, status: str, code: str
) -> None:
    Waiting(world, "anna", callback=CALLBACK)
    body = result("anna@contoso.com", "unchanged")
    mobile = {"method": "mobile", "status": status, "code": code, "after": None}
    world.store.put_results(JOB, Phase.RESULT, 0, [body | {"changes": [mobile]}])
    resume_workflow(world.services(), ORDER)
    assert world.workflows.resumed == [(CALLBACK, True)]


@pytest.mark.parametrize("phases", [(), (Phase.PLAN,)], ids=["nothing", "planned"])
def test_a_job_that_ended_before_its_user_is_done_has_failed(world: JobWorld, phases: tuple[Phase, ...]) -> None:
    Waiting(world, "anna", callback=CALLBACK)
    for phase in phases:
        world.store.put_results(JOB, phase, 0, [result("anna@contoso.com", "planned")])
    resume_workflow(world.services(), ORDER)
    assert world.workflows.resumed == [(CALLBACK, False)]


@pytest.mark.parametrize("waits", [True, False])
def test_the_log_says_whether_the_workflow_goes_on(
    world: JobWorld, waits: bool, caplog: pytest.LogCaptureFixture
) -> None:
    job_of(world, "changed")
    world.workflows.waits = waits
    with caplog.at_level(logging.INFO):
        assert resume_workflow(world.services(), ORDER)["error"] is None
    assert ("The workflow continues: Completed." in caplog.text) is waits
    assert ("does not wait for this user" in caplog.text) is not waits


def test_a_refusal_ends_it(world: JobWorld) -> None:
    job_of(world, "changed")
    world.workflows.trouble = [WorkflowNotResumed("refused", may_pass=False)]
    told = resume_workflow(world.services(), ORDER)
    assert (told["error"], told["unfinished"]) == ({"code": "workflowNotResumed", "detail": "refused"}, 0)


def test_what_may_pass_is_tried_again(world: JobWorld) -> None:
    job_of(world, "changed")
    world.workflows.trouble = [WorkflowNotResumed("away", may_pass=True)]
    told = resume_workflow(world.services(), ORDER)
    assert (told["error"], told["unfinished"]) == (None, 1)
    assert told["pausedBy"] == {"code": "workflowNotResumed", "detail": "away"}
    assert resume_workflow(world.services(), ORDER)["unfinished"] == 0
    assert world.workflows.resumed == [(CALLBACK, True)]


def test_a_forged_order_resumes_nothing(world: JobWorld) -> None:
    Waiting(world, "anna")
    for order in (ORDER, {**ORDER, "jobId": JOB.replace("1", "2")}):
        assert resume_workflow(world.services(), {**order, "callback": CALLBACK})["error"]["code"] == "internal"
    assert world.workflows.resumed == []
