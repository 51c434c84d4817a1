"""vault.py: the meaning of answers, with the real SDK against the sandbox."""

import time
from datetime import UTC, datetime

import pytest
from azure.keyvault.secrets import SecretClient

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.errors import ConfigurationError, VaultUnavailable
from shared.microsoft.identity import AppIdentity, bounded_transport
from shared.microsoft.vault import Secret, Vault
from tests.unit.microsoft.vault.secrets import TTL_S, VALUE, get


@pytest.fixture
def real(box: SandboxTenant) -> Vault:
    def connect() -> SecretClient:
        credential = AppIdentity(True, box.environment()["AZURE_CLIENT_ID"])
        return SecretClient(box.vault_url, credential, transport=bounded_transport(), retry_total=0)

    return Vault(connect, TTL_S)


def test_a_real_secret_with_its_expiry(box: SandboxTenant, real: Vault) -> None:
    box.tenant.set_secret("dated", VALUE, exp=1_900_000_000)
    assert real.get("dated", Deadline(20)) == Secret(VALUE, datetime.fromtimestamp(1_900_000_000, UTC))
    assert real.find("no-such-secret", Deadline(20)) is None


def test_a_new_version_is_seen_when_asked_again(box: SandboxTenant, real: Vault) -> None:
    box.tenant.set_secret("a", "old")
    get(real)
    box.tenant.set_secret("a", "new")
    assert get(real) == "old"
    assert get(real, reload_every_s=0) == "new"


def test_a_missing_secret(real: Vault) -> None:
    with pytest.raises(ConfigurationError, match=r"no-such-secret cannot be read: it does not exist \(404\)"):
        get(real, "no-such-secret")


def test_a_disabled_secret(box: SandboxTenant, real: Vault) -> None:
    box.tenant.set_secret("off", VALUE, enabled=False)
    with pytest.raises(ConfigurationError, match=r"Key Vault answered 403 \(SecretDisabled\)"):
        get(real, "off")


def test_an_identity_without_access(box: SandboxTenant, real: Vault) -> None:
    box.tenant.apps[box.environment()["AZURE_CLIENT_ID"]].reads_vault = False
    with pytest.raises(ConfigurationError, match=r"Key Vault answered 403 \(ForbiddenByRbac\)"):
        get(real, "webhook-handshake")


def test_a_vault_that_refuses_every_token(box: SandboxTenant, real: Vault) -> None:
    box.tenant.faults.append(Fault("status", host="vault", status=401))
    with pytest.raises(ConfigurationError, match=r"Key Vault answered 401|gets no token"):
        get(real, "webhook-handshake")


def test_an_identity_that_does_not_exist(box: SandboxTenant) -> None:
    def connect() -> SecretClient:
        credential = AppIdentity(True, "1de00000-0000-4000-8000-0000000000ff")
        return SecretClient(box.vault_url, credential, transport=bounded_transport(), retry_total=0)

    with pytest.raises(ConfigurationError, match="AZURE_CLIENT_ID"):
        get(Vault(connect, TTL_S), "webhook-handshake")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="vault", status=429, retry_after=60),
        Fault("status", host="vault", status=500),
        Fault("status", host="vault", status=503),
        Fault("close", host="vault"),
        Fault("truncate", host="vault"),
        Fault("garbage", host="vault"),
    ],
    ids=lambda fault: f"{fault.what} {fault.status}",
)
def test_a_vault_in_trouble_is_unavailable_and_no_configuration_error(
    box: SandboxTenant, real: Vault, fault: Fault
) -> None:
    box.tenant.faults.append(fault)
    with pytest.raises(VaultUnavailable):
        get(real, "webhook-handshake")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", [500, 503])
def test_an_identity_endpoint_in_trouble_is_no_configuration_error(
    box: SandboxTenant, real: Vault, status: int
) -> None:
    box.tenant.faults.append(Fault("status", host="identity", status=status))
    with pytest.raises(VaultUnavailable):
        get(real, "webhook-handshake")


def test_a_vault_that_hangs_is_given_up_in_time(box: SandboxTenant, real: Vault) -> None:
    box.tenant.faults.append(Fault("hang", host="vault", seconds=30))
    began = time.monotonic()
    with pytest.raises(VaultUnavailable):
        real.get("webhook-handshake", Deadline(1))
    assert time.monotonic() - began < 15
