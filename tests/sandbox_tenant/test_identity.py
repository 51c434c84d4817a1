from __future__ import annotations

import time

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential

from sandbox.tenant import Fault, SandboxTenant


def ask(box: SandboxTenant, client_id: str | None = None, **changes: str) -> requests.Response:
    environment = box.environment()
    query = {"api-version": "2019-08-01", "resource": "https://vault.azure.net"}
    query |= {"client_id": environment["AZURE_CLIENT_ID"] if client_id is None else client_id}
    header = changes.pop("header", environment["IDENTITY_HEADER"])
    query |= {name.replace("_", "-"): value for name, value in changes.items()}
    url, headers = environment["IDENTITY_ENDPOINT"], {"X-IDENTITY-HEADER": header}
    return requests.get(url, params={name: value for name, value in query.items() if value}, headers=headers, timeout=5)


def test_azure_identity_gets_a_token_for_graph(sdk_environment: dict[str, str]) -> None:
    with ManagedIdentityCredential(client_id=sdk_environment["AZURE_CLIENT_ID"]) as credential:
        token = credential.get_token("https://graph.microsoft.com/.default")
    assert token.token.count(".") == 2
    assert token.expires_on > time.time() + 3600


def test_the_answer_has_app_services_shape(box: SandboxTenant) -> None:
    body = ask(box).json()
    assert isinstance(body["expires_on"], str)
    assert body["resource"] == "https://vault.azure.net"
    assert body["client_id"] == box.environment()["AZURE_CLIENT_ID"]
    assert body["token_type"] == "Bearer"


def test_a_wrong_identity_header_is_401(box: SandboxTenant) -> None:
    assert ask(box, header="guessed").status_code == 401


@pytest.mark.parametrize("client_id", ["00000000-0000-0000-0000-000000000000", ""])
def test_an_unknown_identity_is_400_and_without_a_name_there_is_none(box: SandboxTenant, client_id: str) -> None:
    body = ask(box, client_id=client_id).json()
    assert body["statusCode"] == 400
    assert "Managed Identity" in body["message"]


def test_a_system_assigned_identity_needs_no_name(box: SandboxTenant) -> None:
    box.tenant.apps[box.environment()["AZURE_CLIENT_ID"]].system_assigned = True
    environment = box.environment()
    assert "AZURE_CLIENT_ID" not in environment
    url = f"{environment['IDENTITY_ENDPOINT']}?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com"
    answer = requests.get(url, headers={"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]}, timeout=5)
    assert answer.status_code == 200


def test_another_api_version_is_400(box: SandboxTenant) -> None:
    assert ask(box, api_version="2018-02-01").status_code == 400


def test_an_unknown_resource_is_400(box: SandboxTenant) -> None:
    assert ask(box, resource="https://example.com").status_code == 400


def test_the_endpoint_can_fail(box: SandboxTenant, sdk_environment: dict[str, str]) -> None:
    box.tenant.faults.append(Fault("status", host="identity", status=500))
    credential = ManagedIdentityCredential(client_id=sdk_environment["AZURE_CLIENT_ID"], retry_total=0)
    with credential, pytest.raises(ClientAuthenticationError):
        credential.get_token("https://graph.microsoft.com/.default")
