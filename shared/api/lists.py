"""The routes that take lists: authenticate, parse, reconcile, report. Knows no host and no environment."""

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeVar

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
from shared.services import Lane, Services

T = TypeVar("T")

# Up to so many users a list is short: nobody has to wait behind longer ones.
FEW_USERS = 5
# To read a body of more bytes takes time and memory. Few lists that are no jobs have so many.
BIG_BODY = 65_536


def handle_reconcile(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """POST /api/reconcile: the directory says what users should have. Long lists become jobs."""

    def work(request: WebRequest, services: Services, cid: str) -> WebResponse:
        with _Run(request, services, explicit=False) as run:
            asked = choice(request.query, "async", SWITCH) in ON
            users = run.read(parse_table_users if _is_table(request) else parse_users, services.max_users)
            preferred = _prefers_async(request)
            if users.entries > services.jobs.inline_users or preferred or asked:
                run.enter(services.lanes.jobs)
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
            return run.answer(users.targets, replace(services.source, unused=users.ignored), users.entries, cid)

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
    return _explicit(request, services, parse_table if _is_table(request) else parse_values, cid)


def _provision(request: WebRequest, services: Services, cid: str) -> WebResponse:
    return _explicit(request, services, parse_plan, cid)


def _explicit(
    request: WebRequest, services: Services, parse: Callable[[bytes, Limit], RequestedUsers], cid: str
) -> WebResponse:
    """Never a job: no number that a caller names is stored anywhere."""
    with _Run(request, services, explicit=True) as run:
        requested = run.read(parse, services.jobs.inline_users)
        source = ExplicitSource(requested.users, services.source.default_region)
        return run.answer(tuple(requested.users), source, requested.entries, cid)


def _prefers_async(request: WebRequest) -> bool:
    """RFC 7240; other preferences may stand beside it."""
    preferences = request.headers.get("prefer", "").lower().split(",")
    return any(preference.partition(";")[0].strip() == "respond-async" for preference in preferences)


def _is_table(request: WebRequest) -> bool:
    return looks_like_table(request.body, request.headers.get("content-type"))


class _Run(ExitStack):
    """One list on its way, in one lane at a time. Being made, it lets the caller in or raises."""

    def __init__(self, request: WebRequest, services: Services, *, explicit: bool) -> None:
        super().__init__()
        self._request, self._services = request, services
        self.deadline = Deadline(services.deadline_s, request.arrived_at)
        self._lane: Lane | None = None
        authenticate(request, services, self.deadline, explicit=explicit)
        self._unused_key = unused_key(request)
        self.dry_run = dry_run(request.query)
        refuse_unknown(request, *WORDS, *(() if explicit else ("async",)))
        self._as_table = "text/csv" in request.headers.get("accept", "").lower()

    def enter(self, lane: Lane) -> None:
        """Waits for a place in it, after leaving the lane before. Raises Busy."""
        if lane is not self._lane:
            self.close()
            self.enter_context(lane.entered(self.deadline))
            self._lane = lane

    def read(self, parse: Callable[[bytes, Limit], T], entries: int) -> T:
        body = received(self._request)
        if len(body) > BIG_BODY:
            self.enter(self._services.lanes.jobs)
        return parse(body, Limit(entries, self.deadline))

    def answer(self, targets: Sequence[Target], source: Source, entries: int, cid: str) -> WebResponse:
        """Of a list for a few users a single operation would do no less: it waits for nobody."""
        services = self._services
        if entries > FEW_USERS:
            self.enter(services.lanes.lists)
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
        log_report(report, time.monotonic() - self._request.arrived_at)
        if self._as_table:
            return answer(200, report_csv(report), "text/csv")
        return answer(200, report_body(report, cid) | self._unused_key, "application/json")
