"""Runs the operator's scripts, in both shells, against the stand-in for `az` and `azd`."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.infra import stand_in
from tests.infra.bicep import INFRA

SH, PWSH = shutil.which("sh"), shutil.which("pwsh")
SHELLS = [
    pytest.param("sh", marks=pytest.mark.skipif(SH is None or os.name == "nt", reason="needs a POSIX shell (sh)")),
    pytest.param("ps1", marks=pytest.mark.skipif(PWSH is None or os.name == "nt", reason="needs PowerShell (pwsh)")),
]
# Tables of refusals: in PowerShell only with --long, where its start costs more than the rest.
THOROUGH = [SHELLS[0], pytest.param("ps1", marks=[*SHELLS[1].marks, pytest.mark.long])]


def first_in_both(cases: list[Any]) -> list[Any]:
    """The first case in both shells, the others in PowerShell only with --long."""
    first, *others = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [
        pytest.param(*shell.values, *case, marks=shell.marks)
        for shells, of in ((SHELLS, [first]), (THOROUGH, others))
        for shell in shells
        for case in of
    ]


PRINCIPAL = "dddddddd-0000-4000-8000-000000000001"
CLIENT = "eeeeeeee-0000-4000-8000-000000000001"
OUTPUTS = {
    "KEY_VAULT_NAME": "kv-contoso",
    "AZURE_RESOURCE_GROUP": "rg-contoso-mfa",
    "FUNCTION_APP_NAME": "func-contoso",
    "WEBHOOK_URL": "https://func-contoso.azurewebsites.net/api/reconcile",
    "IDENTITY_PRINCIPAL_ID": PRINCIPAL,
    "GRAPH_AUTH": "managed_identity",
}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Operator:
    """Types the commands, in one of the shells, in a tenant of the stand-in."""

    def __init__(self, shell: str, folder: Path, settings: dict[str, str]) -> None:
        self._shell, self._folder = shell, folder
        self._bin = folder / "bin"
        self._bin.mkdir()
        (folder / "tmp").mkdir()
        program = f"#!{sys.executable} -IS\n{Path(stand_in.__file__).read_text(encoding='utf-8')}"
        for name in ("az", "azd"):
            (self._bin / name).write_text(program, encoding="utf-8")
            (self._bin / name).chmod(0o755)
        self.change(
            **{"vault": {}, "settings": OUTPUTS | settings, "fails": [], "provisions": 0},
            **{"principal": PRINCIPAL, "assigned": [], "scopes": "", "keys": {}},
        )

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._folder / "state.json").read_text(encoding="utf-8"))
        return found

    def change(self, **changes: Any) -> None:
        old = self.state if (self._folder / "state.json").exists() else {}
        (self._folder / "state.json").write_text(json.dumps(old | changes), encoding="utf-8")

    @property
    def calls(self) -> list[dict[str, Any]]:
        file = self._folder / "calls.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    @property
    def leftovers(self) -> list[str]:
        """Temporary files that a script did not remove."""
        kept = ("CoreFxPipe", "clr-debug-pipe", "dotnet-diagnostic")  # of PowerShell itself
        return [path.name for path in (self._folder / "tmp").iterdir() if not path.name.startswith(kept)]

    def run(self, script: str, *options: str, typed: str = "") -> Done:
        """Options are written as for sh; PowerShell gets `-WhatIf` for `--what-if`."""
        if self._shell == "sh":
            command = ["sh", str(INFRA / f"{script}.sh"), *options]
        else:
            translated = [
                "-" + "".join(part.title() for part in option[2:].split("-")) if option.startswith("--") else option
                for option in options
            ]
            command = ["pwsh", "-NoProfile", "-NonInteractive", "-File", str(INFRA / f"{script}.ps1"), *translated]
        environment = {
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder / "tmp"),
            "STAND_IN": str(self._folder),
        }
        done = subprocess.run(
            command, input=typed, capture_output=True, encoding="utf-8", env=environment, timeout=120, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def values(self) -> list[str]:
        """What nobody may see: the vault's secrets and the function keys."""
        return [secret["value"] for secret in self.state["vault"].values()] + list(self.state["keys"].values())

    def command_lines(self) -> str:
        return "\n".join(" ".join(call["argv"]) for call in self.calls)
