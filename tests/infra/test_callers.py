"""How the templates let callers in: CALLERS as the app reads it, and App Service Authentication.

Where Microsoft's Bicep compiler is on the PATH, it evaluates the templates here, and has nothing to complain about.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.bicep import INFRA, Tree, load

BICEP = shutil.which("bicep")
NEEDS_BICEP = pytest.mark.skipif(BICEP is None, reason="needs the Bicep compiler (bicep)")
APP = load(INFRA / "modules" / "function-app.bicep")
CLIENT_ID = "a0a00000-0000-4000-8000-0000000000a0"
CALLERS = """
param callers = [
  { name: 'helpdesk', rights: ['reconcile', 'read'] }
  { name: 'iam', rights: ['reconcile'], entraObjectId: '1a300000-0000-4000-8000-0000000001a3' }
  { name: 'hr-system', rights: ['reconcile'], signed: true }
]
"""


def evaluated(folder: Path, parameters: str) -> dict[str, Any]:
    """What the compiler predicts of the app's own settings, by their name: the properties of each."""
    assert BICEP is not None
    shutil.copytree(INFRA, folder / "infra")
    path = folder / "infra" / "test.bicepparam"
    required = "using './main.bicep'\nparam environmentName = 'test'\nparam location = 'swedencentral'\n"
    path.write_text(required + parameters, encoding="utf-8")
    done = subprocess.run(
        [BICEP, "snapshot", str(path), "--subscription-id", CLIENT_ID, "--location", "swedencentral"],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    # The exit code is 0 when there are only warnings, and a wrong name or type of a property is one.
    assert (done.returncode, done.stderr) == (0, "")
    resources = json.loads(path.with_suffix(".snapshot.json").read_text(encoding="utf-8"))["predictedResources"]
    ours = [resource for resource in resources if resource["type"] == "Microsoft.Web/sites/config"]
    return {resource["name"].rpartition("/")[2]: resource["properties"] for resource in ours}


@NEEDS_BICEP
def test_callers_reach_the_app_as_json_and_a_client_id_switches_authentication_on(tmp_path: Path) -> None:
    found = evaluated(tmp_path, f"{CALLERS}param authClientId = '{CLIENT_ID}'\n")
    assert json.loads(found["appsettings"]["CALLERS"]) == [
        {"name": "helpdesk", "rights": ["reconcile", "read"]},
        {"name": "iam", "rights": ["reconcile"], "entraObjectId": "1a300000-0000-4000-8000-0000000001a3"},
        {"name": "hr-system", "rights": ["reconcile"], "signed": True},
    ]
    entra = found["authsettingsV2"]["identityProviders"]["azureActiveDirectory"]
    assert entra["registration"]["clientId"] == CLIENT_ID
    assert entra["validation"] == {"allowedAudiences": [CLIENT_ID, f"api://{CLIENT_ID}"]}


@NEEDS_BICEP
def test_by_default_no_caller_is_named_and_authentication_is_left_as_it_is(tmp_path: Path) -> None:
    found = evaluated(tmp_path, "")
    assert found.keys() == {"appsettings"}
    assert "CALLERS" not in found["appsettings"]
    assert (found["appsettings"]["REQUIRE"], found["appsettings"]["TRUSTED_PROXIES"]) == ("handshake", "0")


def test_authentication_accepts_tokens_of_one_tenant_and_turns_no_other_caller_away() -> None:
    config = authentication()
    assert config["platform"] == {"enabled": True}
    assert config["globalValidation"] == {
        "requireAuthentication": False,
        "unauthenticatedClientAction": "AllowAnonymous",
    }
    assert config["identityProviders"].keys() == {"azureActiveDirectory"}
    assert config["identityProviders"]["azureActiveDirectory"]["enabled"] is True
    assert "openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'" in APP.text


def authentication() -> Tree:
    assert "resource authentication 'Microsoft.Web/sites/config@2024-04-01' = if (!empty(authClientId)) {" in APP.text
    assert load(INFRA / "main.bicep").modules()["functionApp"][1]["authClientId"] == "authClientId"
    config = APP.declared("resources")["authentication"]["config"]
    while "config" in config:  # the condition wraps it
        config = config["config"]
    assert config["name"] == "authsettingsV2"
    found: Tree = config["properties"]
    return found
