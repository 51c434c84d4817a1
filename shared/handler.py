"""The routes that take lists: authenticate, parse, reconcile, report. Knows no host and no environment."""

import time
from collections.abc import Callable, Sequence

from shared.codes import UserStatus
from shared.deadline import Deadline
from shared.errors import TooManyUsers
from shared.log import get_logger
from shared.models import RunReport, Target
from shared.payload.provisioning import parse_plan
from shared.payload.table import looks_like_table, parse_table, parse_table_users
from shared.payload.users import parse_users
from shared.payload.values import parse_values
from shared.reconcile import reconcile
from shared.report import counts, overall_status, report_body
from shared.report_csv import report_csv
from shared.source import ExplicitSource, Source
from shared.web import Services, WebRequest, WebResponse, answer, authenticate, choice, respond
from shared.wishes import WishList

_log = get_logger(__name__)


def handle_reconcile(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/reconcile: the directory says what users should have."""
    return respond(request, services, _reconcile)


def handle_set(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/set: the caller says it, as JSON or CSV."""
    return respond(request, services, _set)


def handle_provision(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/provision: the caller says it, as a provisioning plan in JSON or XML."""
    return respond(request, services, _provision)


def handle_health() -> WebResponse:
    """GET /api/health: the process answers. No remote call, no secret."""
    return answer(200, {"status": "healthy"}, "application/json")


def _reconcile(request: WebRequest, services: Services, cid: str) -> WebResponse:
    run = _Run(request, services, explicit=False)
    users = (parse_table_users if _is_table(request) else parse_users)(request.body)
    return run.answer(users.targets, users.entries, services.source, cid)


def _set(request: WebRequest, services: Services, cid: str) -> WebResponse:
    run = _Run(request, services, explicit=True)
    wishes = (parse_table if _is_table(request) else parse_values)(request.body)
    return run.answer(*_explicit(wishes, services), cid)


def _provision(request: WebRequest, services: Services, cid: str) -> WebResponse:
    run = _Run(request, services, explicit=True)
    return run.answer(*_explicit(parse_plan(request.body), services), cid)


def _explicit(wishes: WishList, services: Services) -> tuple[Sequence[Target], int, Source]:
    return tuple(wishes.wishes), wishes.entries, ExplicitSource(wishes.wishes, services.source.default_region)


def _is_table(request: WebRequest) -> bool:
    return looks_like_table(request.body, request.headers.get("content-type"))


class _Run:
    """One list on its way. Being made, it lets the caller in or raises."""

    def __init__(self, request: WebRequest, services: Services, *, explicit: bool) -> None:
        self._began = time.monotonic()
        self._deadline = Deadline(services.deadline_s)
        authenticate(request, services, self._deadline, explicit=explicit)
        self._services = services
        self._dry_run = choice(request.query, "dryRun", ("true", "false", "1", "0")) in ("true", "1")
        self._as_table = "text/csv" in request.headers.get("accept", "").lower()

    def answer(self, targets: Sequence[Target], entries: int, source: Source, cid: str) -> WebResponse:
        services = self._services
        if entries > services.max_users:
            raise TooManyUsers(f"One request may name {services.max_users} users; this one names {entries}. Split it.")
        account = services.sign_in(self._deadline)
        report = reconcile(
            targets,
            source,
            services.directory,
            account,
            services.policy,
            dry_run=self._dry_run,
            deadline=self._deadline,
        )
        _log_report(report, time.monotonic() - self._began)
        if self._as_table:
            return answer(200, report_csv(report), "text/csv", {"Correlation-Id": cid})
        return answer(200, report_body(report, cid), "application/json")


def _log_report(report: RunReport, seconds: float) -> None:
    """A line for each user that changed or failed, by object id, and one for the request."""
    for result in report.results:
        if result.status in (UserStatus.CHANGED, UserStatus.FAILED):
            _log.info("user %s %s", result.user_id or "(not read)", result.code)
        if result.status is UserStatus.FAILED:
            _log.debug("user %s is %s", result.user_id, result.target.upn)
    tally = " ".join(f"{name}={count}" for name, count in counts(report).items())
    _log.info(
        *("%s source=%s dryRun=%s %s durationMs=%d", overall_status(report), report.source, report.dry_run),
        *(tally, round(seconds * 1000)),
    )
