"""A tiny server for sockets gone wrong: each connection is handed to a script that writes what it likes."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Line:
    """One accepted connection. `stopping` is set when the test is over: no script waits longer than that."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self.connection, self.stopping = connection, stopping

    def request(self) -> bytes:
        """The head of the request, up to its empty line."""
        got = b""
        while b"\r\n\r\n" not in got:
            more = self.connection.recv(4096)
            if not more:
                break
            got += more
        return got

    def request_with_body(self) -> tuple[bytes, bytes]:
        """The head and the body, whose length the head must tell; without a length there is none."""
        head, _, body = self.request().partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += self.connection.recv(4096)
        return head, body

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, body: bytes = b"{}", head: bytes = HEAD) -> None:
        """A whole and right answer, after which the connection ends."""
        self.send(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    def drip(self, data: bytes, seconds: float) -> None:
        for byte in data:
            if self.stopping.wait(seconds):
                return
            self.send(bytes([byte]))

    def hang(self) -> None:
        self.stopping.wait(30)


Script = Callable[[Line], None]


@contextmanager
def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Gives host:port. The first connection gets the first script, and so on; the last one serves all the others."""
    stopping = threading.Event()
    threads: list[threading.Thread] = []
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def serve(connection: socket.socket, script: Script) -> None:
        with contextlib.suppress(OSError), connection:
            if tls is None:
                script(Line(connection, stopping))
            else:
                with tls.wrap_socket(connection, server_side=True) as secure:
                    script(Line(secure, stopping))

    def accept() -> None:
        count = 0
        while True:
            connection, _ = listener.accept()
            if stopping.is_set():
                connection.close()
                return
            thread = threading.Thread(
                target=serve, args=(connection, scripts[min(count, len(scripts) - 1)]), name="wire"
            )
            threads.append(thread)
            thread.start()
            count += 1

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        stopping.set()
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            acceptor.join()
        listener.close()
        for thread in threads:
            thread.join()


def answer(body: bytes = b"{}", head: bytes = HEAD) -> Script:
    """A whole and right answer, then the end of the connection."""

    def script(line: Line) -> None:
        line.request()
        line.answer(body, head)

    return script
