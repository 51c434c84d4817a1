"""A requests session that cannot hang, and a shorter way through it for many small exchanges.

The SDKs (MSAL, azure-core) are handed this session, so what holds for it holds for them. Used by `graph.transport` and
`msal_sign_in`, and through `identity.bounded_transport` by Key Vault and storage. It does not retry, sign in or log.
"""

import email.utils
import http.cookiejar
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3 import Timeout
from urllib3.connectionpool import HTTPConnectionPool

from shared.microsoft.watchman import WatchedAdapter, ending_within

CONNECT_TIMEOUT_S = 5.0
MAX_RETRY_AFTER_S = 999_999.0
# Unpacked. A page of a thousand users has about one megabyte.
MAX_ANSWER_BYTES = 64_000_000
_PART_BYTES = 65_536
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` are looked up without regard to case; `content` is unpacked."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class BoundedSession(requests.Session):
    """A session whose every exchange is over within `total_s` seconds and whose every read waits at most `read_s`.

    It reads the whole body, up to MAX_ANSWER_BYTES, follows no redirect (a bearer token must not travel) and keeps no
    cookie. Raises requests' own exceptions; `ReadTimeout` when the total is over.
    """

    def __init__(self, *, read_s: float, total_s: float, connections: int = 10) -> None:
        super().__init__()
        self._read_s, self._total_s = read_s, total_s
        self._environment: dict[str, Any] = {}
        self._pools: dict[str, HTTPConnectionPool] = {}
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._adapter = WatchedAdapter(pool_connections=4, pool_maxsize=connections)
        self.mount("https://", self._adapter)
        self.mount("http://", self._adapter)

    def exchange(self, method: str, origin: str, path: str, headers: Mapping[str, str], body: object = None) -> Reply:
        """A request with these headers and the session's own, and nothing else: no cookie, nothing of a .netrc file.

        `origin` is https:// and a host, `body` is sent as JSON. requests finds the way there (proxy, certificates),
        once; urllib3 does the rest. requests takes longer to prepare a request and wrap up its answer.

        Raises what requests and urllib3 raise, `ReadTimeout` as above, and ValueError for what is no HTTP, sent or
        received; its text may hold a header.
        """
        sent: dict[str, Any] = {**self.headers, **headers}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        with ending_within(self._total_s) as seconds:
            connect_s, read_s = self._limits(seconds)
            response = self._pool(origin).urlopen(
                method,
                path,
                content,
                sent,
                retries=False,
                redirect=False,
                timeout=Timeout(connect=connect_s, read=read_s),
                preload_content=False,
            )
            try:
                parts = response.stream(_PART_BYTES, decode_content=True)
                reply = Reply(response.status, response.headers, _whole(parts))
            except BaseException:
                response.close()
                raise
        return reply

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        with ending_within(self._total_s) as seconds:
            response = super().send(request, **{**kwargs, "stream": True, "timeout": self._limits(seconds)})
            try:
                response._content = _whole(response.iter_content(_PART_BYTES))
            except BaseException:
                response.close()
                raise
        return response

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        """What the environment says about proxies and certificates, looked up once for each host: it takes long."""
        host = urlsplit(url).netloc
        if host not in self._environment:
            self._environment[host] = super().merge_environment_settings(url, *args)
        return self._environment[host]

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the name is requests' own
        """None, so that no redirect is followed, nor its Location taken apart."""
        return None

    def _limits(self, seconds: float) -> tuple[float, float]:
        """For connecting, and for each read."""
        return min(CONNECT_TIMEOUT_S, seconds), min(self._read_s, seconds)

    def _pool(self, origin: str) -> HTTPConnectionPool:
        if origin not in self._pools:
            found = self.merge_environment_settings(origin, {}, None, None, None)
            self._pools[origin] = self._adapter.pool_for(origin, found["verify"], found["proxies"], found["cert"])
        return self._pools[origin]


def _whole(parts: Iterable[bytes]) -> bytes:
    """As `response.content`, which has no bound: a few kilobytes of gzip may unpack to gigabytes."""
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise requests.RequestException(f"the answer has more than {MAX_ANSWER_BYTES:,} bytes")
    return bytes(body)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the Retry-After header (RFC 9110: seconds or an HTTP date), None without a usable one.

    Fractions of a second, which RFC 9110 does not have, are understood all the same.
    `headers` must be looked up without regard to case, as requests' are.
    """
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text[:20]), MAX_RETRY_AFTER_S)
    try:
        wait_s = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        return min(max(0.0, wait_s), MAX_RETRY_AFTER_S)
    except (ValueError, OverflowError):
        return None
