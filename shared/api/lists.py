"""The routes that take lists: authenticate, parse, reconcile, report. Knows no host and no environment."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from shared.api.accept import accept
from shared.api.frame import (
    WebRequest,
    WebResponse,
    answer,
    authenticate,
    received,
    respond,
    unused_key,
    with_correlation_id,
)
from shared.api.payload.limit import Limit
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.rehearsal import WORDS
from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.api.query import ON, SWITCH, choice, dry_run, refuse_unknown
from shared.core.desired import ExplicitSource, RequestedUsers, Source
from shared.core.models import Target
from shared.core.reconcile import reconcile
from shared.core.report import report_body
from shared.core.report_csv import report_csv
from shared.core.report_log import log_report
from shared.deadline import Deadline
from shared.jobs.engine import Engine
from shared.services import Services


def handle_reconcile(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """POST /api/reconcile: the directory says what users should have. Long lists become jobs."""

    def work(request: WebRequest, services: Services, cid: str) -> WebResponse:
        run = _Run(request, services, explicit=False)
        asked = choice(request.query, "async", SWITCH) in ON
        limit = run.limit(services.max_users)
        users = (parse_table_users if _is_table(request) else parse_users)(received(request), limit)
        preferred = _prefers_async(request)
        if users.entries > services.jobs.inline_users or preferred or asked:
            return accept(
                request,
                services,
                engine,
                users,
                dry_run=run.dry_run,
                preferred=preferred,
                deadline=run.deadline,
                cid=cid,
            )
        return run.answer(users.targets, replace(services.source, unused=users.ignored), cid)

    return respond(request, services, work)


def handle_set(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/set: the caller says it, as JSON or CSV."""
    return respond(request, services, _set)


def handle_provision(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/provision: the caller says it, as a provisioning plan in JSON or XML."""
    return respond(request, services, _provision)


def handle_health() -> WebResponse:
    """GET /api/health: the process answers. No remote call, no secret."""
    return with_correlation_id(answer(200, {"status": "healthy"}, "application/json"), str(uuid.uuid4()))


def _set(request: WebRequest, services: Services, cid: str) -> WebResponse:
    run = _Run(request, services, explicit=True)
    # Never a job: no number that a caller names is stored anywhere.
    limit = run.limit(services.jobs.inline_users)
    return _answer(run, (parse_table if _is_table(request) else parse_values)(received(request), limit), services, cid)


def _provision(request: WebRequest, services: Services, cid: str) -> WebResponse:
    run = _Run(request, services, explicit=True)
    limit = run.limit(services.jobs.inline_users)
    return _answer(run, parse_plan(received(request), limit), services, cid)


def _answer(run: "_Run", requested: RequestedUsers, services: Services, cid: str) -> WebResponse:
    return run.answer(tuple(requested.users), ExplicitSource(requested.users, services.source.default_region), cid)


def _prefers_async(request: WebRequest) -> bool:
    """RFC 7240; other preferences may stand beside it."""
    preferences = request.headers.get("prefer", "").lower().split(",")
    return any(preference.partition(";")[0].strip() == "respond-async" for preference in preferences)


def _is_table(request: WebRequest) -> bool:
    return looks_like_table(request.body, request.headers.get("content-type"))


class _Run:
    """One list on its way. Being made, it lets the caller in or raises."""

    def __init__(self, request: WebRequest, services: Services, *, explicit: bool) -> None:
        self._began = time.monotonic()
        self.deadline = Deadline(services.deadline_s)
        authenticate(request, services, self.deadline, explicit=explicit)
        self._services, self._unused_key = services, unused_key(request)
        self.dry_run = dry_run(request.query)
        refuse_unknown(request, *WORDS, *(() if explicit else ("async",)))
        self._as_table = "text/csv" in request.headers.get("accept", "").lower()

    def limit(self, entries: int) -> Limit:
        return Limit(entries, self._deadline)

    def answer(self, targets: Sequence[Target], source: Source, cid: str) -> WebResponse:
        services = self._services
        account = services.sign_in(self.deadline)
        report = reconcile(
            targets,
            source,
            services.directory,
            account,
            services.policy,
            dry_run=self.dry_run,
            deadline=self.deadline,
        )
        log_report(report, time.monotonic() - self._began)
        if self._as_table:
            return answer(200, report_csv(report), "text/csv")
        return answer(200, report_body(report, cid) | self._unused_key, "application/json")
