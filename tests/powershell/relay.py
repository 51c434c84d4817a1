"""A relay in front of the host: it notes what PowerShell sends, byte for byte, and answers itself where a test says so.

Its own routes are below /_relay/: GET and DELETE `requests`, POST and DELETE `answers`.
"""

import http.client
import ipaddress
import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/_relay/"
# RFC 2544. Each call comes from an address of its own: ten wrong proofs of one address would be 429.
_ADDRESSES = itertools.cycle(map(str, ipaddress.ip_network("198.18.0.0/15").hosts()))
_OF_THE_CONNECTION = ("connection", "transfer-encoding", "keep-alive", "date", "server")


class Relay(ThreadingHTTPServer):
    """`requests` are the calls that came, `answers` what is answered instead of the host: each to `times` calls whose
    method and path match `path`, after the first `after` of them."""

    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = host.removeprefix("http://")
        self.requests: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer_for(self, call: str) -> dict[str, Any] | None:
        with self.lock:
            for answer in self.answers:
                if answer["times"] > 0 and re.search(answer["path"], call):
                    if answer["after"] > 0:
                        answer["after"] -= 1
                        return None
                    answer["times"] -= 1
                    return answer
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(PREFIX):
            self._control(body)
            return
        shown = {
            "method": self.command,
            "path": self.path,
            "head": [self.requestline, *(f"{name}: {value}" for name, value in self.headers.items())],
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode("latin-1"),
        }
        with self.server.lock:
            self.server.requests.append(shown)
        answer = self.server.answer_for(f"{self.command} {self.path}")
        if answer is None:
            self._forward(body)
        elif answer["close"]:
            self.close_connection = True
        else:
            self._send(answer["status"], answer["headers"], answer["body"].encode())

    def _control(self, body: bytes) -> None:
        what, shown = self.path.removeprefix(PREFIX), self.server.requests
        with self.server.lock:
            if self.command == "DELETE":
                (shown if what == "requests" else self.server.answers).clear()
            elif self.command == "POST":
                self.server.answers.append(json.loads(body))
            found = json.dumps(shown if what == "requests" else []).encode()
        self._send(200, {"Content-Type": "application/json"}, found)

    def _forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.server.host, timeout=120)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            with self.server.lock:
                connection.putheader("X-Forwarded-For", next(_ADDRESSES))
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
            kept = {n: v for n, v in response.getheaders() if n.lower() not in (*_OF_THE_CONNECTION, "content-length")}
            self._send(response.status, kept, content)
        finally:
            connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PATCH = _serve

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def relaying(host: str) -> Iterator[Relay]:
    relay = Relay(host)
    thread = threading.Thread(target=relay.serve_forever, name="relay", daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()
        thread.join()
