"""What every route has in common: the frame around a request, who may come in, and how an answer leaves.

The order is part of the contract: settings, size of the body, vault, handshake, query, body. Until the handshake is
passed an answer says no more than its code. Everything is caught here, at the outermost edge, so that an unforeseen
fault becomes a 500 with a correlation id and nothing else.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from shared.api.handshake import handshake_fault, is_allowed
from shared.core.reconcile import TooManyRemovals
from shared.core.report import problem_body, removals_problem_body
from shared.deadline import Deadline
from shared.errors import (
    ConfigurationError,
    ExplicitDisabled,
    InvalidQuery,
    ServiceError,
    TooLarge,
    Unauthorized,
)
from shared.log import correlation_id, get_logger
from shared.services import Secrets, Services

# How often a handshake that does not match may make Key Vault be asked again, so that a rotation counts at once.
RELOAD_INTERVAL_S = 10.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`query` is the raw query string; header names are lower case; `path` holds the parts of the path by name."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: str = ""
    path: Mapping[str, str] = field(default_factory=dict)


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
        built = services()
        if len(request.body) > built.max_body_bytes:
            raise TooLarge("The body has more bytes than MAX_BODY_BYTES allows. Split the list.")
        return work(request, built, cid)
    except TooManyRemovals as stop:
        _log.error("nothing written: %s", stop)
        body = removals_problem_body(stop.report, stop.verdict.removals, stop.verdict.allowed, cid)
        return answer(422, body, "application/problem+json")
    except ServiceError as error:
        return _refusal(error, cid)
    except Exception:  # noqa: BLE001 - the outermost edge: the caller gets an id, the log the rest
        _log.exception("unforeseen fault")
        return _refusal(ServiceError("unforeseen fault"), cid)
    finally:
        correlation_id.reset(token)


def authenticate(request: WebRequest, services: Services, deadline: Deadline, *, explicit: bool = False) -> None:
    """Raises unless the caller knows the handshake; the explicit one, where values are named or shown, opens all."""
    if explicit and services.explicit_handshakes is None:
        raise ExplicitDisabled("Explicit values are off here; ALLOW_EXPLICIT_VALUES=true allows them.")
    header = request.headers.get(services.handshake_header.lower())
    for reload_every_s in (None, RELOAD_INTERVAL_S):
        doors = [_usable(services.handshakes(deadline, reload_every_s), "the handshake secret")]
        if services.explicit_handshakes is not None:
            named = _usable(services.explicit_handshakes(deadline, reload_every_s), "the explicit handshake secret")
            if _values(doors[0]) & _values(named):
                raise ConfigurationError("the explicit handshake secret must differ from the ordinary one")
            doors = [named] if explicit else [*doors, named]
        if any([is_allowed(header, current, previous, datetime.now(UTC)) for current, previous in doors]):
            return
        if header is None:
            break
    raise Unauthorized("the handshake header is missing" if header is None else "the handshake does not match")


def _usable(secrets: Secrets, name: str) -> Secrets:
    fault = handshake_fault(secrets[0].value)
    if fault is not None:
        raise ConfigurationError(f"{name} cannot serve: {fault}")
    return secrets


def _values(secrets: Secrets) -> set[str]:
    return {secret.value for secret in secrets if secret is not None}


def choice(query: str, name: str, allowed: Sequence[str]) -> str | None:
    """The value of a query parameter in lower case, None where it is not given. Raises InvalidQuery.

    Read from the raw query, because the Functions host drops an empty value: `?dryRun=` must not write. `dry-run`,
    `dryRun[]`, `amp;dryRun`, `x=1;dryRun=true` and the like are meant as dryRun: taking no notice of them would write.
    """
    wanted = name.lower()
    pairs = [(key.lower(), value.lower()) for key, value in parse_qsl(query, keep_blank_values=True)]
    glued = re.compile(rf"[?&;]{wanted}")
    meant = [pair for pair in pairs if wanted in "".join(filter(str.isalpha, pair[0])) or glued.search(pair[1])]
    if not meant:
        return None
    (key, value), *more = meant
    if more or key != wanted or value not in allowed:
        offered = f"must stand once and be one of {', '.join(allowed)}" if allowed else "is not offered here"
        raise InvalidQuery(f"{name} {offered}. Nothing was done.")
    return value


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
