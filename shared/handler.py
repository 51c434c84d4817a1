"""One request, from raw bytes to an answer: authenticate, parse, reconcile, report. Knows no host and no environment.

The order is part of the contract: settings, size of the body, vault, handshake, query, body, number of entries. Until
the handshake is passed an answer says no more than its code. Everything is caught here, at the outermost edge, so that
an unforeseen fault becomes a 500 with a correlation id and nothing else.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import parse_qsl

from shared.deadline import Deadline
from shared.errors import (
    ConfigurationError,
    InvalidQuery,
    ServiceError,
    TooLarge,
    TooManyUsers,
    Unauthorized,
)
from shared.handshake import Handshake, handshake_fault, is_allowed
from shared.log import correlation_id, get_logger
from shared.models import RunReport, ServiceAccount, UserStatus
from shared.payload import parse_users
from shared.plan import Policy
from shared.reconcile import Directory, TooManyRemovals, reconcile
from shared.report import counts, overall_status, problem_body, removals_problem_body, report_body

# How often a handshake that does not match may make Key Vault be asked again, so that a rotation counts at once.
RELOAD_INTERVAL_S = 10.0

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`query` is the raw query string; header names are lower case."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: str = ""


@dataclass(frozen=True, slots=True)
class WebResponse:
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str]


class Handshakes(Protocol):
    """The handshake secrets; with `reload_every_s` asked for again, unless that was done so recently."""

    def __call__(
        self, deadline: Deadline, reload_every_s: float | None = None
    ) -> tuple[Handshake, Handshake | None]: ...


@dataclass(frozen=True, slots=True)
class Services:
    """All that a request needs, built once for the process."""

    handshake_header: str
    max_body_bytes: int
    max_users: int
    deadline_s: int
    policy: Policy
    handshakes: Handshakes
    sign_in: Callable[[Deadline], ServiceAccount | None]
    directory: Directory


def handle_reconcile(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """POST /api/reconcile. `services` may raise ConfigurationError. Never raises."""
    cid = str(uuid.uuid4())
    token = correlation_id.set(cid)
    began = time.monotonic()
    try:
        return _reconcile(request, services(), cid, began)
    except TooManyRemovals as stop:
        _log.error("nothing written: %s", stop)
        body = removals_problem_body(stop.report, stop.verdict.removals, stop.verdict.allowed, cid)
        return _response(422, body, "application/problem+json")
    except ServiceError as error:
        return _refusal(error, cid)
    except Exception:  # noqa: BLE001 - the outermost edge: the caller gets an id, the log the rest
        _log.exception("unforeseen fault")
        return _refusal(ServiceError("unforeseen fault"), cid)
    finally:
        correlation_id.reset(token)


def handle_health() -> WebResponse:
    """GET /api/health: the process answers. No remote call, no secret."""
    return _response(200, {"status": "healthy"}, "application/json")


def _reconcile(request: WebRequest, services: Services, cid: str, began: float) -> WebResponse:
    deadline = Deadline(services.deadline_s)
    if len(request.body) > services.max_body_bytes:
        raise TooLarge("The body has more bytes than MAX_BODY_BYTES allows. Split the list.")
    _authenticate(request, services, deadline)
    dry_run = _dry_run(request.query)
    users = parse_users(request.body)
    if users.entries > services.max_users:
        raise TooManyUsers(
            f"One request may name {services.max_users} users; this one names {users.entries}. Split it."
        )
    account = services.sign_in(deadline)
    report = reconcile(users.targets, services.directory, account, services.policy, dry_run=dry_run, deadline=deadline)
    _log_report(report, time.monotonic() - began)
    return _response(200, report_body(report, cid), "application/json")


def _authenticate(request: WebRequest, services: Services, deadline: Deadline) -> None:
    header = request.headers.get(services.handshake_header.lower())
    for reload_every_s in (None, RELOAD_INTERVAL_S):
        current, previous = services.handshakes(deadline, reload_every_s)
        fault = handshake_fault(current.value)
        if fault is not None:
            raise ConfigurationError(f"the handshake secret cannot serve: {fault}")
        if is_allowed(header, current, previous, datetime.now(UTC)):
            return
        if header is None:
            break
    raise Unauthorized("the handshake header is missing" if header is None else "the handshake does not match")


def _dry_run(query: str) -> bool:
    """Read from the raw query, because the Functions host drops an empty value: `?dryRun=` must not write."""
    pairs = parse_qsl(query, keep_blank_values=True)
    # `dry-run`, `dryRun[]`, `amp;dryRun` and the like are meant as dryRun: taking no notice of them would write.
    meant = [(name, value.lower()) for name, value in pairs if "dryrun" in "".join(filter(str.isalpha, name)).lower()]
    if not meant:
        return False
    (name, value), *more = meant
    if more or name.lower() != "dryrun" or value not in _TRUE + _FALSE:
        raise InvalidQuery("dryRun must stand once and be true, false, 1 or 0. Nothing was done.")
    return value in _TRUE


def _refusal(error: ServiceError, cid: str) -> WebResponse:
    level = _log.error if error.status in (500, 502) else _log.warning
    level("%d %s: %s", error.status, error.code, error.detail)
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    return _response(error.status, problem_body(error, cid), "application/problem+json", headers)


def _log_report(report: RunReport, seconds: float) -> None:
    """A line for each user that changed or failed, by object id, and one for the request."""
    for result in report.results:
        if result.status in (UserStatus.CHANGED, UserStatus.FAILED):
            _log.info("user %s %s", result.user_id or "(not read)", result.code)
        if result.status is UserStatus.FAILED:
            _log.debug("user %s is %s", result.user_id, result.target.upn)
    tally = " ".join(f"{name}={count}" for name, count in counts(report).items())
    _log.info("%s dryRun=%s %s durationMs=%d", overall_status(report), report.dry_run, tally, round(seconds * 1000))


def _response(
    status: int, body: Mapping[str, object], content_type: str, headers: Mapping[str, str] | None = None
) -> WebResponse:
    # Answers hold (masked) personal data and must not be kept by anything in between.
    common = {"Content-Type": f"{content_type}; charset=utf-8", "Cache-Control": "no-store"}
    return WebResponse(status, json.dumps(body).encode(), {**common, **(headers or {})})
