"""A vault over plain functions."""

import pytest

from shared.microsoft.vault import Vault
from tests.unit.microsoft.vault.secrets import TTL_S, VALUE, Client


@pytest.fixture
def client() -> Client:
    return Client(lambda _name: VALUE)


@pytest.fixture
def vault(client: Client) -> Vault:
    return Vault(lambda: client, TTL_S, lambda: False)  # type: ignore[arg-type, return-value]
