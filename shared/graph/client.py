"""Sends Graph calls and returns an answer for each: tokens, time limits, throttling and retries are settled here.

A list of calls goes in, a list of answers in the same order comes out; nothing is raised for a single call. Reads are
retried here, and so is any call that was throttled, because a 429 means that nothing was done. A write without a
verdict is handed back as it is: only someone who re-reads can know whether it may be sent again.

The only user of requests for Graph. What a status means for a user is `failures.py`'s business.
"""

import contextvars
import functools
import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError

from shared.deadline import Deadline
from shared.errors import ServiceError
from shared.log import correlation_id, get_logger
from shared.session import BoundedSession, retry_after_s, time_limit

# The authentication methods APIs give up after 60 s (Graph docs, "authentication methods API overview").
READ_TIMEOUT_S = 62.0
TOTAL_TIMEOUT_S = 65.0
# A call with less time than this left is not begun: it could only end as unknown.
LEAST_TIME_S = 1.0
# Graph's limit for this part is not published; reports from the field saw few 429s up to about this many at once.
CALLS_IN_FLIGHT = 8
MAX_TRIES = 4
BACKOFF_CAP_S = 20.0
LEAST_PAUSE_S = 0.2
# For a thread that is still busy when the deadline is over: its socket is being shut down.
GRACE_S = 2.0

_log = get_logger(__name__)


class Tokens(Protocol):
    """Access tokens for Graph. Both raise SignInFailed or SignInUnavailable."""

    def token(self, deadline: Deadline) -> str: ...

    def renew(self, refused: str, deadline: Deadline) -> str:
        """A token other than the refused one."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """`path` begins behind the version and is percent-encoded, query included."""

    method: str
    path: str
    body: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


class Fate(StrEnum):
    ANSWERED = "answered"
    LOST = "lost"  # sent, and no complete answer came
    NOT_SENT = "not sent"  # no time was left
    NO_TOKEN = "no token"  # noqa: S105 - the token could not be renewed


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `status` is 0 unless the fate is ANSWERED. `body` is the JSON object, else empty."""

    fate: Fate
    status: int = 0
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    retry_after_s: float | None = None
    request_id: str = ""
    detail: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_throttled(self) -> bool:
        return self.status == 429

    @property
    def has_no_verdict(self) -> bool:
        """The service may or may not have done what it was asked for."""
        return self.fate is Fate.LOST or self.status in (408, 500, 502, 503, 504)


class GraphClient:
    """Shared by all requests of the process; at most CALLS_IN_FLIGHT calls are under way at once."""

    def __init__(self, graph_url: str, tokens: Tokens, max_per_second: int = 0) -> None:
        self._base = f"{graph_url}/v1.0"
        self._tokens = tokens
        self._session = BoundedSession(read_s=READ_TIMEOUT_S, total_s=TOTAL_TIMEOUT_S, connections=CALLS_IN_FLIGHT)
        self._pool = ThreadPoolExecutor(CALLS_IN_FLIGHT, thread_name_prefix="graph")
        self._ceiling = _Ceiling(max_per_second)

    def send(self, calls: Sequence[Call], deadline: Deadline) -> list[Answer]:
        """An answer for each call, in order, at the latest GRACE_S after the deadline."""
        futures = [self._submit(call, deadline) for call in calls]
        wait(futures, timeout=deadline.remaining() + GRACE_S)
        return [self._collect(future) for future in futures]

    def relative(self, next_link: str) -> str:
        """The path of an @odata.nextLink. Raises ValueError if it leads elsewhere: a token must not follow."""
        if not next_link.startswith(f"{self._base}/"):
            raise ValueError("an @odata.nextLink leads to another host")
        return next_link.removeprefix(self._base)

    def _submit(self, call: Call, deadline: Deadline) -> "Future[Answer]":
        context = contextvars.copy_context()
        return self._pool.submit(context.run, functools.partial(self._send_one, call, deadline))

    @staticmethod
    def _collect(future: "Future[Answer]") -> Answer:
        if future.done():
            return future.result()
        return Answer(Fate.NOT_SENT if future.cancel() else Fate.LOST)

    def _send_one(self, call: Call, deadline: Deadline) -> Answer:
        answer = Answer(Fate.NOT_SENT)
        tries = 0
        renewed = False
        while deadline.remaining() > LEAST_TIME_S and self._ceiling.wait(deadline):
            try:
                token = self._tokens.token(deadline)
                answer = self._exchange(call, token, deadline)
                if answer.status == 401 and not renewed:
                    renewed = True
                    self._tokens.renew(token, deadline)
                    continue
            except ServiceError as exc:
                return Answer(Fate.NO_TOKEN, detail=exc.detail)
            tries += 1
            if not (answer.is_throttled or (call.is_read and answer.has_no_verdict and tries < MAX_TRIES)):
                break
            pause = _backoff_s(tries) if answer.retry_after_s is None else max(answer.retry_after_s, LEAST_PAUSE_S)
            if pause + LEAST_TIME_S > deadline.remaining():
                break
            time.sleep(pause)
        return answer

    def _exchange(self, call: Call, token: str, deadline: Deadline) -> Answer:
        headers = {"Accept": "application/json", "client-request-id": correlation_id.get()}
        began = time.monotonic()
        try:
            with time_limit(deadline.remaining()):
                response = self._session.request(
                    call.method, f"{self._base}{call.path}", headers=headers, json=call.body, auth=_Bearer(token)
                )
        except (requests.RequestException, HTTPError, OSError) as exc:
            _log.info("graph %s no answer: %s after %.1f s", call.method, type(exc).__name__, time.monotonic() - began)
            return Answer(Fate.LOST, detail=type(exc).__name__)
        body = _json_object(response.content)
        if body is None and call.is_read and response.ok:
            return Answer(Fate.LOST, detail="the answer is not a JSON object")
        return Answer(
            Fate.ANSWERED,
            response.status_code,
            body or {},
            retry_after_s(response.headers),
            response.headers.get("request-id", ""),
        )


class _Bearer(requests.auth.AuthBase):
    """Given as `auth`, so that no .netrc entry can replace the header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Ceiling:
    """GRAPH_MAX_REQUESTS_PER_SECOND: hands out evenly spaced moments to send at."""

    def __init__(self, per_second: int) -> None:
        self._gap_s = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self, deadline: Deadline) -> bool:
        """Waits for the caller's turn; False, at once, when it comes after the deadline."""
        if not self._gap_s:
            return True
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, now)
            if turn - now + LEAST_TIME_S > deadline.remaining():
                return False
            self._next = turn + self._gap_s
        time.sleep(turn - now)
        return True


def _backoff_s(tries: int) -> float:
    """Exponential with full jitter, capped."""
    return random.uniform(0, min(BACKOFF_CAP_S, 0.5 * 2**tries))  # noqa: S311 - spreads load, guards nothing


def _json_object(content: bytes) -> Mapping[str, object] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
