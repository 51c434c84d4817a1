"""Hosts with named callers and storage, whose ledger is empty when a test begins."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from sandbox.caller import storage_settings
from sandbox.host import HostProcess, Switches
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.whole.conftest import CHECKOUT, at_rest, environment
from tests.whole.plans.people import callers, put_secrets

HostMaker = Callable[..., HostProcess]
# What a killed host was at comes back sooner than host.json says.
_SOON = Switches(hidden_s=1.0)
_USUAL = {"ON_EMPTY": "remove", "INLINE_USERS": "200", "ALLOW_EXPLICIT_VALUES": "true"}


@pytest.fixture(scope="session")
def _storage() -> Iterator[SandboxStorage]:
    with SandboxStorage() as storage:
        yield storage


@pytest.fixture
def storage(_storage: SandboxStorage) -> Iterator[SandboxStorage]:
    """Of all hosts here. Nobody has removed anything today."""
    text = _storage.connection_string
    with BlobServiceClient.from_connection_string(text) as service, suppress(ResourceNotFoundError):
        service.get_blob_client("records", "ledger.json").delete_blob()
    yield _storage
    _storage.fail(0)


def _start(
    box: SandboxTenant, storage: SandboxStorage, switches: Switches, state: Path | None = None, **settings: str
) -> HostProcess:
    given = {**storage_settings(storage), **environment(box, {"CALLERS": callers(), **_USUAL, **settings})}
    return HostProcess(CHECKOUT, given, state=state, durable=switches)


@pytest.fixture(scope="session")
def _plans_host(_sandbox: SandboxTenant, _storage: SandboxStorage) -> Iterator[HostProcess]:
    put_secrets(_sandbox)
    with _start(_sandbox, _storage, _SOON) as host:
        yield host


@pytest.fixture
def host(box: SandboxTenant, storage: SandboxStorage, _plans_host: HostProcess) -> Iterator[HostProcess]:
    """ON_EMPTY=remove, the ceilings of one request as they are by default, none for a day."""
    put_secrets(box)
    with at_rest(_plans_host):
        yield _plans_host


@pytest.fixture
def new_host(box: SandboxTenant, storage: SandboxStorage) -> Iterator[HostMaker]:
    """Starts one more, with other settings and nothing cached: `new_host(READ_ONLY="true")`. It goes on with the jobs
    of a host that had the same folder `state`."""
    put_secrets(box)
    with ExitStack() as stack:

        def make(switches: Switches = _SOON, state: Path | None = None, **settings: str) -> HostProcess:
            return stack.enter_context(_start(box, storage, switches, state, **settings))

        yield make
