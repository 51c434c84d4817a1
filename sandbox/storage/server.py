"""SandboxStorage: the blob endpoint as a running server."""

import contextlib
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.storage.folder import Folder
from sandbox.storage.service import BlobService
from sandbox.storage.signature import ACCOUNT, KEY
from sandbox.tenant.server import Server
from sandbox.tenant.wire import encode, wants_to_stay


class SandboxStorage:
    """`with SandboxStorage(folder) as storage:` serves the blobs of the folder, by default those of an empty one."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.folder = self._folder or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-blobs-"))
            )
            self._server = stack.enter_context(_BlobServer(Folder(self.folder)))
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def url(self) -> str:
        return self._server.account_url

    @property
    def connection_string(self) -> str:
        """For AzureWebJobsStorage, or any client."""
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"

    def fail(self, requests: int) -> None:
        """Answer that many of the next requests with 503 ServerBusy."""
        self._server.service.failures = requests

    @property
    def failures_left(self) -> int:
        """How many of those are still to come: whoever asked for nothing has used up none."""
        return self._server.service.failures


class _BlobServer(Server):
    def __init__(self, folder: Folder) -> None:
        super().__init__("storage", threading.Event())
        self.account_url = f"{self.url}/{ACCOUNT}"
        self.service = BlobService(folder, self.account_url)

    def serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            while request := self._next_request(connection, reader):
                response = self.service.answer(request)
                head, body = encode(response, keep=wants_to_stay(request))
                connection.sendall(head if request.method == "HEAD" else head + body)
                if not wants_to_stay(request):
                    return
