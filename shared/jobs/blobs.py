"""Blobs of one container of the storage account that Azure Functions itself uses."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from shared.errors import JobsUnavailable

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient


class Blobs:
    """The container is made when it is first needed. Raises JobsUnavailable if storage does not do what it is asked."""

    def __init__(self, connect: Callable[[], "ContainerClient"]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._made: ContainerClient | None = None

    def _put(self, name: str, body: bytes, facts: Mapping[str, str] | None = None) -> None:
        with self._answering() as container:
            container.upload_blob(name, body, overwrite=True, metadata=dict(facts) if facts else None)

    def _put_new(self, name: str, body: bytes) -> bool:
        from azure.core.exceptions import ResourceExistsError

        with self._answering() as container:
            try:
                container.upload_blob(name, body, overwrite=False)
            except ResourceExistsError:
                return False
            return True

    def _remove(self, name: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container, suppress(ResourceNotFoundError):
            container.delete_blob(name)

    def _get(self, name: str) -> bytes | None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container:
            try:
                return container.download_blob(name).readall()
            except ResourceNotFoundError:
                return None

    def _range(self, name: str, offset: int, length: int) -> bytes:
        with self._answering() as container:
            return container.download_blob(name, offset=offset, length=length).readall()

    @contextmanager
    def _answering(self) -> Iterator["ContainerClient"]:
        from azure.core.exceptions import AzureError

        try:
            yield self._container()
        except AzureError as exc:
            raise JobsUnavailable(f"blob storage failed: {type(exc).__name__}") from exc

    def _container(self) -> "ContainerClient":
        from azure.core.exceptions import ResourceExistsError

        with self._lock:
            if self._made is None:
                container = self._connect()
                with suppress(ResourceExistsError):
                    container.create_container()
                self._made = container
            return self._made
