"""lifecycle.bicep: whom the Logic App lets in, what it reads, and what it hands on."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

INFRA = Path(__file__).resolve().parents[2] / "infra"
BICEP = shutil.which("bicep")
Resource = dict[str, Any]

pytestmark = pytest.mark.skipif(BICEP is None, reason="needs the Bicep compiler (bicep)")


@cache
def compiled(command: str, *more: str) -> subprocess.CompletedProcess[str]:
    assert BICEP is not None
    found = subprocess.run([BICEP, command, str(INFRA / "lifecycle.bicep"), *more], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return found


def resources(kind: str) -> list[Resource]:
    """Of all modules."""
    document = json.loads(compiled("build", "--stdout").stdout)
    modules = [module["properties"]["template"] for module in listed(document)]
    return [resource for module in modules for resource in listed(module) if resource["type"].endswith(kind)]


def listed(template: Resource) -> list[Resource]:
    found = template["resources"]
    return list(found.values()) if isinstance(found, dict) else found


@pytest.fixture(scope="module")
def logic_app() -> Resource:
    (found,) = resources("Logic/workflows")
    return found


def actions(logic_app: Resource) -> Resource:
    found: Resource = logic_app["properties"]["definition"]["actions"]
    return found


@pytest.mark.parametrize("command", [("build", "--stdout"), ("lint",)])
def test_the_compiler_complains_about_nothing(command: tuple[str, ...]) -> None:
    assert compiled(*command).stderr == ""


def test_only_lifecycle_workflows_of_this_tenant_are_let_in(logic_app: Resource) -> None:
    triggers = logic_app["properties"]["accessControl"]["triggers"]
    # A policy leaves the address with a signature open.
    assert triggers["sasAuthenticationPolicy"] == {"state": "Disabled"}
    (policy,) = triggers["openAuthenticationPolicies"]["policies"].values()
    claims = {claim["name"]: claim["value"] for claim in policy["claims"]}
    assert policy["type"] == "AADPOP"
    assert claims.keys() == {"iss", "aud", "appid", "m", "u", "p"}
    assert "tenant().tenantId" in claims["iss"]
    assert claims["m"] == "POST"
    assert "Microsoft.Logic/workflows" in claims["p"]


def test_the_envelope_goes_on_as_it_came_and_nobody_asks_again(logic_app: Resource) -> None:
    call = actions(logic_app)["hand_on"]
    assert call["operationOptions"] == "DisableAsyncPattern"
    assert call["inputs"]["body"] == "@triggerBody()"
    assert "/api/lifecycle" in call["inputs"]["uri"]
    assert call["inputs"]["authentication"]["type"] == "ManagedServiceIdentity"
    assert call["inputs"]["headers"]["x-functions-key"] == "@body('function_key')['value']"
    assert logic_app["identity"]["type"] == "SystemAssigned"


def test_neither_key_nor_envelope_stays_in_the_history_of_runs(logic_app: Resource) -> None:
    for action in actions(logic_app).values():
        assert action["runtimeConfiguration"]["secureData"]["properties"] == ["inputs", "outputs"]


def test_it_may_read_one_secret_and_nothing_else() -> None:
    (access,) = resources("roleAssignments")
    assert "Microsoft.KeyVault/vaults/secrets" in json.dumps(access.get("scope"))
    (roles,) = [
        module["properties"]["template"]["variables"]["roles"]
        for module in listed(json.loads(compiled("build", "--stdout").stdout))
        if "roles" in module["properties"]["template"].get("variables", {})
    ]
    assert roles == ["4633458b-17de-408a-b874-0445c86b69e6"]
