"""What the scenarios with jobs share: blob storage."""

from collections.abc import Callable, Iterator

import pytest

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.support import Webhook


@pytest.fixture
def stored_webhook(box: SandboxTenant) -> Iterator[Callable[..., Webhook]]:
    """As `webhook`, with a storage account of this test: what one removes counts for the day of all that use it."""
    with SandboxStorage() as storage:

        def make(**settings: str) -> Webhook:
            return Webhook({**box.environment(), "AzureWebJobsStorage": storage.connection_string, **settings})

        yield make
