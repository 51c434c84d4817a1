"""The blobs of one container: read one, write a new one, replace one, append to one, remove one.

The container is made when it is missing. Every method raises StorageUnavailable where storage does not do what it is
asked. The SDK repeats an exchange whose answer was lost, so `put_new` and `replace` may say False though the blob is
the caller's own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.deadline import time_limit
from shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

Connect = Callable[[], "ContainerClient"]

RECORDS = "records"
# All attempts of one method; the pauses between them come on top.
LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Blob:
    content: bytes = field(repr=False)
    version: str


class Blobs:
    """`connect` None: no storage is configured, and all methods raise StorageUnavailable."""

    def __init__(self, connect: Connect | None) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._made: ContainerClient | None = None

    def read(self, name: str) -> Blob | None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container:
            try:
                found = container.download_blob(name)
                return Blob(found.readall(), found.properties.etag)
            except ResourceNotFoundError:
                return None

    def put_new(self, name: str, content: bytes) -> bool:
        """False, and nothing is written, if the blob is there."""
        from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

        with self._answering() as container, suppress(ResourceExistsError):
            try:
                container.upload_blob(name, content, overwrite=False)
            except ResourceNotFoundError:
                with suppress(ResourceExistsError):
                    container.create_container()
                container.upload_blob(name, content, overwrite=False)
            return True
        return False

    def replace(self, name: str, content: bytes, version: str) -> bool:
        """False, and nothing is written, if the blob is not that version."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        is_that = MatchConditions.IfNotModified
        with self._answering() as container, suppress(ResourceModifiedError, ResourceNotFoundError):
            container.upload_blob(name, content, overwrite=True, etag=version, match_condition=is_that)
            return True
        return False

    def append(self, name: str, content: bytes) -> int:
        """One block more; a blob that is missing is made. How many blocks it has then. Sent once: what fails may be
        appended all the same."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

        with self._answering() as container:
            blob = container.get_blob_client(name)
            try:
                found = blob.append_block(content, retry_total=0)
            except ResourceNotFoundError:
                with suppress(ResourceExistsError):
                    container.create_container(retry_total=0)
                with suppress(ResourceExistsError):
                    blob.create_append_blob(match_condition=MatchConditions.IfMissing, retry_total=0)
                found = blob.append_block(content, retry_total=0)
            return int(str(found["blob_committed_block_count"]))

    def remove(self, name: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container, suppress(ResourceNotFoundError):
            container.delete_blob(name)

    @contextmanager
    def _answering(self) -> Iterator["ContainerClient"]:
        from azure.core.exceptions import AzureError

        try:
            with time_limit(LIMIT_S):
                yield self._container()
        except AzureError as exc:
            raise StorageUnavailable(f"blob storage failed: {type(exc).__name__}") from exc

    def _container(self) -> "ContainerClient":
        if self._connect is None:
            raise StorageUnavailable("no storage is configured (AzureWebJobsStorage)")
        with self._lock:
            if self._made is None:
                self._made = self._connect()
            return self._made
