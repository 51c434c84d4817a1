"""Tells the lifecycle workflow that waits for a job how its user ended. An activity."""

from shared.core.codes import Code, UserStatus
from shared.core.models import Method
from shared.core.report import Json
from shared.deadline import Deadline
from shared.errors import WorkflowNotResumed
from shared.jobs.answers import Data, answer, no_job
from shared.jobs.bodies import changes_of
from shared.jobs.frame import activity
from shared.jobs.life import log_waiting
from shared.jobs.results import JobResults
from shared.log import get_logger
from shared.services import Services

LIMIT_S = 60.0
_COMPLETED = (UserStatus.CHANGED, UserStatus.UNCHANGED)

_log = get_logger(__name__)


@activity
def resume_workflow(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). Completed if the user is as the directory says, and does not lack the
    directory's mobile number; else Failed."""
    job = services.store.find(order["jobId"])
    if job is None or not job.callback:
        return answer([], error=no_job(order["jobId"]))
    ((_, body),) = JobResults(job, services.store, ends_with_plan=False).bodies(0, None)
    is_completed = body["status"] in _COMPLETED and not _lacks_number(body)
    try:
        continues = services.workflows.resume(job.callback, Deadline(LIMIT_S), is_completed=is_completed)
    except WorkflowNotResumed as error:
        told = {"code": error.code, "detail": error.detail}
        if not error.may_pass:
            return answer([], error=told)
        log_waiting(job.id, **told)
        return answer([], paused_by=told, unfinished=1)
    if continues:
        _log.info("The workflow continues: %s.", "Completed" if is_completed else "Failed")
    else:
        _log.warning("Microsoft Graph does not wait for this user: the workflow was resumed before, or has ended.")
    return answer([])


def _lacks_number(body: Json) -> bool:
    """Whether the user is without the directory's mobile number, though another method may have been set: there is
    none, or ON_DIFFERENT=keep leaves another one. With ON_EMPTY=remove, having none is what the directory says, and the
    user has no such code."""
    return any(
        change["method"] == Method.MOBILE and change["code"] in (Code.SOURCE_EMPTY, Code.DIFFERS)
        for change in changes_of(body)
    )
