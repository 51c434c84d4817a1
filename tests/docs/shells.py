"""The shells that the pages are for, and what PowerShell's parser says about a text."""

import shutil
import subprocess

SH, PWSH = shutil.which("sh"), shutil.which("pwsh")
_PARSE = "\n".join(
    [
        "$errors = $null",
        "$texts = [Console]::In.ReadToEnd() -split [char]0",
        "foreach ($text in $texts) {",
        "$null = [Management.Automation.Language.Parser]::ParseInput($text, [ref]$null, [ref]$errors)",
        'foreach ($fault in $errors) { "$($fault.Message) in: $text" } }',
    ]
)


def faults_of_powershell(texts: list[str]) -> str:
    """Nothing, if PowerShell can read all of them."""
    done = subprocess.run(
        ["pwsh", "-NoProfile", "-NonInteractive", "-Command", _PARSE],  # noqa: S607
        input="\0".join(texts),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout
