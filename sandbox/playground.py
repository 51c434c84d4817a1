"""The sandbox of `python dev.py serve`: what it prints, the file that it writes, and its log."""

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import BinaryIO

from sandbox.caller import (
    CALLERS,
    CHECKOUT,
    app_settings,
    caller_handshake,
    explicit_handshake,
    handshake,
    people,
    storage_settings,
)
from sandbox.command import write
from sandbox.console import open_console
from sandbox.host import HostError, HostProcess
from sandbox.host.sentences import sentences
from sandbox.http_file import requests_of
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant

REQUESTS = Path(".sandbox", "requests.http")  # git ignores this folder
_TEMPLATE = Path(__file__).with_name("requests.http")
# The app's default is 300. Here a secret that is changed by hand has its effect soon; requests.http says when.
_SECRET_TTL_S = 5
_USER = "bjorn.berg@contoso.com"

_SH = """\
url={url}
tenant={tenant}
key={key} handshake={handshake}
call() {{
  curl --noproxy '*' -sSw '\\n' -H "x-functions-key: $key" \\
    -H "Message: $handshake" "$@"
}}

# 1. A dry run: what would change for this user?
call "$url/reconcile?dryRun=true" -d '["{user}"]'
# 2. Change it.
call "$url/reconcile" -d '["{user}"]'
# 3. What is registered now?
call "$url/users/{user}/methods"
# 4. Break it: Graph serves one request per second. Repeat 1: it takes longer.
curl --noproxy '*' -d '{{"limit": 1}}' "$tenant/throttle"
# 5. Reset the tenant to its first state.
curl --noproxy '*' -X POST "$tenant/reset"
"""
_POWERSHELL = """\
$url = '{url}'
$tenant = '{tenant}'
$header = @{{ 'x-functions-key' = '{key}'
  Message = '{handshake}' }}
function call($path, $method = 'Get', $body) {{ ConvertTo-Json -Depth 9 (
  Invoke-RestMethod "$url/$path" -Method $method -Headers $header -Body $body) }}

# 1. A dry run: what would change for this user?
call 'reconcile?dryRun=true' Post '["{user}"]'
# 2. Change it.
call 'reconcile' Post '["{user}"]'
# 3. What is registered now?
call 'users/{user}/methods'
# 4. Break it: Graph serves one request per second. Repeat 1: it takes longer.
Invoke-RestMethod "$tenant/throttle" -Method Post -Body '{{"limit": 1}}'
# 5. Reset the tenant to its first state.
Invoke-RestMethod "$tenant/reset" -Method Post
"""
_GUIDES = {"sh": _SH, "powershell": _POWERSHELL}


def keep_running(port: int, shell: str) -> None:
    """Until Ctrl-C. Ends the process with a message when something fails."""
    open_console()
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        sys.exit(f"Port {port} cannot be used. Choose another one, or --port 0 for a free one.")
    try:
        with SandboxTenant(seed="contoso") as box, SandboxStorage() as storage:
            environment = {
                **box.environment(),
                **app_settings(box.tenant),
                **storage_settings(storage),
                "SECRET_TTL_SECONDS": str(_SECRET_TTL_S),
                "CALLERS": json.dumps(CALLERS),
            }
            with HostProcess(CHECKOUT, environment, port=port) as host, host.log_file.open("rb") as log:
                log.seek(0, os.SEEK_END)
                variables = _variables(box, host)
                write(REQUESTS, _requests(variables, box).encode())
                print(guide(variables, shell))
                follow_log(host, log)
    except HostError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        # The way to end it, so nothing to complain about.
        print("\nStopped.")


def guide(variables: dict[str, str], shell: str) -> str:
    return (
        "The function app runs against a simulated tenant. Ctrl-C stops both.\n"
        "In a second terminal, paste the first lines, then any of the calls:\n\n"
        f"{_GUIDES[shell].format(**variables, user=_USER)}\n"
        f"{REQUESTS} has all routes, all users, and more ways to break it.\n"
        "The log of the function app follows."
    )


def follow_log(host: HostProcess, log: BinaryIO) -> None:
    """Print what the host writes, until Ctrl-C. Raises HostError when it ends by itself."""
    rest = b""
    try:
        while host.running:
            rest = _print_lines(rest + log.read())
            time.sleep(0.3)
    finally:
        _print_lines((rest + log.read()).rstrip() + b"\n")
    raise HostError("The function app has ended; its log is above.")


def _print_lines(log: bytes) -> bytes:
    """Prints the lines that are whole, and gives the rest."""
    whole, end, rest = log.rpartition(b"\n")
    text = (whole + end).decode("utf-8", "replace").replace("\r\n", "\n")
    print(sentences(text), end="", flush=True)
    return rest


def _variables(box: SandboxTenant, host: HostProcess) -> dict[str, str]:
    return {
        "url": f"{host.url}/api",
        "key": host.key,
        "master": host.master_key,
        "handshake": handshake(box.tenant),
        "explicit": explicit_handshake(box.tenant),
        "helpdesk": caller_handshake(box.tenant, "helpdesk"),
        "auditor": caller_handshake(box.tenant, "auditor"),
        "pilot": caller_handshake(box.tenant, "pilot"),
        "signing": box.tenant.secrets.get("webhook-caller-hr-system", "").value,
        "tenant": f"{box.control_url}/_sandbox",
    }


def _requests(variables: dict[str, str], box: SandboxTenant) -> str:
    """An .http file: the variables that its requests use, and the users."""
    users = (
        f"#   {person.upn:<53} {person.registered or '-':<15} {person.directory or '-':<24} {person.name}"
        for person in people(box.tenant)
    )
    lines = (
        "# Requests to the sandbox that `python dev.py serve` runs now; they work as long as it runs.",
        "# VS Code (with the extension REST Client), Visual Studio and JetBrains IDEs can send them from here.",
        "#",
        "# User, mobile method, extensionAttribute15, name:",
        *users,
        "",
        *(f"@{name} = {value}" for name, value in variables.items()),
        "# When you have started a job, put its jobId here.",
        "@job = 00000000-0000-0000-0000-000000000000",
        "# When you have started a dry run as a job, put its jobId here.",
        "@planned = 00000000-0000-0000-0000-000000000000",
        "# When you have started a report, put its jobId here.",
        "@report = 00000000-0000-0000-0000-000000000000",
        "# For requests about one user; smsUser can sign in by SMS.",
        "@user = nora.extension@contoso.com",
        "@type = mobile",
        "@smsUser = sara.smssignin@contoso.com",
        "",
        _TEMPLATE.read_text(encoding="utf-8").replace("{operations}", requests_of()),
    )
    return "\n".join(lines)
