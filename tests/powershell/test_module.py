"""powershell/MfaWebhook under a real PowerShell: its Pester tests run against the sandbox."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.powershell.sandbox import serving
from tests.whole.conftest import CHECKOUT

pytestmark = pytest.mark.waits

TESTS = CHECKOUT / "powershell" / "tests"
LONGEST_S = 600
FEWEST = 60
NO_PESTER = "no Pester 5.3 or newer"
_RUN = f"""
$found = Get-Module Pester -ListAvailable | Where-Object Version -ge 5.3 | Select-Object -First 1
if ($null -eq $found) {{ '{NO_PESTER}'; exit }}
Import-Module $found.Path
$configuration = New-PesterConfiguration
$configuration.Run.Path = $env:MFA_TESTS
$configuration.Run.Exit = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
Invoke-Pester -Configuration $configuration
"""


def run(shell: str, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, "-NoProfile", "-NonInteractive", "-Command", script],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=LONGEST_S,
    )


@pytest.mark.parametrize("shell", ["pwsh", "powershell"])
def test_the_module_does_what_its_pester_tests_say(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"no {shell} is on the PATH")
    settings, home = tmp_path / "settings.json", tmp_path / "home"
    home.mkdir()
    # A Pester that was installed for this user is found there, though the home is another one.
    data = os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")
    with serving(tmp_path / "durable") as known:
        settings.write_text(json.dumps(known), encoding="utf-8")
        places = {"MFA_TESTS": TESTS, "MFA_TEST_SETTINGS": settings, "HOME": home, "XDG_DATA_HOME": data}
        done = run(shell, _RUN, **{name: str(place) for name, place in places.items()})
    if done.stdout.strip() == NO_PESTER:
        pytest.skip(f"{shell} has {NO_PESTER}")
    assert done.returncode == 0, f"{done.stdout[-20_000:]}{done.stderr[-5_000:]}"
    passed = re.search(r"Tests Passed: (\d+), Failed: 0\b", done.stdout)
    assert passed, done.stdout[-5_000:]
    assert int(passed[1]) >= FEWEST
