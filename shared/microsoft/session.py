"""A requests session that cannot hang.

requests bounds the wait for each single byte, not the exchange: a server that drips one byte a second holds a caller
for ever. Here every exchange has a total, headers and body included; when it is over, the socket is shut down, which
wakes the blocked reader. The SDKs (MSAL, azure-core) are handed this session too, so the same holds for them.

Used by `graph.transport` and `msal_sign_in`, and through `identity.bounded_transport` by Key Vault and storage. It does
not retry, sign in or log, and it cannot bound the look-up of a name: that is the system resolver's time-out.
"""

import email.utils
import http.cookiejar
import math
import re
import socket
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, ReadTimeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shared.deadline import time_limit_ends_at

CONNECT_TIMEOUT_S = 5.0
MAX_RETRY_AFTER_S = 999_999.0
# Unpacked. A page of a thousand users has about one megabyte.
MAX_ANSWER_BYTES = 64_000_000
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)

_stopper: ContextVar["_Stopper | None"] = ContextVar("session_stopper", default=None)


class _Stopper:
    """Shuts the socket of one exchange down when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.fired = False
        self.ends_at = time.monotonic() + seconds
        self._socket: socket.socket | None = None

    def is_over(self) -> bool:
        """Also when nobody has noticed yet: the wait for one byte may end a moment before, and in other words."""
        return self.fired or time.monotonic() >= self.ends_at

    def share(self, seconds: float, parts: int) -> float:
        """An equal part of the seconds, or of the time left if that is less."""
        return max(0.1, min(seconds, self.ends_at - time.monotonic()) / parts)

    def watch(self, sock: socket.socket) -> None:
        # TLS inside TLS, as through an https:// proxy, is urllib3's SSLTransport: no socket, but around one.
        self._socket = getattr(sock, "socket", sock)
        if self.fired:
            self.fire()

    def cancel(self) -> None:
        self._socket = None

    def fire(self) -> None:
        self.fired = True
        sock = self._socket
        if sock is not None:
            try:
                # The plain method on purpose: SSLSocket's own would take the TLS state away from the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return  # closed already


class _Watchman:
    """One thread for all exchanges of the process, because a timer for each costs a third of the exchange."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: set[_Stopper] = set()
        self._wakes_at = math.inf
        self._thread = threading.Thread()

    def begin(self, seconds: float) -> _Stopper:
        stopper = _Stopper(seconds)
        with self._changed:
            self._under_way.add(stopper)
            if not self._thread.is_alive():  # not begun yet, or left behind by a fork
                self._thread = threading.Thread(target=self._run, name="session-watchman", daemon=True)
                self._thread.start()
            elif stopper.ends_at < self._wakes_at:
                self._changed.notify()
        return stopper

    def end(self, stopper: _Stopper) -> None:
        with self._changed:
            self._under_way.discard(stopper)
        stopper.cancel()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for stopper in [each for each in self._under_way if each.ends_at <= now]:
                    self._under_way.remove(stopper)
                    stopper.fire()
                self._wakes_at = min((each.ends_at for each in self._under_way), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)


_watchman = _Watchman()


def _count_addresses(host: str, port: int) -> int:
    try:
        return max(1, len(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except OSError:
        return 1  # urllib3 asks again and reports it


class _WatchedMixin:
    timeout: Any
    port: Any
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        stopper = _stopper.get()
        if stopper is not None:
            # urllib3 grants each address of the host the whole connect timeout; here they share it.
            self.timeout = stopper.share(self.timeout, _count_addresses(self._dns_host, self.port))
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        if stopper is not None:
            # As early as this, so that a proxy's answer to CONNECT is covered too.
            stopper.watch(sock)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)  # type: ignore[misc]
        stopper, sock = _stopper.get(), getattr(self, "sock", None)
        if stopper is not None and sock is not None:
            stopper.watch(sock)


class _WatchedHTTPConnection(_WatchedMixin, HTTPConnection):
    pass


class _WatchedHTTPSConnection(_WatchedMixin, HTTPSConnection):
    pass


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


_POOLS = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        # Behind a proxy urllib3 leaves Nagle's algorithm on, which costs a POST 40 ms.
        manager = super().proxy_manager_for(proxy, socket_options=HTTPConnection.default_socket_options, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class BoundedSession(requests.Session):
    """A session whose every exchange is over within `total_s` seconds and whose every read waits at most `read_s`.

    It reads the whole body, up to MAX_ANSWER_BYTES, follows no redirect (a bearer token must not travel) and keeps no
    cookie. Raises requests' own exceptions; `ReadTimeout` when the total is over.
    """

    def __init__(self, *, read_s: float, total_s: float, connections: int = 10) -> None:
        super().__init__()
        self._read_s, self._total_s = read_s, total_s
        self._environment: dict[str, Any] = {}
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = _WatchedAdapter(pool_connections=4, pool_maxsize=connections)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        """What the environment says about proxies and certificates, looked up once for each host: it takes long."""
        host = urlsplit(url).netloc
        if host not in self._environment:
            self._environment[host] = super().merge_environment_settings(url, *args)
        return self._environment[host]

    def send_json(self, method: str, url: str, headers: Mapping[str, str], body: object) -> requests.Response:
        """A request with these headers and the session's own, and nothing else: no cookie, nothing of a .netrc file.

        requests' own way to merge what a session and a request say takes as long as to write twenty calls as JSON.
        """
        merged = {**self.headers, **headers}
        request = requests.Request(method, url, merged, json=body, hooks=self.hooks).prepare()
        return self.send(request, **self.merge_environment_settings(url, {}, None, None, None))

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the name is requests' own
        """None, so that no redirect is followed, nor its Location taken apart."""
        return None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        ends_at = time_limit_ends_at()
        seconds = self._total_s if ends_at is None else min(self._total_s, ends_at - time.monotonic())
        if seconds <= 0:
            raise ConnectTimeout("the time for this call was up before it began", request=request)
        kwargs["timeout"] = (min(CONNECT_TIMEOUT_S, seconds), min(self._read_s, seconds))
        stopper = _watchman.begin(seconds)
        token = _stopper.set(stopper)
        try:
            response = super().send(request, **{**kwargs, "stream": True})
            _read(response)
        except (requests.RequestException, OSError) as exc:
            if stopper.is_over():
                raise ReadTimeout(f"no complete answer within {seconds:.0f} s", request=request) from exc
            raise
        finally:
            _watchman.end(stopper)
            _stopper.reset(token)
        if stopper.fired:
            # A shut-down socket can look like a body that ended.
            response.close()
            raise ReadTimeout(f"no complete answer within {seconds:.0f} s", request=request)
        return response


def _read(response: requests.Response) -> None:
    """As `response.content` does, which has no bound: a few kilobytes of gzip may unpack to gigabytes."""
    body = bytearray()
    for part in response.iter_content(65_536):
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            response.close()
            raise requests.RequestException(f"the answer has more than {MAX_ANSWER_BYTES:,} bytes")
    response._content = bytes(body)


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
