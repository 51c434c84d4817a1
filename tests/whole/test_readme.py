"""The first call of the README, as it is pasted, gets the answer that is printed below it."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.docs.pages import page
from tests.support import HANDSHAKE
from tests.whole.calls import call
from tests.whole.conftest import CHECKOUT

PWSH = shutil.which("pwsh")
APP = "https://<app>.azurewebsites.net"
FIRST_CALL = page("README.md").text.partition("## A first call\n")[2].partition("\n## ")[0]


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", FIRST_CALL, re.DOTALL)
    assert found is not None
    return found[1]


def printed() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(block("json"))
    return answer


def same(shown: Any, real: Any) -> bool:
    """Whether a printed value is the real one; an ellipsis stands for the rest of an id."""
    if isinstance(shown, dict):
        return shown.keys() == real.keys() and all(same(shown[name], real[name]) for name in shown)
    if isinstance(shown, list):
        return len(shown) == len(real) and all(map(same, shown, real))
    return bool(shown == real or (isinstance(shown, str) and shown.endswith("…")))


def test_curl_gets_the_printed_answer(box: SandboxTenant, host: HostProcess) -> None:
    command, *arguments = shlex.split(block("sh").replace("\\\n", " "))
    assert command == "curl"
    assert arguments[:2] == ["-X", "POST"]
    url = urlsplit(next(argument for argument in arguments if argument.startswith(APP)))
    headers = [argument for argument in arguments if ": $" in argument]
    assert headers == ["Message: $HANDSHAKE", "x-functions-key: $KEY"]
    body = arguments[arguments.index("-d") + 1].encode()
    answer = call(host, body, url.query, path=url.path)
    assert same(printed(), answer.body), answer.text
    assert box.tenant.writes() == []


@pytest.mark.skipif(PWSH is None, reason="PowerShell 7 (pwsh) is not on the PATH")
def test_powershell_gets_the_printed_results(box: SandboxTenant, host: HostProcess, tmp_path: Path) -> None:
    """All lines but the last one, which asks. What Connect-MfaWebhook asks for is given."""
    *lines, question = block("powershell").replace(APP, host.url).strip().splitlines()
    assert "Sync-MfaPhone" in question
    begin = """Set-StrictMode -Version 3
    function secret($text) { [Net.NetworkCredential]::new('', $text).SecurePassword }
    $handshake = secret $env:HANDSHAKE; $key = secret $env:FUNCTION_KEY"""
    load, connect, plan = lines
    connect = f"{connect.partition('#')[0]} -FunctionKey $key -Handshake $handshake"
    script = f"{begin}\n{load}\n$null = {connect}\n$plan = {plan}\n$plan | ConvertTo-Json -Depth 9"
    done = subprocess.run(
        [str(PWSH), "-NoProfile", "-NonInteractive", "-Command", script],
        cwd=CHECKOUT,
        env={**os.environ, "HOME": str(tmp_path), "HANDSHAKE": HANDSHAKE, "FUNCTION_KEY": host.key},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    answer, shown = json.loads(done.stdout), printed()
    assert same(shown["planId"], answer["PlanId"])
    assert [same(result, {name: answer[name] for name in result}) for result in shown["results"]] == [True]
    assert box.tenant.writes() == []
