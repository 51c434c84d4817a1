"""examples/sign.py and examples/sign.ps1: what they sign and send is what the webhook takes for signed."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.api.signature import ID, is_signed, is_timely, signed_text, signing_key
from tests.unit.wire import Line, serving

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PWSH = shutil.which("pwsh")
NEEDS_PWSH = pytest.mark.skipif(PWSH is None, reason="PowerShell 7 (pwsh) is not on the PATH")
WEBHOOK_ID, TIMESTAMP, CONTENT = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
# Of the specification; the other kinds of secrets are compared with what `signature.py` finds.
VECTOR = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
UNPADDED = "whsec_" + base64.b64encode(bytes(range(25))).decode().rstrip("=")
SECRETS = [VECTOR[0], "whsec_" + base64.b64encode(bytes(range(26))).decode(), UNPADDED, "a-plain-secret-not-real å"]
NAME = "åsa.öberg@contoso.com"
USERS = {"users": [NAME], "dryRun": True}


def run(command: list[str], home: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, "HOME": str(home), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def powershell(script: str, home: Path, **environment: str) -> str:
    assert PWSH is not None
    begin = "Set-StrictMode -Version 3; $ErrorActionPreference = 'Stop'; . $env:EXAMPLE"
    command = [PWSH, "-NoProfile", "-NonInteractive", "-Command", f"{begin}; {script}"]
    return run(command, home, EXAMPLE=str(EXAMPLES / "sign.ps1"), **environment)


def signed_in_python(home: Path) -> list[str]:
    script = f"sign.sign(secret, {WEBHOOK_ID!r}, {TIMESTAMP!r}, {CONTENT!r})"
    each = f"import sign, sys; print(*({script} for secret in sys.argv[1:]), sep='\\n')"
    return run([sys.executable, "-c", each, *SECRETS], home, PYTHONPATH=str(EXAMPLES)).splitlines()


def signed_in_powershell(home: Path) -> list[str]:
    content = f"[Convert]::FromBase64String('{base64.b64encode(CONTENT).decode()}')"
    each = f"foreach ($secret in $secrets) {{ Get-MfaSignature $secret '{WEBHOOK_ID}' '{TIMESTAMP}' ({content}) }}"
    said = powershell(f"$secrets = $env:SECRETS | ConvertFrom-Json; {each}", home, SECRETS=json.dumps(SECRETS))
    return said.splitlines()


@pytest.mark.parametrize(
    "sign", [signed_in_python, pytest.param(signed_in_powershell, marks=NEEDS_PWSH)], ids=["python", "powershell"]
)
def test_what_is_signed_holds_and_the_vector_of_the_specification_is_met(
    sign: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    signatures = sign(tmp_path)
    assert signatures[0] == VECTOR[1]
    for secret, signature in zip(SECRETS, signatures, strict=True):
        key = signing_key(secret)
        assert key is not None
        assert is_signed(signature, [key], signed_text(WEBHOOK_ID, TIMESTAMP, CONTENT)), secret


class Webhook:
    """Notes one request and answers it."""

    def __init__(self) -> None:
        self.head, self.body, self.calls = "", b"", 0
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

    def __call__(self, line: Line) -> None:
        head, self.body = line.request_with_body()
        self.head, self.calls = head.decode(), self.calls + 1
        line.send(self.answer)

    def redirect(self, url: str, status: int) -> None:
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {url}/elsewhere\r\nContent-Length: 2\r\n\r\n{{}}"
        self.answer = head.encode()

    def header(self, name: str) -> str:
        found = re.search(rf"(?i)\r\n{name}: ([^\r]*)", self.head)
        assert found, self.head
        return found[1]

    def assert_is_signed_by(self, secret: str) -> None:
        key = signing_key(secret)
        assert key is not None
        webhook_id, timestamp = self.header("webhook-id"), self.header("webhook-timestamp")
        assert ID.fullmatch(webhook_id)
        assert is_timely(timestamp, time.time())
        assert is_signed(self.header("webhook-signature"), [key], signed_text(webhook_id, timestamp, self.body))
        assert (self.header("webhook-caller"), self.header("x-functions-key")) == ("helpdesk", "key-not-real")
        assert self.header("content-type") == "application/json"
        assert json.loads(self.body) == {"operation": "reconcile", **USERS}


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def url(webhook: Webhook) -> Iterator[str]:
    with serving(webhook) as address:
        yield f"http://{address}/api"


def send_in_python(url: str, home: Path) -> subprocess.CompletedProcess[str]:
    body = home / "list.json"
    body.write_text(json.dumps(USERS), encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(EXAMPLES / "sign.py"), f"{url}/reconcile", "helpdesk", str(body)],
        env={**os.environ, "SIGNING_SECRET": SECRETS[0], "FUNCTION_KEY": "key-not-real"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_the_script_in_python_sends_what_it_signed(webhook: Webhook, url: str, tmp_path: Path) -> None:
    done = send_in_python(url, tmp_path)
    assert (done.returncode, done.stdout) == (0, "{}\n"), done.stderr
    assert webhook.head.startswith("POST /api/reconcile ")
    webhook.assert_is_signed_by(SECRETS[0])


def test_and_shows_a_refusal(webhook: Webhook, url: str, tmp_path: Path) -> None:
    webhook.answer = webhook.answer.replace(b"200 OK", b"401 Unauthorized")
    done = send_in_python(url, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "{}\n", "HTTP 401\n")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_and_follows_no_redirect(webhook: Webhook, url: str, tmp_path: Path, status: int) -> None:
    webhook.redirect(url, status)
    done = send_in_python(url, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "{}\n", f"HTTP {status}\n")
    assert webhook.calls == 1


SEND = (
    "$MfaWebhook, $MfaCaller, $MfaKey, $MfaSecret = $env:WEBHOOK, 'helpdesk', 'key-not-real', $env:SECRET;"
    f"$answer = Send-MfaSigned reconcile @{{ users = @('{NAME}'); dryRun = $true }};"
    '"$($answer.status) $($answer.body)"'
)


@NEEDS_PWSH
@pytest.mark.parametrize("status", [302, 307])
def test_the_functions_in_powershell_follow_no_redirect(
    webhook: Webhook, url: str, tmp_path: Path, status: int
) -> None:
    webhook.redirect(url, status)
    assert powershell(SEND, tmp_path, WEBHOOK=url, SECRET=SECRETS[-1]) == f"{status} {{}}\n"
    assert webhook.calls == 1


@NEEDS_PWSH
@pytest.mark.parametrize("status", [200, 401])
def test_the_functions_in_powershell_send_what_they_signed(
    webhook: Webhook, url: str, tmp_path: Path, status: int
) -> None:
    webhook.answer = webhook.answer.replace(b"200", str(status).encode())
    said = powershell(SEND, tmp_path, WEBHOOK=url, SECRET=SECRETS[-1])
    assert said == f"{status} {{}}\n"
    assert webhook.head.startswith("POST /api/reconcile ")
    webhook.assert_is_signed_by(SECRETS[-1])


def test_powershell_knows_no_word_that_5_1_lacks() -> None:
    script = EXAMPLES.joinpath("sign.ps1").read_text(encoding="ascii")
    newer = r"\?\?|\?\.|&&|\|\||SkipHttpErrorCheck|AsArray|AsHashtable| \? .+ : |::new\("
    assert not re.search(newer, script)
    assert "Add-Type -AssemblyName System.Net.Http" in script
