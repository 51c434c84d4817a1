"""What the tests of Graph share: the ids of users, a reader of users."""

import pytest

from sandbox.tenant import SandboxTenant
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.users import UserReader
from tests.unit.microsoft.graph.finding import reader
from tests.unit.microsoft.graph.people import Ids


@pytest.fixture
def ids(box: SandboxTenant) -> Ids:
    return lambda upn: box.tenant.user(upn).id


@pytest.fixture
def users(client: GraphClient) -> UserReader:
    return reader(client, "extensionAttribute15")
