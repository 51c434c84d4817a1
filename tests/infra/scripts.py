"""Runs the operator's scripts, in both shells, against the stand-in for `az` and `azd`."""

import copy
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.infra.azure_services import PYTHON, services
from tests.infra.bicep import INFRA, SUBSCRIPTION
from tests.infra.stand_in import Refused, StandIn, provisioned

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
OUTPUTS = {
    "KEY_VAULT_NAME": "kv-contoso",
    "AZURE_RESOURCE_GROUP": "rg-contoso-mfa",
    "FUNCTION_APP_NAME": "func-contoso",
    "WEBHOOK_URL": "https://func-contoso.azurewebsites.net/api/reconcile",
    "IDENTITY_PRINCIPAL_ID": PRINCIPAL,
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "GRAPH_AUTH": "managed_identity",
}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


# `az` and `azd`: the test itself answers, with commands for the shell. A Python of their own would start for each call.
_TOOL = """#!/bin/sh
printf '%s\\0' "${0##*/}" "$@" >"$STAND_IN/asked"
eval "$(cat "$STAND_IN/answered")"
"""


class Operator:
    """Types the commands, in one of the shells, in a tenant of the stand-in."""

    def __init__(self, shell: str, folder: Path, settings: dict[str, str]) -> None:
        self._shell, self._folder, self._stand_in = shell, folder, StandIn()
        self._bin = folder / "bin"
        self._bin.mkdir()
        (folder / "tmp").mkdir()
        for name in ("asked", "answered"):
            os.mkfifo(folder / name)
        for name in ("az", "azd"):
            (self._bin / name).write_text(_TOOL, encoding="utf-8")
            (self._bin / name).chmod(0o755)
        self._environment = {
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "STAND_IN": str(folder),
        }
        self.change(
            **{"vault": {}, "settings": OUTPUTS | settings, "fails": [], "provisions": 0},
            **{"principal": PRINCIPAL, "assigned": [], "consents": [], "keys": {}, "subscription": SUBSCRIPTION},
            app=provisioned(OUTPUTS | settings),
        )

    @property
    def state(self) -> dict[str, Any]:
        return copy.deepcopy(self._stand_in.state)

    def change(self, **changes: Any) -> None:
        self._stand_in.state |= copy.deepcopy(changes)

    @contextmanager
    def with_real_az(self) -> Iterator[None]:
        """Signed in to services that play the same tenant."""
        (self._bin / "az").write_text(f'#!/bin/sh\nexec "{PYTHON}" -m azure.cli "$@"\n', encoding="utf-8")
        with services(self._stand_in.state, self._folder) as environment:
            self._environment |= environment
            login = [self._bin / "az", "login", "--identity", "--output", "none"]
            subprocess.run(login, env=self._environment, check=True, timeout=120)
            yield

    @property
    def calls(self) -> list[dict[str, Any]]:
        return list(self._stand_in.calls)

    @property
    def leftovers(self) -> list[str]:
        """Temporary files that a script did not remove."""
        kept = ("CoreFxPipe", "clr-debug-pipe", "dotnet-diagnostic")  # of PowerShell itself
        return [path.name for path in (self._folder / "tmp").iterdir() if not path.name.startswith(kept)]

    def run(self, script: str, *options: str, typed: str = "", out: int = subprocess.PIPE) -> Done:
        """Options are written as for sh; PowerShell gets `-WhatIf` for `--what-if`. `out` takes what it prints."""
        if self._shell == "sh":
            command = ["sh", str(INFRA / f"{script}.sh"), *options]
        else:
            translated = [
                "-" + "".join(part.title() for part in option[2:].split("-")) if option.startswith("--") else option
                for option in options
            ]
            command = ["pwsh", "-NoProfile", "-NonInteractive", "-File", str(INFRA / f"{script}.ps1"), *translated]
        with self._answering():
            done = subprocess.run(
                command,
                input=typed,
                stdout=out,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                env=self._environment,
                timeout=120,
                check=False,
            )
        return Done(done.returncode, done.stdout or "", done.stderr)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        # A script that never ends leaves a thread that waits for it.
        thread = threading.Thread(target=self._answer, daemon=True)
        thread.start()
        yield
        (self._folder / "asked").write_bytes(b"")
        thread.join()

    def _answer(self) -> None:
        """One call after the other, until nothing is asked."""
        while asked := (self._folder / "asked").read_bytes():
            tool, *arguments = asked.decode().split("\0")[:-1]
            try:
                printed = self._stand_in.answer(tool, arguments)
                does = "" if printed is None else f"printf '%s\\n' {shlex.quote(printed)}"
            except Exception as fault:  # noqa: BLE001 (the script must hear that the tool has failed, however it did)
                said = str(fault) if isinstance(fault, Refused) else repr(fault)
                does = f"printf '%s\\n' {shlex.quote(said)} >&2; exit 1"
            (self._folder / "answered").write_text(does, encoding="utf-8")

    def values(self) -> list[str]:
        """What nobody may see: the vault's secrets and the function keys."""
        return [secret["value"] for secret in self.state["vault"].values()] + list(self.state["keys"].values())

    def command_lines(self) -> str:
        return "\n".join(" ".join(call["argv"]) for call in self.calls)
