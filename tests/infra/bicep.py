"""Microsoft's Bicep compiler, and what it says of the templates: their faults, and the resources of a deployment.

`bicep snapshot` evaluates a deployment without Azure. What only Azure knows, such as the client id of an identity that
is not made yet, stays an expression in brackets.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
BICEP = shutil.which("bicep")
needs_bicep = pytest.mark.skipif(BICEP is None, reason="needs the Bicep compiler (bicep) on the PATH")

SUBSCRIPTION = "a0a00000-0000-4000-8000-0000000000a0"
TENANT = "a0a00000-0000-4000-8000-0000000000a1"
REGION = "swedencentral"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """The resources that a deployment would make, each with its type, name and properties."""

    resources: list[Properties]

    def of(self, kind: str) -> list[Properties]:
        return [resource for resource in self.resources if resource["type"] == f"Microsoft.{kind}"]

    def one(self, kind: str, name: str = "") -> Properties:
        """The only one of its type whose name ends so."""
        (found,) = [resource for resource in self.of(kind) if resource["name"].endswith(name)]
        return found

    def properties(self, kind: str, name: str = "") -> Properties:
        found: Properties = self.one(kind, name).get("properties", {})
        return found

    @property
    def settings(self) -> dict[str, str]:
        return self.properties("Web/sites/config", "/appsettings")


def compiled(infra: Path, *command: str) -> tuple[str, str]:
    """Output and complaints. The exit code is 0 for warnings too, and a misspelt property is one."""
    assert BICEP is not None
    with tempfile.TemporaryDirectory() as home:  # it wants to write there
        done = subprocess.run(
            [BICEP, *command],
            cwd=infra,
            env={**os.environ, "HOME": home, "BICEP_TRACING_ENABLED": "false"},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    return done.stdout, done.stderr


def azd_defaults(infra: Path) -> dict[str, str]:
    """The text that azd passes for each parameter when the environment says nothing."""
    document = json.loads((infra / "main.parameters.json").read_text(encoding="utf-8"))
    given = {"AZURE_ENV_NAME": "test", "AZURE_LOCATION": REGION}
    found = {}
    for name, parameter in document["parameters"].items():
        value = re.fullmatch(r"\$\{(?P<variable>[A-Z_]+)(=(?P<default>.*))?\}", parameter["value"])
        assert value is not None, f"{name}: {parameter['value']}"
        found[name] = given.get(value["variable"], value["default"] or "")
    return found


def deployment(infra: Path, parameters: Properties, given: Mapping[str, object]) -> Deployment:
    """What azd would deploy with these parameters in place of its defaults. `parameters` are those of the template: azd
    turns its texts into their types."""
    values: dict[str, object] = {}
    for name, text in azd_defaults(infra).items():
        kind = parameters.get(name, {}).get("type", "string")
        values[name] = text if kind == "string" else json.loads(text)
    lines = [f"param {name} = {literal(value)}\n" for name, value in {**values, **given}.items()]
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(infra, Path(folder) / "infra")
        path = copy / "test.bicepparam"
        path.write_text(f"using 'main.bicep'\n{''.join(lines)}", encoding="utf-8")
        place = ("--subscription-id", SUBSCRIPTION, "--tenant-id", TENANT, "--location", REGION)
        _, complaints = compiled(copy, "snapshot", path.name, *place)
        snapshot = path.with_suffix(".snapshot.json")
        assert snapshot.exists(), complaints
        found = json.loads(snapshot.read_text(encoding="utf-8"))
    assert found["diagnostics"] == []
    return Deployment(found["predictedResources"])


def literal(value: object) -> str:
    """A value as Bicep writes it."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${") + "'"
    if isinstance(value, list):
        return "[\n" + "".join(f"{literal(item)}\n" for item in value) + "]"
    assert isinstance(value, dict)
    return "{\n" + "".join(f"{name}: {literal(item)}\n" for name, item in value.items()) + "}"
