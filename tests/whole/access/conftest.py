"""Hosts with named callers."""

from collections.abc import Iterator

import pytest

from sandbox.caller import storage_settings
from sandbox.host import HostProcess, Switches
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.entra import authentication, object_id
from tests.whole.access.people import callers, put_secrets
from tests.whole.conftest import CHECKOUT, at_rest, environment

ON = {"ALLOW_EXPLICIT_VALUES": "true"}


@pytest.fixture(scope="session")
def _storage() -> Iterator[SandboxStorage]:
    with SandboxStorage() as storage:
        yield storage


# For each module: no host answers 401 more than a hundred times a minute.
@pytest.fixture(scope="module")
def _open_host(_sandbox: SandboxTenant, _storage: SandboxStorage) -> Iterator[HostProcess]:
    put_secrets(_sandbox)
    settings = {"CALLERS": callers(object_id(_sandbox)), "INLINE_USERS": "20", "MAX_USERS": "100", **ON}
    switches, service = Switches(hidden_s=1.0), authentication(_sandbox)
    given = {**storage_settings(_storage), **environment(_sandbox, settings)}
    with HostProcess(CHECKOUT, given, durable=switches, app_service=service) as host:
        yield host


@pytest.fixture
def open_host(box: SandboxTenant, _open_host: HostProcess) -> Iterator[HostProcess]:
    """Explicit values are on, jobs and signed calls have storage, and App Service Authentication is on."""
    put_secrets(box)
    with at_rest(_open_host):
        yield _open_host


@pytest.fixture
def storage(_storage: SandboxStorage) -> SandboxStorage:
    """Of that host."""
    return _storage


@pytest.fixture(scope="session")
def _closed_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    put_secrets(_sandbox)
    with HostProcess(CHECKOUT, environment(_sandbox, {"CALLERS": callers(object_id(_sandbox))})) as host:
        yield host


@pytest.fixture
def closed_host(box: SandboxTenant, _closed_host: HostProcess) -> HostProcess:
    """Explicit values are off; no storage, and no App Service Authentication."""
    put_secrets(box)
    return _closed_host


@pytest.fixture(scope="session")
def _rereading_host(_sandbox: SandboxTenant, _storage: SandboxStorage) -> Iterator[HostProcess]:
    put_secrets(_sandbox)
    settings = {"CALLERS": callers(), "SECRET_TTL_SECONDS": "0", **ON}
    with HostProcess(CHECKOUT, {**storage_settings(_storage), **environment(_sandbox, settings)}) as host:
        yield host


@pytest.fixture
def rereading_host(box: SandboxTenant, _rereading_host: HostProcess) -> HostProcess:
    """Reads its secrets anew for each request."""
    put_secrets(box)
    return _rereading_host
