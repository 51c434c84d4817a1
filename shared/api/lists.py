"""The routes that take lists: authenticate, parse, reconcile, report. Knows no host and no environment."""

import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Protocol, TypeVar

from shared.api.accept import accept
from shared.api.admission import Admission
from shared.api.frame import Call, WebRequest, WebResponse, answer, received, respond, with_correlation_id
from shared.api.payload.envelope import Envelope
from shared.api.payload.limit import Limit
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.rehearsal import WORDS
from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.api.query import ON, SWITCH, choice, dry_run, plan_id, refuse_beside_signature, refuse_unknown
from shared.core.audit import protected
from shared.core.desired import ExplicitSource, RequestedUsers, Source
from shared.core.models import SourceName, Target
from shared.core.report import answered_bodies, overall_status, report_body
from shared.core.report_csv import bodies_csv
from shared.errors import InvalidQuery
from shared.jobs.engine import Engine
from shared.services import Lane, Services
from shared.settings.callers import Right

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Up to so many users a list is short: nobody has to wait behind longer ones.
FEW_USERS = 5
# To read a body of more bytes takes time and memory. Few lists that are no jobs have so many.
BIG_BODY = 65_536


def handle_reconcile(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """POST /api/reconcile: the directory says what users should have. Long lists become jobs."""

    def work(call: Call) -> WebResponse:
        services = call.services
        with _Run(call, "reconcile", Right.RECONCILE, has_async=True) as run:
            users = run.read(parse_users, parse_table_users, services.max_users)
            if users.scope:
                call.need(Right.OPERATE)
            is_long = users.scope or users.entries > services.jobs.inline_users
            if is_long or run.prefers_async or run.envelope.asynchronous:
                if run.envelope.plan_id is not None:
                    raise InvalidQuery(_APPLY)
                run.enter(services.lanes.jobs)
                return accept(call, engine, users, dry_run=run.envelope.dry_run, preferred=run.prefers_async)
            return run.answer(users.targets, replace(services.source, unused=users.ignored), users.entries)

    return respond(request, services, work, may_be_signed=True)


def handle_set(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/set: the caller says it, as JSON or CSV."""

    def work(call: Call) -> WebResponse:
        return _explicit(call, "set", parse_values, parse_table)

    return respond(request, services, work, may_be_signed=True)


def handle_provision(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/provision: the caller says it, as a provisioning plan in JSON or XML."""

    def work(call: Call) -> WebResponse:
        return _explicit(call, "provision", parse_plan, None)

    return respond(request, services, work, may_be_signed=True)


def handle_health() -> WebResponse:
    """GET /api/health: the process answers. No remote call, no secret."""
    return with_correlation_id(answer(200, {"status": "healthy"}, "application/json"), str(uuid.uuid4()))


def _explicit(
    call: Call, operation: str, parse: "_Parse[RequestedUsers]", parse_table: "_ParseTable[RequestedUsers] | None"
) -> WebResponse:
    """Never a job: no number that a caller names is stored anywhere."""
    with _Run(call, operation, Right.EXPLICIT) as run:
        requested = run.read(parse, parse_table, call.services.jobs.inline_users)
        source = ExplicitSource(requested.users, call.services.source.default_region, requested.spots, requested.ids)
        return run.answer(tuple(requested.users), source, requested.entries)


def _prefers_async(request: WebRequest) -> bool:
    """RFC 7240; other preferences may stand beside it."""
    preferences = request.headers.get("prefer", "").lower().split(",")
    return any(preference.partition(";")[0].strip() == "respond-async" for preference in preferences)


_APPLY = (
    "This list becomes a job, so it cannot be sent with a planId. Apply its dry run, or the job that a limit stopped, "
    "with POST /api/jobs/{id}/apply. Nothing was done."
)


class _Run(ExitStack):
    """One list on its way, in one lane at a time. Being made, it checks that the caller may send it, or raises.

    `envelope`: what is asked for beside the list. That of a signed call is known when its body has been read.
    """

    def __init__(self, call: Call, operation: str, right: Right, *, has_async: bool = False) -> None:
        super().__init__()
        self._call = call
        self._lane: Lane | None = None
        call.need(right)
        request, words = call.request, (*WORDS, *(("async",) if has_async else ()))
        self.envelope = Envelope(operation, has_async, has_scope=has_async, is_signed=call.is_signed)
        self.prefers_async = False
        if call.is_signed:
            refuse_beside_signature(request, *words)
            refuse_unknown(request, no_rehearsal=self.envelope.no_rehearsal)
        else:
            self.envelope.dry_run = dry_run(request.query)
            self.envelope.plan_id = plan_id(request)
            refuse_unknown(request, *words, no_rehearsal=self.envelope.no_rehearsal)
            if has_async:
                self.envelope.asynchronous = choice(request.query, "async", SWITCH) in ON
                self.prefers_async = _prefers_async(request)
        self._as_table = "text/csv" in request.headers.get("accept", "").lower()

    def enter(self, lane: Lane) -> None:
        """Waits for a place in it, after leaving the lane before. Raises Busy."""
        if lane is not self._lane:
            self.close()
            self.enter_context(lane.entered(self._call.deadline))
            self._lane = lane

    def read(self, parse: "_Parse[T]", parse_table: "_ParseTable[T] | None", entries: int) -> T:
        call, body = self._call, received(self._call.request)
        if len(body) > BIG_BODY:
            self.enter(call.services.lanes.jobs)
        limit = Limit(entries, call.deadline)
        if call.is_signed:
            found = parse(body, limit, self.envelope)
            call.idempotency_key, call.reason = self.envelope.idempotency_key, self.envelope.reason
            return found
        if parse_table is not None and looks_like_table(body, call.request.headers.get("content-type")):
            return parse_table(body, limit)
        return parse(body, limit, self.envelope)

    def answer(self, targets: Sequence[Target], source: Source, entries: int) -> WebResponse:
        """Of a list for a few users a single operation would do no less: it waits for nobody."""
        call, services = self._call, self._call.services
        if entries > FEW_USERS:
            self.enter(services.lanes.lists)
        is_explicit = source.name is SourceName.EXPLICIT
        admission = Admission(call, self.envelope.plan_id, shows_id=True, is_explicit=is_explicit)
        report = admission.carried_out(targets, source, dry_run=self.envelope.dry_run)
        services.audit.note([*admission.outcomes(report), *protected(report, call.origin)])
        users = answered_bodies(report)
        call.log_users(report, users)
        call.line.tell(result=overall_status(report))
        if self._as_table:
            headers = {"Plan-Id": admission.plan_id} if admission.plan_id else {}
            return answer(200, bodies_csv(users), "text/csv", headers)
        return answer(200, report_body(report, users, call.cid, call.plan | call.unused_key), "application/json")


class _Parse(Protocol[T_co]):
    def __call__(self, body: bytes, limit: Limit, envelope: Envelope, /) -> T_co: ...


_ParseTable = Callable[[bytes, Limit], T]
