"""POST /api/lifecycle: a task of a lifecycle workflow. A job makes one user equal to the directory, then resumes
the workflow."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from shared.api.accept import accepted, begin, new_job
from shared.api.frame import Call, WebRequest, WebResponse, received, respond
from shared.api.payload.lifecycle import parse_task
from shared.api.payload.users import UserList
from shared.api.query import refuse_dry_run, refuse_if_match, refuse_unknown
from shared.core.models import Target
from shared.errors import IdempotencyConflict
from shared.jobs.chunks import pack
from shared.jobs.engine import Engine
from shared.jobs.order import job_id_of
from shared.services import Services
from shared.settings.callers import Right

# A workflow waits for three hours at most (Microsoft Learn, "Lifecycle Workflow extensibility").
LONGEST_WAIT_MIN = 170


def handle_lifecycle(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    return respond(request, services, lambda call: _lifecycle(call, engine))


def _lifecycle(call: Call, engine: Engine) -> WebResponse:
    call.need(Right.RECONCILE)
    refuse_dry_run(call.request.query)
    refuse_unknown(call.request)
    refuse_if_match(call.request)
    task = parse_task(received(call.request))
    user = UserList((Target(id=task.user_id),), 1)
    job = replace(
        new_job(call, user, dry_run=False),
        # The same task again is the same job.
        id=job_id_of(call.services.digest(call.deadline, "lifecycle", call.caller.name, task.result_id)),
        fingerprint=hashlib.sha256(f"{task.user_id}\n{task.callback.lower()}".encode()).hexdigest(),
        wait_minutes=min(call.services.jobs.wait_minutes, LONGEST_WAIT_MIN),
        callback=task.callback,
    )
    with call.services.lanes.jobs.entered(call.deadline):
        claimed = begin(call, engine, job, lambda: pack(user.targets, user.ignored))
    if claimed.fingerprint != job.fingerprint:
        raise IdempotencyConflict("This task of a workflow was sent for a different user. Nothing was done.")
    return accepted(call, job.id)
