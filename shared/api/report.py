"""POST /api/report: what users have registered, what they should have, and what ends when. Always a job; it only reads.

The report is the result of the job, as JSON, CSV or one HTML page (report_result.py).
"""

from collections.abc import Callable
from dataclasses import replace

from shared.api.accept import accepted, begin_own, new_job
from shared.api.frame import Call, WebRequest, WebResponse, received, respond
from shared.api.payload.envelope import Envelope
from shared.api.payload.limit import Limit
from shared.api.payload.rehearsal import WORDS
from shared.api.payload.table import looks_like_table, parse_table_users
from shared.api.payload.users import UserList, parse_users
from shared.api.query import refuse_beside_signature, refuse_dry_run, refuse_if_match, refuse_unknown
from shared.core.audit import reported
from shared.jobs.engine import Engine
from shared.services import Services
from shared.settings.callers import Right


def handle_report(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    return respond(request, services, lambda call: _report(call, engine), may_be_signed=True)


def _report(call: Call, engine: Engine) -> WebResponse:
    call.need(Right.OPERATE)
    with call.services.lanes.jobs.entered(call.deadline):
        users = _users(call)
        job = replace(new_job(call, users, dry_run=True, what="report"), is_report=True)
        call.line.tell(users=job.users)
        begin_own(call, engine, job, users)
    call.services.audit.note([reported(replace(call.origin, job_id=job.id))])
    return accepted(call, job.id)


def _users(call: Call) -> UserList:
    request, limit = call.request, Limit(call.services.max_users, call.deadline)
    refuse_if_match(request)
    envelope = Envelope("report", has_async=True, has_scope=True, is_signed=call.is_signed, has_plan=False)
    if call.is_signed:
        refuse_beside_signature(request, *WORDS)
        refuse_unknown(request)
        users = parse_users(received(request), limit, envelope)
        call.idempotency_key, call.reason = envelope.idempotency_key, envelope.reason
        return users
    refuse_dry_run(request.query)
    refuse_unknown(request, "async")
    body = received(request)
    if looks_like_table(body, request.headers.get("content-type")):
        return parse_table_users(body, limit, envelope.no_rehearsal)
    return parse_users(body, limit, envelope)
