"""Runs the functions of examples/mfa-webhook.ps1 in PowerShell, where there is one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.host import HostProcess
from tests.scenarios.files import EXPLICIT_HANDSHAKE
from tests.whole.conftest import CHECKOUT

PWSH = shutil.which("pwsh")
NEEDS_PWSH = pytest.mark.skipif(PWSH is None, reason="PowerShell 7 (pwsh) is not on the PATH")
_BEGIN = """
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
. $env:FUNCTIONS
$MfaWebhook = $env:WEBHOOK
$MfaHeaders = @{ Message = $env:HANDSHAKE; 'x-functions-key' = $env:FUNCTION_KEY }
"""


def run(host: HostProcess, script: str, home: Path, handshake: str = EXPLICIT_HANDSHAKE) -> str:
    """What the script writes, under strict mode. An error it does not catch fails the test."""
    assert PWSH is not None
    environment = {
        **os.environ,
        "HOME": str(home),
        "FUNCTIONS": str(CHECKOUT / "examples" / "mfa-webhook.ps1"),
        "WEBHOOK": f"{host.url}/api",
        "HANDSHAKE": handshake,
        "FUNCTION_KEY": host.key,
    }
    done = subprocess.run(
        [PWSH, "-NoProfile", "-NonInteractive", "-Command", f"{_BEGIN}{script}"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout
