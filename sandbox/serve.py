"""`python dev.py serve`: keeps the pretend tenant and the function app running, for calls by hand."""

import argparse
import json
import sys
import time

from sandbox.caller import (
    CHECKOUT,
    PROTECTED_GROUP,
    app_settings,
    explicit_handshake,
    handshake,
    people,
    storage_settings,
)
from sandbox.console import Console, Row, open_console
from sandbox.examples import PLAN, TABLE
from sandbox.host import HostError, HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant

PORT = 7071  # Microsoft Learn, "Azure Functions Core Tools reference": func start --port, default 7071
EXAMPLES = ("bjorn.berg@contoso.com", "carla.diaz@contoso.com")
HEADINGS = ("User", "Mobile method", "Directory says (extensionAttribute15), name")
WIDTHS = (53, 14)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python dev.py serve", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="port of the function app (default: %(default)s)")
    options = parser.parse_args()
    console = open_console()
    try:
        with SandboxTenant(seed="contoso") as box, SandboxStorage() as storage:
            environment = {**box.environment(), **app_settings(box.tenant), **storage_settings(storage)}
            with HostProcess(CHECKOUT, environment, port=options.port) as host:
                print(guide(console, box, host), flush=True)
                follow_log(host)
    except HostError as error:
        sys.exit(f"{error}\nIf the port is taken, choose another one with --port.")
    except KeyboardInterrupt:
        print("\nStopped.")


def follow_log(host: HostProcess) -> None:
    """Print what the host writes, until Ctrl-C. Raises HostError when it ends by itself."""
    seen = len(host.log())
    while True:
        running = host.running
        log = host.log()
        print(log[seen:], end="", flush=True)
        seen = len(log)
        if not running:
            raise HostError("The host has ended, see its log above.")
        time.sleep(0.3)


def guide(console: Console, box: SandboxTenant, host: HostProcess) -> str:
    rows = [
        Row((person.upn, person.registered or "-", f"{person.directory or '-'}  {person.name}"))
        for person in people(box.tenant)
    ]
    secret = handshake(box.tenant)
    app = (
        f"URL        {host.url}/api/reconcile\n"
        f"Key        {host.key}\n"
        f"Handshake  {secret}, and where the caller names the values {explicit_handshake(box.tenant)}\n"
        f"Settings   the members of the group {PROTECTED_GROUP!r} are protected; secrets come from {box.vault_url}"
    )
    parts = (
        ("The people of this sandbox", console.table(HEADINGS, WIDTHS, [rows])),
        ("The function app", app),
        (
            "PowerShell (5.1 and 7), as the runbook is called; without ?dryRun=true it writes",
            powershell_call(host, secret),
        ),
        ('curl (in Windows PowerShell write curl.exe, and \\" for each " inside the body)', curl_call(host, secret)),
        ("The other routes; these calls write, and a list takes ?dryRun=true", more_calls(box, host)),
        ("A job: for JOB_ID put the jobId that the first call answers", job_calls(box, host)),
        ("Break it", breaking_calls(box)),
        ("Stop it", "Ctrl-C. The log of the function app follows."),
    )
    return "\n\n".join(f"{console.paint(title, 'bold')}\n{text}" for title, text in parts) + "\n"


def powershell_call(host: HostProcess, secret: str) -> str:
    names = ", ".join(f"'{upn}'" for upn in EXAMPLES)
    return f"""\
$users = @({names} | ForEach-Object {{ @{{ UserPrincipalName = $_ }} }})
$body = ConvertTo-Json -InputObject $users
$header = @{{ Message = '{secret}'; 'x-functions-key' = '{host.key}' }}
$uri = '{host.url}/api/reconcile?dryRun=true'
(Invoke-WebRequest -Method Post -Uri $uri -Body $body -Headers $header -UseBasicParsing).Content"""


def curl_call(host: HostProcess, secret: str) -> str:
    body = json.dumps([{"UserPrincipalName": upn} for upn in EXAMPLES])
    return (
        f'curl -X POST "{host.url}/api/reconcile?dryRun=true" -H "Message: {secret}" '
        f'-H "x-functions-key: {host.key}" --data-raw {quoted(body)}'
    )


