from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import (
    ClientSecretCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
)
from azure.keyvault.secrets import SecretClient

from sandbox.tenant import Fault, SandboxTenant

from .conftest import CLIENT_SECRET, token_of


@pytest.fixture
def vault(box: SandboxTenant, sdk_environment: dict[str, str]) -> Iterator[SecretClient]:
    credential = ManagedIdentityCredential(client_id=sdk_environment["AZURE_CLIENT_ID"])
    with credential, SecretClient(box.vault_url, credential, retry_total=0) as client:
        yield client


def test_a_secret_is_read_with_the_managed_identity(box: SandboxTenant, vault: SecretClient) -> None:
    assert vault.get_secret("webhook-handshake").value == "sandbox-handshake-not-real"
    statuses = [call.status for call in box.tenant.calls("vault")]
    assert statuses in ([401, 200], [200])  # the SDK remembers the challenge for the whole process


def test_a_secret_is_read_with_a_client_secret(box: SandboxTenant, sdk_environment: dict[str, str]) -> None:
    client_id = sdk_environment["CLIENT_ID"]
    with (
        ClientSecretCredential(box.tenant.tenant_id, client_id, CLIENT_SECRET) as credential,
        SecretClient(box.vault_url, credential) as client,
    ):
        assert client.get_secret("graph-client-secret").value == CLIENT_SECRET
    assert box.tenant.calls("vault")[-1].principal == f"app:{client_id}"


def test_a_secret_is_read_with_the_credential_of_the_environment(
    box: SandboxTenant, sdk_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", box.tenant.tenant_id)
    monkeypatch.setenv("AZURE_CLIENT_ID", sdk_environment["CLIENT_ID"])
    monkeypatch.setenv("AZURE_CLIENT_SECRET", CLIENT_SECRET)
    with EnvironmentCredential() as credential, SecretClient(box.vault_url, credential) as client:
        assert client.get_secret("webhook-handshake").value == "sandbox-handshake-not-real"


def test_the_default_credential_finds_the_managed_identity(box: SandboxTenant, sdk_environment: dict[str, str]) -> None:
    with DefaultAzureCredential() as credential, SecretClient(box.vault_url, credential) as client:
        assert client.get_secret("webhook-handshake").value == "sandbox-handshake-not-real"
    assert box.tenant.calls("vault")[-1].principal == f"app:{sdk_environment['AZURE_CLIENT_ID']}"


def test_the_challenge_names_tenant_and_resource(box: SandboxTenant, web: requests.Session) -> None:
    answer = web.get(f"{box.vault_url}/secrets/x/?api-version=2026-04-01", timeout=5)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="https://login.microsoftonline.com/{box.tenant.tenant_id}", '
        'resource="https://vault.azure.net"'
    )


def test_a_token_for_graph_does_not_open_the_vault(box: SandboxTenant, web: requests.Session) -> None:
    token = token_of(box, web, "client_credentials")["access_token"]
    url = f"{box.vault_url}/secrets/webhook-handshake/?api-version=7.6"
    assert web.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code == 401


def test_the_api_version_is_required(box: SandboxTenant, web: requests.Session) -> None:
    token = token_of(box, web, "client_credentials", scope="https://vault.azure.net/.default")["access_token"]
    url = f"{box.vault_url}/secrets/webhook-handshake/"
    assert web.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code == 400


def test_a_new_version_is_current_and_the_old_one_stays(box: SandboxTenant, vault: SecretClient) -> None:
    old = vault.get_secret("webhook-handshake").properties.version
    box.tenant.set_secret("webhook-handshake", "sandbox-handshake-2")
    assert vault.get_secret("webhook-handshake").value == "sandbox-handshake-2"
    assert vault.get_secret("webhook-handshake", old).value == "sandbox-handshake-not-real"


def test_the_attributes_arrive_and_an_expired_secret_is_still_read(box: SandboxTenant, vault: SecretClient) -> None:
    box.tenant.set_secret("webhook-handshake-previous", "sandbox-old", exp=1_700_000_000, nbf=1_600_000_000)
    properties = vault.get_secret("webhook-handshake-previous").properties
    assert properties.expires_on == datetime.fromtimestamp(1_700_000_000, UTC)
    assert properties.not_before == datetime.fromtimestamp(1_600_000_000, UTC)
    assert properties.enabled
    assert properties.created_on is not None


def test_a_missing_secret_is_404(box: SandboxTenant, vault: SecretClient) -> None:
    box.tenant.delete_secret("webhook-handshake")
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        vault.get_secret("webhook-handshake")


def test_a_disabled_secret_is_403(box: SandboxTenant, vault: SecretClient) -> None:
    box.tenant.set_secret("webhook-handshake", "sandbox-off", enabled=False)
    with pytest.raises(HttpResponseError) as refused:
        vault.get_secret("webhook-handshake")
    assert refused.value.status_code == 403
    assert "SecretDisabled" in str(refused.value.response.text())


def test_an_identity_without_the_role_is_403(box: SandboxTenant, vault: SecretClient) -> None:
    for app in box.tenant.apps.values():
        app.reads_vault = False
    with pytest.raises(HttpResponseError) as refused:
        vault.get_secret("webhook-handshake")
    assert refused.value.status_code == 403
    assert "ForbiddenByRbac" in str(refused.value.response.text())


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_vault_can_be_down(box: SandboxTenant, vault: SecretClient, status: int) -> None:
    box.tenant.faults.append(Fault("status", host="vault", status=status))
    with pytest.raises(HttpResponseError) as refused:
        vault.get_secret("webhook-handshake")
    assert refused.value.status_code == status


def test_the_sdk_gives_up_on_a_second_401(box: SandboxTenant, vault: SecretClient) -> None:
    box.tenant.faults.append(Fault("status", host="vault", status=401))
    with pytest.raises((ClientAuthenticationError, HttpResponseError)):
        vault.get_secret("webhook-handshake")
