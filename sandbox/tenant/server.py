"""Loopback servers: plain HTTP ones, and the proxy that answers CONNECT with its own TLS on the same socket."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from .exchange import Delivery, Request, Response, json_response
from .wire import BadRequest, Stream, deliver, read_request, wants_to_stay

Handler = Callable[[Request], Delivery]


class Server:
    """Listens on a port of 127.0.0.1 (0: a free one) and gives each connection a thread.

    Runs from `with` until the end of the block, which leaves no thread and no socket.
    """

    def __init__(self, name: str, stopping: threading.Event, port: int = 0) -> None:
        self._name = name
        self._stopping = stopping
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._acceptor = threading.Thread(target=self._accept, name=f"sandbox-{name}", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        # A connection of our own wakes the acceptor: closing its socket does not, on every system.
        with socket.create_connection(("127.0.0.1", self.port), timeout=5):
            self._acceptor.join()
        self._listener.close()
        with self._lock:
            open_connections = dict(self._connections)
        for connection in open_connections.values():
            _hang_up(connection)
        for thread in open_connections:
            thread.join()

    def serve(self, connection: socket.socket) -> None:
        """Speak with one client until either side has had enough."""
        raise NotImplementedError

    def hold(self, connection: socket.socket) -> None:
        """Note which socket the current thread is blocked on, so that the end of the block can wake it."""
        with self._lock:
            self._connections[threading.current_thread()] = connection
            if self._closing:
                _hang_up(connection)

    def converse(self, connection: socket.socket, handlers: Callable[[Request], Handler | None]) -> None:
        """Answer requests on a connection, one after the other, by the handler chosen for each."""
        with connection.makefile("rb") as reader:
            while True:
                request = self._next_request(connection, reader)
                if request is None:
                    return
                handler = handlers(request)
                delivery = handler(request) if handler else Delivery(Response(421))
                if not deliver(connection.sendall, delivery, self._stopping, keep=wants_to_stay(request)):
                    return

    def _next_request(self, connection: socket.socket, reader: Stream) -> Request | None:
        """None when there is nothing more to read, or nothing that makes sense (which is answered here)."""
        try:
            return read_request(reader, lambda: _acknowledge(connection))
        except BadRequest as fault:
            response = json_response(400, {"error": {"code": "BadRequest", "message": str(fault)}})
            deliver(connection.sendall, Delivery(response), self._stopping, keep=False)
            return None

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing:
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(
                target=self._run, args=(connection,), name=f"sandbox-{self._name}-client", daemon=True
            )
            with self._lock:
                self._connections[thread] = connection
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):  # the client went away, or the sandbox is ending
                self.serve(connection)
        finally:
            with self._lock:
                held = self._connections.pop(threading.current_thread())
            held.close()
            connection.close()


class PlainServer(Server):
    """Plain HTTP with one handler for everything."""

    def __init__(self, name: str, stopping: threading.Event, handler: Handler, port: int = 0) -> None:
        super().__init__(name, stopping, port)
        self._handler = handler

    def serve(self, connection: socket.socket) -> None:
        self.converse(connection, lambda _: self._handler)


class ProxyServer(Server):
    """Answers CONNECT for the given hosts with TLS on the same socket; any other host gets 403 and is reported."""

    def __init__(
        self,
        stopping: threading.Event,
        context: ssl.SSLContext,
        hosts: Mapping[str, Handler],
        on_refused: Callable[[Request], None],
    ) -> None:
        super().__init__("proxy", stopping)
        self._context = context
        self._hosts = hosts
        self._on_refused = on_refused

    def serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb", buffering=0) as reader:
            request = self._next_request(connection, reader)
        if request is None:
            return
        host, _, port = request.target.lower().rpartition(":")
        if request.method != "CONNECT" or port != "443" or host not in self._hosts:
            self._on_refused(request)
            text = f"The sandbox does not serve {request.target} and reaches no other host.\n"
            response = Response(403, {"Content-Type": "text/plain"}, text.encode())
            deliver(connection.sendall, Delivery(response), self._stopping, keep=False)
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secure:
            self.hold(secure)
            secure.do_handshake()
            self.converse(secure, lambda request: self._hosts[host] if _host_of(request) == host else None)


def _host_of(request: Request) -> str:
    return request.host.lower().removesuffix(":443")


def _acknowledge(connection: socket.socket) -> None:
    """Acknowledge the headers now, where the system can be told to.

    Behind a proxy urllib3 sends headers and body apart and leaves Nagle's algorithm on: the body waits for this
    acknowledgement, which the kernel delays by 40 ms.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _hang_up(connection: socket.socket) -> None:
    """Wake a thread that is blocked on this socket. Not SSLSocket.shutdown: that one is not safe across threads."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
