"""What every route has in common: the frame around a request, who may call, and how an answer leaves.

The order is part of the contract: settings, size and encoding of the body, vault, caller, rights, query, body. Until
the caller is known an answer says no more than its code. Everything is caught here, at the outermost edge, so that an
unforeseen fault becomes a 500 with a correlation id and nothing else.
"""

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.api.caller import EXPLICIT_CALLER, Caller, Proof, identify
from shared.api.origin import client_address, route_of
from shared.api.payload.envelope import LONGEST_KEY
from shared.api.request_line import RequestLine
from shared.core.audit import Origin, protected, refusal
from shared.core.models import RunReport
from shared.core.reason import reason_fault, without_numbers
from shared.core.reconcile import Refused
from shared.core.report import Json, answered_bodies, problem_body, refusal_body
from shared.core.report_log import log_report
from shared.deadline import Deadline
from shared.errors import (
    BodyFault,
    ExplicitDisabled,
    InvalidBody,
    InvalidQuery,
    RightMissing,
    ServiceError,
    TooLarge,
    Unauthorized,
    UnsupportedEncoding,
    UserFailed,
)
from shared.log import about, counting_throttled, get_logger
from shared.services import Services
from shared.settings.callers import Right

# How every body in gzip begins, and no text.
_GZIP = b"\x1f\x8b"
# What says in Content-Encoding that nothing was done to the body: identity, and words of callers who mean its charset.
# These are no codings (IANA, "HTTP Content Coding Registry").
_PLAIN = {"", "identity", "none", "utf-8", "utf8"}
KEY_HEADER, REASON_HEADER, CALLERS_ID_HEADER = "idempotency-key", "x-reason", "x-correlation-id"
_CALLERS_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A sender repeats a signed call that is answered like this, with the same id.
_REPEATED = (429, 500, 502, 503, 504)

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`query` is the raw query string; header names are lower case; `path` holds the parts of the path by name.
    `origin`: scheme and host of the URL, `url_path` its path, decoded. `arrived_at` is on the monotonic clock: the time
    of a request begins there."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    method: str = "POST"
    url_path: str = ""
    arrived_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class WebResponse:
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str]


@dataclass(slots=True)
class Call:
    """A request whose caller is known. What a signed body says about itself is filled in when that is read."""

    request: WebRequest
    services: Services
    caller: Caller
    cid: str
    line: RequestLine
    deadline: Deadline
    idempotency_key: str
    reason: str
    has_written: bool = False
    # Beside the results of a list, also where a guard refuses it: the id of its plan.
    plan: Json = field(default_factory=dict)

    def need(self, right: Right, *others: Right) -> None:
        """One of these rights. Raises RightMissing and ExplicitDisabled."""
        self.caller.need(right, *others, access=self.services.access)

    @property
    def is_signed(self) -> bool:
        return self.caller.proof is Proof.SIGNATURE

    @property
    def origin(self) -> Origin:
        """Who asks, and from where, for the audit trail."""
        caller = self.caller
        return replace(
            _origin(self.request, self.services, self.cid),
            caller=caller.name,
            proof=caller.proof.value,
            reason=without_numbers(self.reason),
        )

    def log_users(self, report: RunReport, users: Sequence[Json], stopped_by: str = "") -> None:
        """`users`: its answered_bodies. What became of each user, or would have, had a guard not stopped it."""
        names, origin = self.services.logs_user_names, self.origin
        log_report(report, users, names=names, caller=origin.caller, route=origin.route, stoppedBy=stopped_by)

    @property
    def unused_key(self) -> Json:
        """For the answer to a request that becomes no job: its Idempotency-Key protects nobody from a second run."""
        return {"idempotencyKey": "notUsed"} if self.idempotency_key else {}


Work = Callable[[Call], WebResponse]


def respond(
    request: WebRequest, services: Callable[[], Services], work: Work, *, may_be_signed: bool = False
) -> WebResponse:
    """Does the work of a route for a caller who is known. `services` may raise ConfigurationError. Never raises."""
    return framed(request, lambda cid, line: _served(_begin(request, services(), cid, line), work, may_be_signed))


def framed(request: WebRequest, work: Callable[[str, RequestLine], WebResponse]) -> WebResponse:
    """Under a new correlation id, with a line in the log; whatever goes wrong is an answer. Never raises."""
    cid = str(uuid.uuid4())
    line = RequestLine(route_of(request.method, request.url_path), request.arrived_at)
    ids = {"correlationId": cid, "callerCorrelationId": _callers_id(request)}
    with about(**ids), counting_throttled() as throttled:
        response = _answered(cid, line, lambda: work(cid, line))
        line.write(response.status, throttled.times)
    return with_correlation_id(response, cid)


def with_correlation_id(response: WebResponse, cid: str) -> WebResponse:
    return replace(response, headers={**response.headers, "Correlation-Id": cid})


def _callers_id(request: WebRequest) -> str:
    """The id that the caller knows the request by, if it can be kept: no number may hide in it."""
    sent = request.headers.get(CALLERS_ID_HEADER, "")
    return without_numbers(sent) if _CALLERS_ID.fullmatch(sent) else ""


