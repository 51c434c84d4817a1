"""What all tests share: a clean environment, the sandbox tenant (one a session, reset for each test), the webhook."""

import gc
import itertools
import os
import signal
from collections.abc import Callable, Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.settings.table import SETTINGS
from tests.nursery import MODULES, open_nursery
from tests.scenarios.log_book import Day, a_day
from tests.support import Webhook

_OURS = {setting.name for setting in SETTINGS} | {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"}
_PROXY = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

# PowerShell and Bicep run for seconds, by the dozen: .NET need not watch them to compile them better later.
os.environ.setdefault("DOTNET_TieredPGO", "0")

# What a shell starts in the background ignores Ctrl-C, and so would the processes that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Both bounds of Hypothesis measure the clock on the wall: beside other work a good example may be over them. In CI the
# same commit gets the same examples, and so the same answer; every other run looks for new ones.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="CI" in os.environ,
)
settings.load_profile("suite")


_ended = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What ten thousand tests are made of stays to the end: garbage is not looked for among it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)


def pytest_runtest_logfinish() -> None:
    """Each test has apps of its own, and what holds their sockets holds itself. Left alone, it may be a thousand."""
    if next(_ended) % 50 == 0:
        gc.collect()


@pytest.fixture(scope="session", autouse=True)
def _nursery() -> Iterator[None]:
    """Hosts are forked from a process that has the modules; commands that a test runs start theirs as users do."""
    if not hasattr(os, "pidfd_open"):  # Linux has it
        yield
        return
    with pytest.MonkeyPatch.context() as patch, open_nursery(*MODULES) as address:
        patch.setattr(HostProcess, "nursery", address)
        yield


@pytest.fixture
def new_interpreters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that this test starts are new interpreters, each with its own imports, memory and hash seed."""
    monkeypatch.setattr(HostProcess, "nursery", None)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine's, and no way out: any host but the sandbox's own ends at a closed port."""
    for name in list(os.environ):
        if name in _OURS or name.lower() in _PROXY or name.startswith("AzureWebJobsStorage"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[SandboxTenant]:
    with SandboxTenant(seed="contoso") as box:
        yield box


@pytest.fixture
def box(_sandbox: SandboxTenant, monkeypatch: pytest.MonkeyPatch) -> SandboxTenant:
    """The sandbox tenant as seeded, reached by this process through its proxy."""
    _sandbox.tenant.reset()
    for name, value in _sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return _sandbox


@pytest.fixture(scope="session")
def day(_sandbox: SandboxTenant) -> Day:
    """What a day of calls leaves in the log."""
    _sandbox.tenant.reset()
    with pytest.MonkeyPatch.context() as patch, SandboxStorage() as storage:
        for name, value in _sandbox.environment().items():
            patch.setenv(name, value)
        return a_day(_sandbox, storage)


@pytest.fixture
def webhook(box: SandboxTenant) -> Callable[..., Webhook]:
    """Makes a webhook in this process, as the function app would build it: `webhook(ON_EMPTY="remove")`."""

    def make(**settings: str) -> Webhook:
        return Webhook({**box.environment(), **settings})

    return make
