"""What every route has in common: the frame around a request, who may come in, and how an answer leaves.

The order is part of the contract: settings, size and encoding of the body, vault, handshake, query, body. Until the
handshake is passed an answer says no more than its code. Everything is caught here, at the outermost edge, so that an
unforeseen fault becomes a 500 with a correlation id and nothing else.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum

from shared.api.handshake import handshake_fault, is_allowed
from shared.core.reconcile import Refused
from shared.core.report import Json, problem_body, refusal_body
from shared.deadline import Deadline
from shared.errors import (
    BodyFault,
    ConfigurationError,
    ExplicitDisabled,
    InvalidBody,
    ServiceError,
    TooLarge,
    Unauthorized,
    UnsupportedEncoding,
    VaultUnavailable,
)
from shared.log import correlation_id, get_logger
from shared.services import Secrets, Services

# How often a handshake that does not match may make Key Vault be asked again, so that a rotation counts at once.
RELOAD_INTERVAL_S = 10.0
# How every body in gzip begins, and no text.
_GZIP = b"\x1f\x8b"
KEY_HEADER = "idempotency-key"

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`query` is the raw query string; header names are lower case; `path` holds the parts of the path by name.
    `origin`: scheme and host of the URL. `arrived_at` is on the monotonic clock: the time of a request begins there."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    arrived_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class WebResponse:
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str]


Work = Callable[[WebRequest, Services, str], WebResponse]


def respond(request: WebRequest, services: Callable[[], Services], work: Work) -> WebResponse:
    """Does the work of a route under a new correlation id. `services` may raise ConfigurationError. Never raises."""
    cid = str(uuid.uuid4())
    token = correlation_id.set(cid)
    try:
        return with_correlation_id(_answered(request, services, work, cid), cid)
    finally:
        correlation_id.reset(token)


def with_correlation_id(response: WebResponse, cid: str) -> WebResponse:
    return replace(response, headers={**response.headers, "Correlation-Id": cid})


def _answered(request: WebRequest, services: Callable[[], Services], work: Work, cid: str) -> WebResponse:
    try:
        built = services()
        if len(request.body) > built.max_body_bytes:
            raise TooLarge("The body is larger than MAX_BODY_BYTES allows. Split the list.")
        if _is_compressed(request):
            raise UnsupportedEncoding(
                "The body is compressed (Content-Encoding), which is not supported. Send it uncompressed."
            )
        return work(request, built, cid)
    except Refused as stop:
        _log.error("nothing written: %s", stop)
        body = refusal_body(stop.refusal, stop.report, cid)
        return answer(stop.refusal.code.status, body | unused_key(request), "application/problem+json")
    except ServiceError as error:
        return _refusal(error, cid)
    except Exception:  # noqa: BLE001 - the outermost edge: the caller gets an id, the log the rest
        _log.exception("unforeseen fault")
        return _refusal(ServiceError("unforeseen fault"), cid)


def _is_compressed(request: WebRequest) -> bool:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    return bool(request.body) and (encoding not in ("", "identity") or request.body.startswith(_GZIP))


def authenticate(request: WebRequest, services: Services, deadline: Deadline, *, explicit: bool = False) -> None:
    """Raises unless the caller knows the handshake; the explicit one, where values are named or shown, opens all.

    While explicit values are off, whoever proves to know one of the two is told so (403), and nobody else is.
    """
    header = request.headers.get(services.handshake_header.lower())
    known = None
    for reload_every_s in (None, RELOAD_INTERVAL_S):
        known = _recognise(header, services, deadline, reload_every_s)
        is_enough = known is not None and (known is _Handshake.EXPLICIT or not (explicit and services.allow_explicit))
        if header is None or is_enough:
            break
    if known is not None and not services.allow_explicit and (explicit or known is _Handshake.EXPLICIT):
        raise ExplicitDisabled("Explicit values are switched off. An administrator can set ALLOW_EXPLICIT_VALUES=true.")
    if known is None or (explicit and known is _Handshake.ORDINARY):
        needed = "names or shows values and needs the explicit" if explicit else "needs the ordinary or the explicit"
        shown = f"Check the header {services.handshake_header}: this route {needed} handshake."
        reason = "is missing" if header is None else "does not match"
        raise Unauthorized(f"the handshake {reason}", shown)


class _Handshake(Enum):
    ORDINARY = "ordinary"
    EXPLICIT = "explicit"


def _recognise(
    header: str | None, services: Services, deadline: Deadline, reload_every_s: float | None
) -> _Handshake | None:
    """Which of the two handshakes the header holds. Raises ConfigurationError when a secret cannot serve."""
    ordinary = _usable(services.handshakes(deadline, reload_every_s), "the handshake secret")
    now = datetime.now(UTC)
    if services.allow_explicit:
        named = _usable(services.explicit_handshakes(deadline, reload_every_s), "the explicit handshake secret")
        if _values(ordinary) & _values(named):
            raise ConfigurationError("the explicit handshake secret must differ from the ordinary one")
        # Both are compared, so that the time taken tells nothing about which one was close.
        is_ordinary, is_explicit = is_allowed(header, *ordinary, now), is_allowed(header, *named, now)
    else:
        is_ordinary = is_allowed(header, *ordinary, now)
        is_explicit = not is_ordinary and _is_explicit_though_off(header, services, deadline, reload_every_s)
    if is_explicit:
        return _Handshake.EXPLICIT
    return _Handshake.ORDINARY if is_ordinary else None


def _is_explicit_though_off(
    header: str | None, services: Services, deadline: Deadline, reload_every_s: float | None
) -> bool:
    """A secret that is not in use may be missing, useless or out of reach: it closes no route."""
    if header is None:
        return False
    try:
        return is_allowed(header, *services.explicit_handshakes(deadline, reload_every_s), datetime.now(UTC))
    except VaultUnavailable:
        return False


def link(request: WebRequest, services: Services, path: str) -> str:
    """An absolute URL for `path`, which begins behind /api/. Forwarded headers are not read: a caller can send them."""
    return f"{services.public_url or request.origin}/api/{path}"


def iso(moment: datetime) -> str:
    """A moment as answers have it."""
    return moment.isoformat(timespec="milliseconds")


def unused_key(request: WebRequest) -> Json:
    """For the answer to a request that becomes no job: its Idempotency-Key protects nobody from a second run."""
    return {"idempotencyKey": "notUsed"} if request.headers.get(KEY_HEADER, "").strip() else {}


def _usable(secrets: Secrets, name: str) -> Secrets:
    fault = handshake_fault(secrets[0].value)
    if fault is not None:
        raise ConfigurationError(f"{name} cannot serve: {fault}")
    return secrets


def _values(secrets: Secrets) -> set[str]:
    return {secret.value for secret in secrets if secret is not None}


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


def _refusal(error: ServiceError, cid: str) -> WebResponse:
    level = _log.error if error.status in (500, 502) else _log.warning
    level("%d %s: %s", error.status, error.code, error.detail)
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    return answer(error.status, problem_body(error, cid), "application/problem+json", headers)
