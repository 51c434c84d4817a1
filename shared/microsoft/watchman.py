"""Exchanges over HTTP that end in time, headers and body included, whatever the other side does.

requests and urllib3 bound the wait for each single byte, not the exchange: a server that drips one byte a second holds
a caller for ever. Here every exchange has a total. When it is over, the socket is shut down, which wakes the blocked
reader. The look-up of a name is bounded by the system resolver's time-out alone.
"""

import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, ReadTimeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError

from shared.deadline import time_limit_ends_at
from shared.errors import let_go

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


@contextmanager
def ending_within(seconds: float) -> Iterator[float]:
    """For one exchange through a WatchedAdapter: it ends within these seconds, or within the `time_limit` if that ends
    earlier. Gives the seconds. Raises ConnectTimeout if there are none, ReadTimeout if they are over."""
    ends_at = time_limit_ends_at()
    seconds = seconds if ends_at is None else min(seconds, ends_at - time.monotonic())
    if seconds <= 0:
        raise ConnectTimeout("the time for this call was up before it began")
    stopper = _watchman.begin(seconds)
    token = _stopper.set(stopper)
    try:
        yield seconds
    except (requests.RequestException, HTTPError, OSError) as exc:
        let_go(exc)
        if stopper.is_over():
            raise ReadTimeout(f"no complete answer within {seconds:.0f} s") from exc
        raise
    finally:
        _watchman.end(stopper)
        _stopper.reset(token)
    if stopper.fired:
        # A shut-down socket can look like a body that ended.
        raise ReadTimeout(f"no complete answer within {seconds:.0f} s")


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

    def getresponse(self) -> Any:
        response = super().getresponse()  # type: ignore[misc]
        if response.status < HTTPStatus.OK:
            # To urllib3 it is the final answer. That one would be taken for the answer to the next exchange.
            raise ProtocolError(f"an interim answer (status {response.status})")
        return response


class _WatchedHTTPConnection(_WatchedMixin, HTTPConnection):
    pass


class _WatchedHTTPSConnection(_WatchedMixin, HTTPSConnection):
    pass


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


_POOLS = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


class WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def pool_for(self, url: str, verify: Any, proxies: Any, cert: Any) -> HTTPConnectionPool:
        """The connections that a request to this URL would take."""
        request = requests.Request("GET", url).prepare()
        pool = self.get_connection_with_tls_context(request, verify, proxies, cert)
        self.cert_verify(pool, url, verify, cert)  # type: ignore[no-untyped-call]
        return cast("HTTPConnectionPool", pool)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        # Behind a proxy urllib3 leaves Nagle's algorithm on, which costs a POST 40 ms.
        manager = super().proxy_manager_for(proxy, socket_options=HTTPConnection.default_socket_options, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