def more_calls(box: SandboxTenant, host: HostProcess) -> str:
    """One call of each other route, in an order in which each of them can be done."""
    one, other = EXAMPLES
    phones = f"users/{other}/phone-methods"
    explicit = explicit_handshake(box.tenant)
    values = [{"userPrincipalName": one, "office": "+46 701740645", "email": "bjorn@example.com"}]
    new, changed = {"phoneType": "mobile", "phoneNumber": "+1 2065550125"}, {"phoneNumber": "+1 2065550126"}
    calls = (
        ("the report as a table", "POST", "reconcile", handshake(box.tenant), json.dumps([one]), "Accept: text/csv"),
        ("values for users", "POST", "set", explicit, json.dumps(values), None),
        ("the same as the table of a bulk script", "POST", "set", explicit, TABLE, "Content-Type: text/csv"),
        ("a provisioning plan", "POST", "provision", explicit, PLAN, "Content-Type: application/xml"),
        ("all methods of a user", "GET", f"users/{one}/methods", handshake(box.tenant), None, None),
        ("add a number", "POST", phones, explicit, json.dumps(new), None),
        ("change it", "PATCH", f"{phones}/mobile", explicit, json.dumps(changed), None),
        ("the phones of a user, in full", "GET", f"{phones}?show=full", explicit, None, None),
        ("switch SMS sign-in off", "POST", f"{phones}/mobile/disable-sms-sign-in", explicit, None, None),
        ("remove it", "DELETE", f"{phones}/mobile", explicit, None, None),
    )
    lines = []
    for what, method, path, secret, body, header in calls:
        options = f' -H "{header}"' if header else ""
        data = f" --data-binary {quoted(body)}" if body else ""
        lines.append(
            f'# {what}\ncurl -X {method} "{host.url}/api/{path}" -H "Message: {secret}" '
            f'-H "x-functions-key: {host.key}"{options}{data}'
        )
    return "\n".join(lines)


def job_calls(box: SandboxTenant, host: HostProcess) -> str:
    """A short list as a job, and the calls that watch it."""
    names = json.dumps(EXAMPLES)
    calls = (
        ("begin it; a list of more than 200 users becomes a job by itself", "POST", "reconcile?async=true", names),
        ("how is it getting on?", "GET", "jobs/JOB_ID", None),
        ("what came of everybody? (?status=failed, Accept: text/csv)", "GET", "jobs/JOB_ID/result", None),
        ("stop it: nobody further is begun", "DELETE", "jobs/JOB_ID", None),
    )
    lines = []
    for what, method, path, body in calls:
        data = f" --data-raw {quoted(body)}" if body else ""
        lines.append(
            f'# {what}\ncurl -X {method} "{host.url}/api/{path}" -H "Message: {handshake(box.tenant)}" '
            f'-H "x-functions-key: {host.key}"{data}'
        )
    return "\n".join(lines)


def breaking_calls(box: SandboxTenant) -> str:
    control = f"{box.control_url}/_sandbox"
    calls = (
        (
            "half of the phone methods to add are answered 503",
            "POST",
            "faults",
            {"what": "status", "status": 503, "method": "POST", "path": "phoneMethods", "percent": 50},
        ),
        (
            "the next Graph request gets no answer for a minute",
            "POST",
            "faults",
            {"what": "hang", "host": "graph", "seconds": 60, "times": 1},
        ),
        (
            "the next update is done but its answer is lost",
            "POST",
            "faults",
            {"what": "lost", "host": "graph", "method": "PATCH", "times": 1},
        ),
        ("no more faults", "DELETE", "faults", None),
        ("Graph lets five requests a second through", "POST", "throttle", {"limit": 5, "retry_after": 1}),
        ("no more throttling", "DELETE", "throttle", None),
        ("every request takes a quarter of a second", "POST", "latency", {"latency_ms": 250}),
        ("rotate the handshake", "POST", "secrets", {"name": "webhook-handshake", "value": "sandbox-new-handshake"}),
        (
            "Graph refuses the service account from now on",
            "POST",
            "secrets",
            {"name": "service-account-password", "value": "sandbox-wrong-password"},
        ),
        ("what Graph was asked to write", "GET", "writes", None),
        ("everything as it was", "POST", "reset", None),
    )
    width = max(len(method) for _, method, _, _ in calls)
    lines = []
    for what, method, path, body in calls:
        data = f" --data-raw {quoted(json.dumps(body))}" if body else ""
        lines.append(f"# {what}\ncurl -X {method:<{width}} {control}/{path}{data}")
    return "\n".join(lines)


def quoted(text: str) -> str:
    """As one argument for a POSIX shell and for PowerShell 7; the text must hold no apostrophe."""
    return f"'{text}'"


if __name__ == "__main__":
    main()
