"""What the unit tests share: a Graph client signed in as the app, real blobs in the sandbox, a world of jobs."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.deadline import Deadline
from shared.jobs.store import BlobJobStore
from shared.microsoft.entra import Grant, GraphTokens
from shared.microsoft.graph.client import GraphClient
from tests.unit.jobs.worlds import JobWorld

GRAPH = "https://graph.microsoft.com"


@pytest.fixture
def tokens(box: SandboxTenant) -> GraphTokens:
    """Tokens of the app, issued by the sandbox itself: signing in is not the point here."""
    from sandbox.tenant.accounts import app_principal

    app = box.tenant.apps[box.environment()["CLIENT_ID"]]

    def sign_in(deadline: Deadline, claims: str | None = None) -> Grant:
        return Grant(box.tenant.tokens.issue(GRAPH, app_principal(app), 3599, {}), 3599)

    return GraphTokens(sign_in)


@pytest.fixture
def make_client(tokens: GraphTokens) -> Callable[..., GraphClient]:
    return lambda max_per_second=0: GraphClient(GRAPH, tokens, max_per_second)


@pytest.fixture
def client(make_client: Callable[..., GraphClient]) -> GraphClient:
    return make_client()


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
def store(connect: Callable[[], ContainerClient]) -> BlobJobStore:
    return BlobJobStore(connect)


@pytest.fixture
def world(store: BlobJobStore) -> JobWorld:
    return JobWorld(store)


@pytest.fixture
def days_later(storage: SandboxStorage, connect: Callable[[], ContainerClient]) -> Callable[..., None]:
    """Lets so many days pass over what is stored."""

    def age(days: float) -> None:
        for file in (storage.folder / connect().container_name).iterdir():
            line, content = file.read_bytes().split(b"\n", 1)
            facts = json.loads(line)
            facts["modified"] = format_datetime(parsedate_to_datetime(facts["modified"]) - timedelta(days), usegmt=True)
            file.write_bytes(json.dumps(facts).encode() + b"\n" + content)

    return age


@pytest.fixture
def blobs(connect: Callable[[], ContainerClient]) -> Callable[[], dict[str, bytes]]:
    """Everything that is stored, by name."""

    def read() -> dict[str, bytes]:
        container = connect()
        return {name: container.download_blob(name).readall() for name in container.list_blob_names()}

    return read
