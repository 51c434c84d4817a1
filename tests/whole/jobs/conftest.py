"""Hosts for jobs: with blob storage, and with orchestrations that survive the end of the process."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from bench.people import Person, people, seed
from sandbox.caller import storage_settings
from sandbox.host import HostProcess, Switches
from sandbox.host.durable.store import FILE_NAME
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.records.audit import AUDIT
from tests.whole.conftest import CHECKOUT, at_rest, environment


class Machine:
    """Hosts that share one storage account and one durable state: each `start` is the next life of the app.

    `blobs` and `history` are the folders with everything that is stored of jobs.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.blobs, self.history = folder / "blobs", folder / "durable"
        self._storage = stack.enter_context(SandboxStorage(self.blobs))
        self._stack = stack

    def is_running(self, job_id: str) -> bool:
        """Whether the engine is still at it; asked of its file, which needs no handshake."""
        with closing(sqlite3.connect(self.history / FILE_NAME)) as db:
            return db.execute("SELECT status FROM instances WHERE id = ?", (job_id,)).fetchone() == ("Running",)

    def audit(self) -> list[tuple[int, bytes]]:
        """Of each blob of the audit trail: how many blocks it has, and what stands in it."""
        with self.container(AUDIT) as container:
            blobs = [container.get_blob_client(name) for name in container.list_blob_names()]
            counts = [blob.get_blob_properties().append_blob_committed_block_count for blob in blobs]
            return [(count, blob.download_blob().readall()) for count, blob in zip(counts, blobs, strict=True)]

    def container(self, name: str) -> ContainerClient:
        return ContainerClient.from_connection_string(self._storage.connection_string, name)

    def names(self, container: str) -> list[str]:
        """Of the blobs in it."""
        with self.container(container) as client:
            return sorted(client.list_blob_names()) if client.exists() else []

    def start(self, settings: dict[str, str], switches: Switches | None = None) -> HostProcess:
        """`settings` are all that the app has but its storage."""
        # What a killed host was at comes back sooner than host.json says.
        soon = replace(switches or Switches(), hidden_s=1.0)
        host = HostProcess(CHECKOUT, {**storage_settings(self._storage), **settings}, state=self.history, durable=soon)
        return self._stack.enter_context(host)


class Jobs(Machine):
    """A machine in front of the tenant of this process."""

    def __init__(self, folder: Path, stack: ExitStack, box: SandboxTenant) -> None:
        super().__init__(folder, stack)
        self._box = box

    def host(self, switches: Switches | None = None, **settings: str) -> HostProcess:
        return self.start(environment(self._box, settings), switches)


@pytest.fixture
def jobs(tmp_path: Path, box: SandboxTenant) -> Iterator[Jobs]:
    """`jobs.host(ON_EMPTY="remove")` starts a host; a second one goes on where the first one was killed."""
    with ExitStack() as stack:
        yield Jobs(tmp_path, stack, box)


@pytest.fixture(scope="session")
def _warm_jobs(_sandbox: SandboxTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Jobs, HostProcess]]:
    with ExitStack() as stack:
        jobs = Jobs(tmp_path_factory.mktemp("jobs"), stack, _sandbox)
        yield jobs, jobs.host(INLINE_USERS="20", ALLOW_EXPLICIT_VALUES="true", MAX_USERS="2000")


@pytest.fixture
def host(box: SandboxTenant, _warm_jobs: tuple[Jobs, HostProcess]) -> Iterator[HostProcess]:
    """A host that other tests have used as well; lists of more than 20 users become jobs."""
    with at_rest(_warm_jobs[1]):
        yield _warm_jobs[1]


@pytest.fixture
def stored(host: HostProcess, _warm_jobs: tuple[Jobs, HostProcess]) -> Jobs:
    """What that host stores."""
    return _warm_jobs[0]


def add_people(box: SandboxTenant, count: int) -> list[Person]:
    """So many users in the mix of the bench: right, missing, wrong and without an attribute."""
    who = people(count)
    for words in seed(who)["users"]:
        box.tenant.add_user(**words)
    return who
