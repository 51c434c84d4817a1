"""A line to the sandbox's storage that loses answers: what was asked is done, and nobody is told."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from azure.storage.blob import BlobServiceClient, LinearRetry

from sandbox.storage import SandboxStorage
from shared.records.blobs import Connect
from tests.unit.wire import Line, serving


class Losing:
    """`lost` answers to what writes a blob do not arrive."""

    def __init__(self, storage: SandboxStorage) -> None:
        self._address = storage.url.removeprefix("http://").partition("/")[0]
        self.lost = 0

    def __call__(self, line: Line) -> None:
        head, body = line.request_with_body()
        answer = self._ask(head.replace(b"keep-alive", b"close") + b"\r\n\r\n" + body)
        if head.startswith(b"PUT") and b"restype=container" not in head and self.lost > 0:
            self.lost -= 1
        else:
            line.send(answer)

    def _ask(self, request: bytes) -> bytes:
        host, _, port = self._address.partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def losing(storage: SandboxStorage, container: str, retries: int) -> Iterator[tuple[Losing, Connect]]:
    """Clients of a container behind such a line, which repeat what was lost that many times."""
    line = Losing(storage)
    policy = LinearRetry(0, retries, random_jitter_range=0)
    with serving(line) as address:
        text = storage.connection_string.replace(line._address, address)
        with BlobServiceClient.from_connection_string(text, retry_policy=policy) as service:
            yield line, lambda: service.get_container_client(container)
