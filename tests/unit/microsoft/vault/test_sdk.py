"""vault.py: the meaning of answers, with the real SDK against the sandbox."""

import time
from datetime import UTC, datetime

import pytest
import requests
from azure.keyvault.secrets import SecretClient

from sandbox.tenant import Fault, SandboxTenant
from shared.core.check.seen import SecretState
from shared.deadline import Deadline
from shared.errors import ConfigurationError, VaultUnavailable
from shared.microsoft.identity import AppIdentity, bounded_transport
from shared.microsoft.vault import Secret, Vault
from tests.unit.clock import Clock
from tests.unit.microsoft.vault.secrets import TTL_S, VALUE, get

# What a vault may answer with status 200 that is no secret. (The SDK makes a text of a value of any other type.)
ODD = [
    *(b"", b"[]", b"null", b'"x"', b"7", b"true", b"{}", b"[{}]", b"[" * 10_000),
    b'{"value": null}',
    *(b'{"value": "v", "attributes": "x"}', b'{"value": "v", "attributes": [1]}', b'{"value": "v", "id": 7}'),
    *(b'{"value": "v", "attributes": {"exp": "soon"}}', b'{"value": "v", "attributes": {"exp": 1e99}}'),
]


class Spoilt:
    """The sandbox's vault, whose answers have `body` in place of their own, unless it is None."""

    def __init__(self, box: SandboxTenant) -> None:
        self.body: bytes | None = None
        credential = AppIdentity(True, box.environment()["AZURE_CLIENT_ID"])
        transport = bounded_transport(self._spoil)
        self.vault = Vault(
            lambda: SecretClient(box.vault_url, credential, transport=transport, retry_total=0), TTL_S, lambda: False
        )

    def _spoil(self, response: requests.Response, **_: object) -> None:
        if self.body is not None and response.status_code != 401:
            response._content, response._content_consumed = self.body, True  # type: ignore[attr-defined]


@pytest.fixture
def spoilt(box: SandboxTenant) -> Spoilt:
    return Spoilt(box)


@pytest.fixture
def real(box: SandboxTenant) -> Vault:
    def connect() -> SecretClient:
        credential = AppIdentity(True, box.environment()["AZURE_CLIENT_ID"])
        return SecretClient(box.vault_url, credential, transport=bounded_transport(), retry_total=0)

    return Vault(connect, TTL_S, lambda: False)


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
        get(Vault(connect, TTL_S, lambda: False), "webhook-handshake")


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


@pytest.mark.parametrize("body", ODD)
@pytest.mark.usefixtures("clock")
def test_an_answer_of_another_shape_is_none(spoilt: Spoilt, body: bytes) -> None:
    spoilt.body = body
    with pytest.raises(VaultUnavailable) as trouble:
        get(spoilt.vault, "webhook-handshake")
    assert trouble.value.retry_after == 30
    assert spoilt.vault.examine("webhook-handshake", Deadline(20)).state is SecretState.UNKNOWN


@pytest.mark.parametrize("body", ODD)
def test_beside_an_answer_of_another_shape_the_last_value_serves(spoilt: Spoilt, clock: Clock, body: bytes) -> None:
    value = get(spoilt.vault, "webhook-handshake")
    spoilt.body = body
    clock.advance(TTL_S + 1)
    assert get(spoilt.vault, "webhook-handshake") == value


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
@pytest.mark.parametrize("body", [b"[]", b"null", b'{"error": "x"}', b'{"error": {"innererror": "x", "code": 7}}'])
@pytest.mark.usefixtures("clock")
def test_an_error_of_another_shape_is_an_error_all_the_same(
    box: SandboxTenant, spoilt: Spoilt, status: int, body: bytes
) -> None:
    box.tenant.faults.append(Fault("status", host="vault", status=status))
    spoilt.body = body
    with pytest.raises((VaultUnavailable, ConfigurationError)):
        get(spoilt.vault, "webhook-handshake")
