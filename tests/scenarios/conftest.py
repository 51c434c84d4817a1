"""What the scenarios with jobs share: blob storage."""

from collections.abc import Callable, Iterator

import pytest

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.support import Webhook


@pytest.fixture(scope="session")
def _blobs() -> Iterator[SandboxStorage]:
    with SandboxStorage() as storage:
        yield storage


@pytest.fixture
def stored_webhook(box: SandboxTenant, _blobs: SandboxStorage) -> Callable[..., Webhook]:
    """As `webhook`, with a storage account."""

    def make(**settings: str) -> Webhook:
        return Webhook({**box.environment(), "AzureWebJobsStorage": _blobs.connection_string, **settings})

    return make