def _begin(request: WebRequest, services: Services, cid: str, line: RequestLine) -> Call:
    """Lets the caller in or raises."""
    line.tell_origin(_origin(request, services, cid))
    if len(request.body) > services.max_body_bytes:
        raise TooLarge("The body is larger than MAX_BODY_BYTES allows. Split the list.")
    if _is_compressed(request):
        raise UnsupportedEncoding(
            "The body is compressed (Content-Encoding), which is not supported. Send it uncompressed, or remove the "
            "header Content-Encoding if the body is not compressed."
        )
    deadline = Deadline(services.deadline_s, request.arrived_at)
    has_body = request.method not in ("GET", "DELETE")
    content = request.body if has_body else f"{request.method} {request.url_path}".encode("utf-8", "surrogatepass")
    try:
        caller = identify(request.headers, content, services.access, deadline)
    except (Unauthorized, ExplicitDisabled) as error:
        origin = _origin(request, services, cid)
        if isinstance(error, ExplicitDisabled):
            # Its handshake was right.
            origin = replace(origin, caller=EXPLICIT_CALLER, proof=Proof.HANDSHAKE.value)
        line.tell_origin(origin)
        _note_refused(error, services, origin)
        raise
    key, reason = (request.headers.get(name, "").strip() for name in (KEY_HEADER, REASON_HEADER))
    call = Call(request, services, caller, cid, line, deadline, key, reason)
    line.tell_origin(call.origin)
    if caller.used_previous:
        line.tell(previousSecret=True)
    return call


def _is_compressed(request: WebRequest) -> bool:
    codings = {coding.strip().lower() for coding in request.headers.get("content-encoding", "").split(",")}
    return bool(request.body) and (bool(codings - _PLAIN) or request.body.startswith(_GZIP))


def _served(call: Call, work: Work, may_be_signed: bool) -> WebResponse:
    """The answer to somebody who is known. It decides whether the id of a signed call is used up."""

    def done() -> WebResponse:
        if call.is_signed and not may_be_signed:
            raise RightMissing("A signed call is not supported on this route.")
        fault = reason_fault("X-Reason", call.reason)
        if fault is not None:
            raise InvalidQuery(fault)
        if len(call.idempotency_key) > LONGEST_KEY:
            raise InvalidQuery(f"Idempotency-Key must have at most {LONGEST_KEY} characters.")
        return work(call)

    response = _answered(call.cid, call.line, done, call)
    if call.caller.webhook_id is not None and not call.has_written and response.status in _REPEATED:
        call.services.access.one_time_ids.give_back(call.caller.name, call.caller.webhook_id)
    return response


def _origin(request: WebRequest, services: Services, cid: str) -> Origin:
    address = client_address(request.headers, services.access.trusted_proxies)
    route = route_of(request.method, request.url_path)
    return Origin(cid, route, address, caller_correlation_id=_callers_id(request))


def _note_refused(error: ServiceError, services: Services, origin: Origin) -> None:
    """Who is not let in, or may not do this, is in the audit trail."""
    if error.status not in (401, 403):
        return
    user_id = error.user_id if isinstance(error, UserFailed) else ""
    services.audit.note([refusal(origin, error.code, error.detail, user_id)])


def _answered(cid: str, line: RequestLine, work: Callable[[], WebResponse], call: Call | None = None) -> WebResponse:
    try:
        return work()
    except Refused as stop:
        users = answered_bodies(stop.report)
        line.refuse(stop.refusal.code.value, stop.refusal.detail)
        line.tell_report(stop.report)
        if call is not None:
            told = refusal(call.origin, stop.refusal.code, stop.refusal.detail, dry_run=stop.report.dry_run)
            call.services.audit.note([told, *protected(stop.report, call.origin)])
            call.log_users(stop.report, users, stopped_by=stop.refusal.code.value)
        beside = call.plan | call.unused_key if call else {}
        body = refusal_body(stop.refusal, stop.report, users, cid, beside)
        return answer(stop.refusal.code.status, body, "application/problem+json")
    except ServiceError as error:
        if call is not None:
            _note_refused(error, call.services, call.origin)
        return _refusal(error, cid, line)
    except Exception as fault:  # noqa: BLE001 - the outermost edge: the caller gets an id, the log the rest
        _log.exception("unforeseen fault", fault)
        return _refusal(ServiceError("unforeseen fault"), cid, line)


def link(request: WebRequest, services: Services, path: str) -> str:
    """An absolute URL for `path`, which begins behind /api/. Forwarded headers are not read: a caller can send them."""
    return f"{services.public_url or request.origin}/api/{path}"


def iso(moment: datetime) -> str:
    """A moment as answers have it."""
    return moment.isoformat(timespec="milliseconds")


def received(request: WebRequest) -> bytes:
    """The body. Raises InvalidBody if one was sent that the Functions host does not hand over."""
    # Not supported for workers outside the host's own process: github.com/Azure/azure-functions-host/issues/7930.
    if not request.body and "transfer-encoding" in request.headers:
        raise InvalidBody(BodyFault("", _CHUNKED))
    return request.body


_CHUNKED = (
    "The body did not arrive. It was sent in chunks (Transfer-Encoding: chunked), which the Azure Functions host does "
    "not deliver. Send the same body with a Content-Length."
)


def answer(
    status: int, body: Mapping[str, object] | bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> WebResponse:
    # Answers hold (masked) personal data and must not be kept by anything in between.
    common = {"Content-Type": f"{content_type}; charset=utf-8", "Cache-Control": "no-store"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebResponse(status, content, {**common, **(headers or {})})


def _refusal(error: ServiceError, cid: str, line: RequestLine) -> WebResponse:
    line.fail(error)
    if isinstance(error, UserFailed):
        line.tell(objectId=error.user_id)
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    return answer(error.status, problem_body(error, cid), "application/problem+json", headers)
