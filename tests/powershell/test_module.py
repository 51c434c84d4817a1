"""powershell/MfaWebhook under a real PowerShell: its Pester tests run against the sandbox."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.powershell.sandbox import serving
from tests.whole.conftest import CHECKOUT

SHELLS = ("pwsh", "powershell")
LONGEST_S = 600
_HAS_PESTER = "if (-not (Get-Module Pester -ListAvailable | Where-Object Version -ge 5.3)) { exit 1 }"


def run(shell: str, script: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, "-NoProfile", "-NonInteractive", "-Command", script],
        env={**os.environ, "HOME": str(home), **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=LONGEST_S,
    )


def can_test(shell: str) -> bool:
    return bool(shutil.which(shell)) and run(shell, _HAS_PESTER, Path.home()).returncode == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_the_module_does_what_its_pester_tests_say(shell: str, tmp_path: Path) -> None:
    if not can_test(shell):
        pytest.skip(f"no {shell} with Pester 5.3 or newer is on the PATH")
    settings, report = tmp_path / "settings.json", tmp_path / "report.xml"
    script = """
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $env:MFA_TESTS
    $configuration.Run.Exit = $true
    $configuration.Output.Verbosity = 'Normal'
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputPath = $env:MFA_REPORT
    Invoke-Pester -Configuration $configuration
    """
    with serving(tmp_path / "durable") as known:
        settings.write_text(json.dumps(known), encoding="utf-8")
        places = {"MFA_TESTS": CHECKOUT / "powershell" / "tests", "MFA_REPORT": report, "MFA_TEST_SETTINGS": settings}
        done = run(shell, script, tmp_path, **{name: str(place) for name, place in places.items()})
    assert done.returncode == 0, f"{done.stdout[-20_000:]}{done.stderr[-5_000:]}"
    assert report.read_text(encoding="utf-8").count("<test-case ") >= 60
