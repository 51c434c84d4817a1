"""POST /api/jobs/{id}/apply: the plan of a dry run is carried out, as a job of its own.

It is the job of whoever applies first, and its id follows from the dry run: to apply it again is the same job, which is
for those who may see it. Its list is that of the dry run, planned anew; users whose plan is another one by now are left
alone (jobs/judge).
"""

from collections.abc import Callable
from dataclasses import replace

from shared.api.accept import accepted, asked_by, begin
from shared.api.frame import Call, WebRequest, WebResponse, received, respond
from shared.api.jobs import Watched
from shared.api.payload.beside import refuse_plan_id_in_unread_body
from shared.api.payload.document import Object, Place
from shared.api.payload.envelope import Envelope
from shared.api.payload.limit import Limit
from shared.api.payload.outline import read_outline
from shared.api.payload.rehearsal import refuse_in_unread_body
from shared.api.query import plan_id, refuse_beside_signature, refuse_dry_run, refuse_unknown
from shared.core.audit import applied
from shared.core.guard.ceilings import APPROVABLE
from shared.errors import (
    AlreadyApplied,
    InvalidBody,
    JobNotFinished,
    JobNotFound,
    NotADryRun,
    PlanChanged,
    RightMissing,
)
from shared.jobs.engine import Engine
from shared.jobs.order import job_id_of, now
from shared.services import Services
from shared.settings.callers import Right

_NOT_PLANNED = (
    "This job has not planned all its users. If it is running, wait until it has ended; otherwise make a new dry run. "
    "Nothing was done."
)
_ANOTHER_PLAN = (
    "The plan of this job has a different id than the one you sent. Nothing was written. Check the id of the job, or "
    "read its planId from GET /api/jobs/{id}."
)


def handle_apply(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    return respond(request, services, lambda call: _apply(call, engine), may_be_signed=True)


def _apply(call: Call, engine: Engine) -> WebResponse:
    call.need(Right.RECONCILE)
    watched = Watched(call, engine)
    if watched.job.scope or watched.job.caller != call.caller.name:
        # As a job of its own would; and to see the job of another caller is not enough.
        call.need(Right.OPERATE)
    expected = _expected(call, watched.job.id)
    if watched.job.is_report:
        raise NotADryRun("This job is a report: there is no plan to apply. Nothing was done.")
    is_stopped = watched.error_code in APPROVABLE
    if not watched.job.dry_run and not is_stopped:
        raise NotADryRun("This job was not a dry run: it has already carried out its plan. Nothing was done.")
    if not watched.is_finished or (watched.error_code is not None and not is_stopped):
        raise JobNotFinished(_NOT_PLANNED)
    if is_stopped and Right.APPROVE not in call.caller.rights:
        raise RightMissing(f'This plan exceeds a limit. Only a caller with the right "{Right.APPROVE}" can apply it.')
    if expected is not None and expected != watched.plan_id:
        raise PlanChanged(_ANOTHER_PLAN)
    dry_run, store = watched.job, call.services.store
    packed = store.get_list(dry_run.id)
    if packed is None:
        raise JobNotFound("The list of this job is gone; results are kept for JOB_RETENTION_DAYS.")
    job = replace(
        asked_by(call, dry_run),
        id=job_id_of(call.services.digest(call.deadline, "apply", dry_run.id)),
        fingerprint=dry_run.id,
        created_at=now(),
        dry_run=False,
        applies=dry_run.id,
        delta_link="",
        tells_drift=False,
        # Who was not there then is in no plan that the caller has seen.
        wait_minutes=0,
        # The workflow was told already that this user failed.
        callback="",
        is_approved=Right.APPROVE in call.caller.rights,
    )
    with call.services.lanes.jobs.entered(call.deadline):
        begun = begin(call, engine, job, lambda: packed)
    if not call.caller.sees(begun):
        raise AlreadyApplied("Another caller has applied this dry run, and you cannot see that job.")
    call.services.audit.note([applied(replace(call.origin, job_id=job.id), dry_run.id, dry_run.caller)])
    return accepted(call, job.id)


def _expected(call: Call, job_id: str) -> str | None:
    """The id of the plan that the caller has seen, if it names one."""
    request, body = call.request, received(call.request)
    refuse_dry_run(request.query)
    refuse_unknown(request)
    envelope = Envelope("apply", job_id=job_id, is_signed=call.is_signed)
    if not call.is_signed:
        refuse_in_unread_body(body)
        refuse_plan_id_in_unread_body(body, envelope)
        return plan_id(request)
    refuse_beside_signature(request)
    found = read_outline(body, "a JSON object with operation and jobId", (), Limit(1, call.deadline), envelope)
    if isinstance(found, Object) and found.pairs:
        raise InvalidBody(*(Place().at(key).fault("This is not supported on this route.") for key in found.others()))
    call.idempotency_key, call.reason = envelope.idempotency_key, envelope.reason
    return envelope.plan_id
