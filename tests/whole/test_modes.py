"""Every way to a Graph token and every cloud, from the request to the right tenant."""

import pytest

from sandbox.tenant import SandboxTenant
from tests.whole.calls import call, runbook
from tests.whole.conftest import HostMaker

BJORN, CARLA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
US_GOVERNMENT = {"AZURE_CLOUD": "usgov", "KEY_VAULT_URL": "https://contoso-mfa.vault.usgovcloudapi.net"}


@pytest.mark.parametrize(
    ("settings", "principal"),
    [
        ({"GRAPH_AUTH": "service_account"}, "delegated:svc-mfa@contoso.com"),
        ({"GRAPH_AUTH": "client_secret"}, "app:a9900000-0000-4000-8000-00000000a990"),
        (
            {"GRAPH_AUTH": "managed_identity", "TENANT_ID": "", "CLIENT_ID": ""},
            "app:1de00000-0000-4000-8000-00000000001d",
        ),
        (US_GOVERNMENT, "delegated:svc-mfa@contoso.com"),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_mode_makes_the_tenant_right(
    box: SandboxTenant, new_host: HostMaker, settings: dict[str, str], principal: str
) -> None:
    host = new_host(**settings)
    answer = call(host, runbook(BJORN, CARLA))
    assert answer.status == 200, host.log()
    assert answer.codes == ["updated", "added"]
    assert box.tenant.user(BJORN).phones["mobile"].number == "+46 701740606"
    assert box.tenant.user(CARLA).phones["mobile"].number == "+1 2065550101"
    assert {record.principal for record in box.tenant.calls()} == {principal}
    assert box.tenant.calls("refused") == []
    token_requests = box.tenant.calls("login", "POST")
    assert len(token_requests) == (0 if settings.get("GRAPH_AUTH") == "managed_identity" else 1)

    assert call(host, runbook(BJORN, CARLA)).codes == ["unchanged", "unchanged"]
    assert box.tenant.calls("login", "POST") == token_requests


def test_outside_azure_the_developers_own_credential_reads_the_vault(
    box: SandboxTenant, new_host: HostMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = box.environment()
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(box, "environment", lambda: {key: given[key] for key in given if "IDENTITY" not in key})
    host = new_host(
        AZURE_TENANT_ID=given["TENANT_ID"],
        AZURE_CLIENT_ID=given["CLIENT_ID"],
        AZURE_CLIENT_SECRET="sandbox-client-secret-not-real",
    )
    answer = call(host, runbook(BJORN))
    assert answer.status == 200, host.log()
    assert answer.codes == ["updated"]
    assert box.tenant.calls("identity") == []
    assert {record.principal for record in box.tenant.calls("vault") if record.principal} == {
        f"app:{given['CLIENT_ID']}"
    }
