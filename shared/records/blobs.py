"""The blobs of one container: read, write, replace, append to, remove and list them.

A write makes the container where it is missing; until then there is nothing in it. Every method raises
StorageUnavailable, or what the owner raises instead, where storage does not do what it is asked. The SDK repeats an
exchange whose answer was lost, so `put_new` and `replace` may say False though the blob is the caller's own.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from shared.deadline import time_limit
from shared.errors import JobsUnavailable, StorageUnavailable, let_go

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError
    from azure.storage.blob import ContainerClient

Connect = Callable[[], "ContainerClient"]

RECORDS = "records"
# All attempts of one method; the pauses between them come on top.
LIMIT_S = 10.0
# Blobs of a listing in one exchange: beside each may stand 8 KB of facts.
PAGE = 500
# Microsoft Learn, "Blob service error codes": 409, an append blob holds 50,000 blocks.
FULL = "BlockCountExceedsLimit"


@dataclass(frozen=True, slots=True)
class Blob:
    """`facts` stand beside the content, in the metadata of the blob."""

    content: bytes = field(repr=False)
    version: str
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A blob as a listing shows it, without its content."""

    name: str
    facts: Mapping[str, str] = field(repr=False)
    changed_at: datetime


class Blobs:
    """`connect` None: no storage is configured, and all methods raise `away`."""

    def __init__(
        self, connect: Connect | None, away: type[StorageUnavailable | JobsUnavailable] = StorageUnavailable
    ) -> None:
        self._connect, self._away = connect, away
        self._lock = threading.Lock()
        self._made: ContainerClient | None = None

    def read(self, name: str) -> Blob | None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container, _expected(ResourceNotFoundError):
            found = container.download_blob(name)
            return Blob(found.readall(), found.properties.etag, found.properties.metadata or {})
        return None

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        """A part of a blob that is there."""
        with self._answering() as container:
            return container.download_blob(name, offset=offset, length=length).readall()

    def put(self, name: str, content: bytes, facts: Mapping[str, str] | None = None) -> None:
        """Whatever is there by that name is replaced."""
        with self._answering() as container:
            _upload(container, name, content, facts, overwrite=True)

    def put_new(self, name: str, content: bytes, facts: Mapping[str, str] | None = None) -> bool:
        """False, and nothing is written, if the blob is there."""
        from azure.core.exceptions import ResourceExistsError

        with self._answering() as container, _expected(ResourceExistsError):
            _upload(container, name, content, facts, overwrite=False)
            return True
        return False

    def replace(self, name: str, content: bytes, version: str, facts: Mapping[str, str] | None = None) -> bool:
        """False, and nothing is written, if the blob is not that version."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        is_that, metadata = MatchConditions.IfNotModified, dict(facts or {})
        with self._answering() as container, _expected(ResourceModifiedError, ResourceNotFoundError):
            container.upload_blob(
                name, content, overwrite=True, etag=version, match_condition=is_that, metadata=metadata
            )
            return True
        return False

    def append(self, name: str, content: bytes) -> bool:
        """One block more; a blob that is missing is made. False, and nothing is written, if the blob has as many blocks
        as a blob may have. Sent once: what fails may be appended all the same."""
        from azure.core.exceptions import ResourceExistsError

        with self._answering() as container, _expected(ResourceExistsError, code=FULL):
            _append(container, name, content)
            return True
        return False

    def remove(self, name: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container, _expected(ResourceNotFoundError):
            container.delete_blob(name)

    def names(self, prefix: str) -> list[str]:
        """Of the blobs whose names begin like that, in order."""
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container, _expected(ResourceNotFoundError):
            return list(container.list_blob_names(name_starts_with=prefix))
        return []

    def folders(self, prefix: str) -> list[str]:
        """What the folders in this one are called, without the path. `prefix` ends with a slash."""
        from azure.core.exceptions import ResourceNotFoundError

        with self._answering() as container, _expected(ResourceNotFoundError):
            names = [found.name for found in container.walk_blobs(name_starts_with=prefix, delimiter="/")]
            # The blobs beside the folders are shown too.
            return [name.removeprefix(prefix).rstrip("/") for name in names if name.endswith("/")]
        return []

    def listed(self, prefix: str, after: str = "", most: int | None = None) -> list[Listed]:
        """The blobs whose names begin like that, in order: the first ones behind the name `after`, and so many at
        most."""
        from azure.core.exceptions import ResourceNotFoundError

        # Whoever begins reads one short page; the names before a later one have to be passed over.
        page = None if after else most or PAGE
        with self._answering() as container, _expected(ResourceNotFoundError):
            found = container.list_blobs(prefix, include=["metadata"], results_per_page=page)
            behind = (blob for blob in found if blob.name > after)
            return [Listed(blob.name, blob.metadata or {}, blob.last_modified) for blob in islice(behind, most)]
        return []

    @contextmanager
    def _answering(self) -> Iterator["ContainerClient"]:
        from azure.core.exceptions import AzureError

        try:
            with time_limit(LIMIT_S):
                yield self._container()
        except AzureError as exc:
            let_go(exc)
            raise self._away(f"blob storage failed: {type(exc).__name__}") from exc

    def _container(self) -> "ContainerClient":
        if self._connect is None:
            raise self._away("no storage is configured (AzureWebJobsStorage)")
        with self._lock:
            if self._made is None:
                self._made = self._connect()
            return self._made


@contextmanager
def _expected(*kinds: "type[AzureError]", code: str | None = None) -> Iterator[None]:
    """Goes on behind the block where one of these is raised; `code`: with this error code of storage's alone."""
    try:
        yield
    except kinds as exc:
        if code is not None and getattr(exc, "error_code", "") != code:
            raise
        let_go(exc)


def _upload(
    container: "ContainerClient", name: str, content: bytes, facts: Mapping[str, str] | None, *, overwrite: bool
) -> None:
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    metadata = dict(facts or {})
    with _expected(ResourceNotFoundError):
        container.upload_blob(name, content, overwrite=overwrite, metadata=metadata)
        return
    with _expected(ResourceExistsError):
        container.create_container()
    container.upload_blob(name, content, overwrite=overwrite, metadata=metadata)


def _append(container: "ContainerClient", name: str, content: bytes) -> None:
    from azure.core import MatchConditions
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    blob = container.get_blob_client(name)
    with _expected(ResourceNotFoundError):
        blob.append_block(content, retry_total=0)
        return
    with _expected(ResourceExistsError):
        container.create_container(retry_total=0)
    with _expected(ResourceExistsError):
        blob.create_append_blob(match_condition=MatchConditions.IfMissing, retry_total=0)
    blob.append_block(content, retry_total=0)
