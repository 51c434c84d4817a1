"""One exchange with Graph: token, time limit, headers, and the answer as data. Never raises for a remote fault.

Nothing else sends to Graph. It neither retries nor paces: that is `client.py`'s business. A token that Graph
refuses (401: nothing was done) is renewed once, and once more where Graph only then says what it wants (claims).
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError

from shared.core.check.seen import SeenToken
from shared.deadline import Deadline, time_limit
from shared.errors import ServiceError, SignInFailed, TokenRefused
from shared.log import correlation_id, get_logger
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.challenge import claims_in
from shared.microsoft.seen import seen_token
from shared.microsoft.session import BoundedSession, retry_after_s

# The authentication methods APIs give up after 60 s (Graph docs, "authentication methods API overview").
READ_TIMEOUT_S = 62.0
TOTAL_TIMEOUT_S = 65.0
RENEWALS = 2
_VERSION = "/v1.0"
_REFUSED = (
    "Microsoft Graph refused the access token and also a newly requested one (status 401). With "
    "GRAPH_AUTH=managed_identity, Azure may hand out a revoked token until it expires, for up to 24 hours. Otherwise "
    "check whether a Conditional Access policy blocks the app. Send the request again later."
)

_log = get_logger(__name__)


class Tokens(Protocol):
    """Access tokens for Graph. Both raise SignInFailed or SignInUnavailable."""

    def token(self, deadline: Deadline) -> str: ...

    def renew(self, refused: str, deadline: Deadline, claims: str | None = None) -> str:
        """A token other than the refused one, if there is one; with the claims that Graph asked for."""
        ...


class Transport:
    """Shared by all threads; connections are pooled and kept alive."""

    def __init__(self, graph_url: str, tokens: Tokens, connections: int, *notes: Callable[..., None]) -> None:
        """`notes` are called with every response."""
        self._graph_url = graph_url
        self._tokens = tokens
        # The one that was sent last, by whichever thread.
        self._sent = ""
        self._notes = notes
        self._session = BoundedSession(read_s=READ_TIMEOUT_S, total_s=TOTAL_TIMEOUT_S, connections=connections)

    def exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        deadline: Deadline,
        *,
        is_eventual: bool = False,
    ) -> Answer:
        """One request, or two or three if the token had to be renewed. `path` and `is_eventual` as in Call."""
        headers = {"ConsistencyLevel": "eventual"} if is_eventual else {}
        renewed_for: list[str | None] = []
        try:
            token = self._tokens.token(deadline)
            answer = self._send(method, path, body, token, deadline, headers)
            while answer.status == 401 and answer.claims not in renewed_for and len(renewed_for) < RENEWALS:
                renewed_for.append(answer.claims)
                token = self._tokens.renew(token, deadline, answer.claims)
                answer = self._send(method, path, body, token, deadline, headers)
        except ServiceError as exc:
            _log.warning("no Graph token: %s", exc.detail)
            # What Entra says about the sign-in helps the caller; a missing secret or setting is the log's business.
            return Answer(Fate.NO_TOKEN, detail=exc.detail if isinstance(exc, SignInFailed) else exc.code, error=exc)
        return replace(answer, error=TokenRefused(_REFUSED)) if answer.status == 401 else answer

    def token_sent(self) -> SeenToken | None:
        """What the token says of itself; None: none was sent, or it cannot be read."""
        seen = seen_token(self._sent)
        return seen if isinstance(seen, SeenToken) else None

    def relative(self, next_link: str) -> str:
        """The path of an @odata.nextLink. Raises ValueError if it leads elsewhere: a token must not follow."""
        base = f"{self._graph_url}{_VERSION}"
        if not next_link.startswith(f"{base}/"):
            raise ValueError("an @odata.nextLink leads to another host")
        return next_link.removeprefix(base)

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        token: str,
        deadline: Deadline,
        more: Mapping[str, str],
    ) -> Answer:
        self._sent = token
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            "client-request-id": correlation_id(),
            **more,
        }
        began = time.monotonic()
        try:
            with time_limit(deadline.remaining()):
                reply = self._session.exchange(method, self._graph_url, f"{_VERSION}{path}", headers, body)
        except (requests.RequestException, HTTPError, OSError, ValueError) as exc:
            # The text of an error may hold the token.
            _log.info("graph %s no answer: %s after %.1f s", method, type(exc).__name__, time.monotonic() - began)
            return Answer(Fate.LOST, detail=type(exc).__name__)
        for note in self._notes:
            note(reply)
        content = json_object(reply.content)
        if content is None and reply.status == 200:
            return Answer(Fate.LOST, detail="the answer is not a JSON object")
        return Answer(
            Fate.ANSWERED,
            reply.status,
            content or {},
            retry_after_s(reply.headers),
            reply.headers.get("request-id", ""),
            claims=claims_in(reply.headers.get("WWW-Authenticate", "")),
        )


def json_object(content: bytes) -> Mapping[str, object] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
