"""vault.py and identity.py: Key Vault refuses a token that the identity keeps in its cache. With the real SDK."""

import pytest
from azure.keyvault.secrets import SecretClient

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.errors import ConfigurationError, VaultUnavailable
from shared.microsoft import vault as vault_module
from shared.microsoft.identity import AppIdentity, bounded_transport
from shared.microsoft.vault import Vault
from tests.unit.clock import Clock
from tests.unit.microsoft.vault.secrets import TTL_S, VALUE, get


@pytest.fixture
def vault(box: SandboxTenant) -> Vault:
    """As wiring makes it."""
    box.tenant.set_secret("a", VALUE)
    identity = AppIdentity(True, box.environment()["AZURE_CLIENT_ID"])

    def connect() -> SecretClient:
        transport = bounded_transport(identity.note_refusal)
        return SecretClient(box.vault_url, identity, transport=transport, retry_total=0)

    return Vault(connect, TTL_S, lambda: identity.keeps_refused)


def test_a_revoked_token_is_dropped_and_the_vault_asked_once_more(box: SandboxTenant, vault: Vault) -> None:
    get(vault)
    box.tenant.clear_requests()
    box.tenant.revoke_tokens()
    assert get(vault, reload_every_s=0) == VALUE
    assert [record.status for record in box.tenant.calls("vault")] == [401, 200]
    assert len(box.tenant.calls("identity")) == 1
    assert get(vault, reload_every_s=0) == VALUE
    assert len(box.tenant.calls("identity")) == 1, "the new token is kept"


def test_each_revocation_is_dealt_with(box: SandboxTenant, vault: Vault) -> None:
    for _ in range(3):
        box.tenant.revoke_tokens()
        assert get(vault, reload_every_s=0) == VALUE


@pytest.mark.usefixtures("clock")
def test_where_azure_hands_out_the_revoked_token_again_the_vault_counts_as_down(
    box: SandboxTenant, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock().rule(monkeypatch, vault_module)
    box.tenant.set_switches(identity_keeps_tokens=True)
    get(vault)
    box.tenant.revoke_tokens()
    assert get(vault, reload_every_s=0) == VALUE, "what is cached serves"
    with pytest.raises(VaultUnavailable):
        vault.find("b", Deadline(20))
    assert len(box.tenant.calls("vault")) <= 2 + 4 + 4
    assert len(box.tenant.calls("identity")) <= 1 + 4 + 4


def test_it_is_up_again_when_azure_has_a_new_one(
    box: SandboxTenant, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock().rule(monkeypatch, vault_module)
    box.tenant.set_switches(identity_keeps_tokens=True)
    get(vault)
    box.tenant.revoke_tokens()
    with pytest.raises(VaultUnavailable):
        get(vault, "b")
    box.tenant.kept_tokens.clear()
    box.tenant.set_secret("b", "new")
    clock.advance(vault_module.COOL_DOWN_S + 1)
    assert get(vault, "b") == "new"


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_few_odd_401s_are_ridden_out(box: SandboxTenant, vault: Vault, times: int, keeps: bool) -> None:
    """The token is good, and perhaps the only one to be had."""
    box.tenant.set_switches(identity_keeps_tokens=keeps)
    get(vault)
    box.tenant.faults.append(Fault("status", host="vault", status=401, times=times))
    assert get(vault, reload_every_s=0) == VALUE


def test_a_new_token_that_is_refused_as_well_is_a_matter_of_configuration(box: SandboxTenant, vault: Vault) -> None:
    get(vault)
    box.tenant.faults.append(Fault("status", host="vault", status=401))
    with pytest.raises(ConfigurationError, match="Key Vault answered 401"):
        get(vault, reload_every_s=0)
