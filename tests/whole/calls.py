"""The caller's side of a whole run: bytes to a socket, bytes back."""

import http.client
import ipaddress
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.support import HANDSHAKE
from tests.waiting import wait_for

LONGEST_S = 60
# RFC 2544: addresses for benchmarks, which nobody has.
_ADDRESSES: Iterator[ipaddress.IPv4Address] = itertools.cycle(ipaddress.ip_network("198.18.0.0/15").hosts())

Headers = Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    seconds: float = field(compare=False, default=0.0)

    @property
    def body(self) -> dict[str, Any]:
        found = json.loads(self.text)
        assert isinstance(found, dict)
        return found

    @property
    def codes(self) -> list[str]:
        return [result["code"] for result in self.body["results"]]


def runbook(*upns: str) -> bytes:
    return json.dumps([{"UserPrincipalName": upn} for upn in upns]).encode()


def handshake(value: str | bytes = HANDSHAKE, name: str = "Message") -> Headers:
    return [(name, value)]


def call(
    host: HostProcess,
    body: bytes = b"",
    query: str = "",
    headers: Headers | None = None,
    *,
    method: str = "POST",
    path: str = "/api/reconcile",
    key: str | None = None,
    address: str | None = None,
) -> Answer:
    """One request; without `headers` the right handshake is sent, without `key` the right function key.

    It comes from the `address`, by default from one of its own: hosts here run behind one proxy (TRUSTED_PROXIES),
    which this caller plays. Tests share hosts, where the eleventh wrong handshake of one address would be 429.
    """
    connection = http.client.HTTPConnection(host.url.removeprefix("http://"), timeout=LONGEST_S)
    began = time.monotonic()
    try:
        connection.putrequest(method, f"{path}?{query}" if query else path)
        connection.putheader("x-functions-key", host.key if key is None else key)
        for name, value in handshake() if headers is None else headers:
            connection.putheader(name, value)
        connection.putheader("X-Forwarded-For", str(next(_ADDRESSES)) if address is None else address)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        text = response.read().decode()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, text, time.monotonic() - began)
    finally:
        connection.close()


def accept_rotated(send: Callable[[str], Answer]) -> None:
    """Returns when the handshake that a test has put into the vault opens the door."""
    wait_for(lambda: send("rotated-handshake").status, lambda status: status == 200, seconds=30, every_s=0.5)


def vault_reads(box: SandboxTenant, name: str) -> int:
    return len([record for record in box.tenant.calls("vault") if record.path.startswith(f"/secrets/{name}/")])


def call_with_expect(host: HostProcess, head: str, body: bytes) -> Answer:
    """A request as .NET Framework sends it: the body follows when the server has said 100 Continue."""
    address, _, port = host.url.removeprefix("http://").partition(":")
    with socket.create_connection((address, int(port)), timeout=LONGEST_S) as connection:
        connection.sendall(head.encode("ascii"))
        interim = connection.recv(1024)
        assert interim.startswith(b"HTTP/1.1 100 "), interim
        connection.sendall(body)
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            text = response.read().decode()
            return Answer(response.status, dict(response.getheaders()), text)
        finally:
            response.close()
