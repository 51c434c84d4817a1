"""What the tests of shared/jobs share: real blobs in the sandbox's storage, and an engine that only remembers."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.storage import SandboxStorage
from shared.jobs.store import JobStore
from tests.unit.jobs.worlds import JobWorld


@pytest.fixture(scope="session")
def _storage() -> Iterator[SandboxStorage]:
    with SandboxStorage() as storage:
        yield storage


@pytest.fixture
def storage(_storage: SandboxStorage) -> Iterator[SandboxStorage]:
    yield _storage
    _storage.fail(0)


@pytest.fixture
def connect(storage: SandboxStorage) -> Iterator[Callable[[], ContainerClient]]:
    """Gives clients of a container that no other test has; nothing is tried again."""
    name = f"jobs-{uuid.uuid4()}"
    with BlobServiceClient.from_connection_string(storage.connection_string, retry_total=0) as service:
        yield lambda: service.get_container_client(name)


@pytest.fixture
def store(connect: Callable[[], ContainerClient]) -> JobStore:
    return JobStore(connect)


@pytest.fixture
def world(store: JobStore) -> JobWorld:
    return JobWorld(store)


@pytest.fixture
def blobs(connect: Callable[[], ContainerClient]) -> Callable[[], dict[str, bytes]]:
    """Everything that is stored, by name."""

    def read() -> dict[str, bytes]:
        container = connect()
        return {name: container.download_blob(name).readall() for name in container.list_blob_names()}

    return read
