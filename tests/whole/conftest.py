"""Hosts for whole runs: one warm host for all that leaves no trace in it, fresh ones for the rest."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from shared.settings.table import SETTINGS
from tests.waiting import wait_for

CHECKOUT = Path(__file__).resolve().parents[2]
HostMaker = Callable[..., HostProcess]


def environment(box: SandboxTenant, settings: dict[str, str]) -> dict[str, str]:
    """The sandbox's own variables, then `settings`; every other setting is empty, whatever this machine has set.

    `call` says where a request comes from, as a proxy does that the app trusts.
    """
    return {**{setting.name: "" for setting in SETTINGS}, "TRUSTED_PROXIES": "1", **box.environment(), **settings}


@contextmanager
def at_rest(host: HostProcess) -> Iterator[None]:
    """One test of several that share the host: a job that it has begun ends before the next test has the tenant."""
    yield
    wait_for(lambda: host.durable_counters()["unfinished"], lambda count: not count, explain=lambda: host.log()[-5000:])


@pytest.fixture(scope="session")
def _warm_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    with HostProcess(CHECKOUT, environment(_sandbox, {})) as host:
        yield host


@pytest.fixture
def host(box: SandboxTenant, _warm_host: HostProcess) -> HostProcess:
    """A host with the default settings that other tests have used as well; the tenant behind it is as seeded."""
    return _warm_host


@pytest.fixture(scope="session")
def _warm_explicit_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    with HostProcess(CHECKOUT, environment(_sandbox, {"ALLOW_EXPLICIT_VALUES": "true"})) as host:
        yield host


@pytest.fixture
def explicit_host(box: SandboxTenant, _warm_explicit_host: HostProcess) -> HostProcess:
    """The same with the routes on which the caller names the values."""
    return _warm_explicit_host


@pytest.fixture(scope="session")
def _forgetful_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    settings = {"ALLOW_EXPLICIT_VALUES": "true", "SECRET_TTL_SECONDS": "0"}
    with HostProcess(CHECKOUT, environment(_sandbox, settings)) as host:
        yield host


@pytest.fixture
def forgetful_host(box: SandboxTenant, _forgetful_host: HostProcess) -> HostProcess:
    """The same again; it reads its secrets anew for each request."""
    return _forgetful_host


@pytest.fixture
def new_host(box: SandboxTenant) -> Iterator[HostMaker]:
    """Starts a host of the test's own, with nothing cached: `new_host(ON_EMPTY="remove")`."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(HostProcess(CHECKOUT, environment(box, settings)))
