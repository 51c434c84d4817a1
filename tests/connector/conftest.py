"""The description, and one host for all tests here: explicit values are on, some users protected, and one caller may
operate."""

from collections.abc import Iterator
from functools import partial

import pytest

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.connector.asking import AUDITORS, Ask, ask_operation
from tests.connector.definition import Json, load
from tests.whole.conftest import CHECKOUT, environment, new_host

__all__ = ["new_host"]

PROTECTED_GROUP = "9009a000-0000-4000-8000-00000000009a"


@pytest.fixture(scope="package")
def document() -> Json:
    return load()


@pytest.fixture(scope="package")
def _explicit_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    settings = {"ALLOW_EXPLICIT_VALUES": "true", "PROTECTED_GROUP_ID": PROTECTED_GROUP, "CALLERS": AUDITORS}
    # Reports wait for their turn at Graph, long after the test that began them.
    settings["MAX_OPEN_JOBS"] = "1000"
    with SandboxStorage() as storage:
        settings["AzureWebJobsStorage"] = storage.connection_string
        with HostProcess(CHECKOUT, environment(_sandbox, settings)) as host:
            yield host


@pytest.fixture
def host(box: SandboxTenant, _explicit_host: HostProcess) -> HostProcess:
    """The tenant behind it is as seeded."""
    return _explicit_host


@pytest.fixture
def ask(document: Json, host: HostProcess) -> Ask:
    return partial(ask_operation, document, at=host)
