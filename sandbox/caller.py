"""The caller's side of the webhook: the people of the sandbox, the runbook's own request for them, and others."""

import http.client
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.examples import PLAN, TABLE
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import Tenant

CHECKOUT = Path(__file__).resolve().parents[1]
PROTECTED_GROUP = "MFA sync: never touch"
# Beside the two handshakes: three that send their secrets, and one that signs with it.
CALLERS = (
    {"name": "helpdesk", "rights": ["reconcile", "read"]},
    {"name": "auditor", "rights": ["operate"]},
    {"name": "pilot", "rights": ["reconcile", "read", "operate", "approve"]},
    {"name": "hr-system", "rights": ["reconcile"], "signed": True},
)
# How a job can have ended, as its status says it.
FINISHED = ("succeeded", "partial", "failed", "cancelled")
_TIMEOUT_SECONDS = 230  # Microsoft Learn, "Azure Functions HTTP trigger": no HTTP answer takes longer in Azure


@dataclass(frozen=True)
class Person:
    """`registered` is the mobile phone method, `directory` the attribute as the directory holds it."""

    upn: str
    name: str
    registered: str
    directory: str


@dataclass(frozen=True)
class Change:
    """One method of a user in an answer: `action` is add, update, remove, enable, disable or keep."""

    method: str
    action: str
    value: str
    status: str
    code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """One user of an answer."""

    upn: str
    status: str
    code: str
    message: str
    changes: list[Change]


@dataclass(frozen=True)
class Request:
    """What is sent to which route, `/api/{path}`, with which handshake."""

    path: str
    body: bytes
    content_type: str
    handshake: str
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Answer:
    """`body` is the whole answer, as JSON."""

    counts: dict[str, int]
    outcomes: list[Outcome]
    body: dict[str, Any]


class CallError(Exception):
    """The webhook did not answer as expected; the text says what it answered."""


def people(tenant: Tenant) -> list[Person]:
    found = []
    for upn, user in tenant.snapshot().items():
        extension = user["onPremisesExtensionAttributes"] or {}
        found.append(
            Person(
                upn,
                user["attributes"].get("displayName", ""),
                user["phoneMethods"].get("mobile", {}).get("phoneNumber", ""),
                extension.get("extensionAttribute15") or "",
            )
        )
    return found


def app_settings(tenant: Tenant) -> dict[str, str]:
    """What the sandbox sets on top of the tenant's own environment, so that each case is seen."""
    group = next(group for group in tenant.groups.values() if group.display_name == PROTECTED_GROUP)
    return {"PROTECTED_GROUP_ID": group.id, "ALLOW_EXPLICIT_VALUES": "true"}


def storage_settings(storage: SandboxStorage) -> dict[str, str]:
    """What an app with jobs has on top, as infra/modules/function-app.bicep sets it in Azure."""
    return {"AzureWebJobsStorage": storage.connection_string, "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "1"}


def handshake(tenant: Tenant) -> str:
    return tenant.secrets.get("webhook-handshake", "").value


def explicit_handshake(tenant: Tenant) -> str:
    return tenant.secrets.get("webhook-handshake-explicit", "").value


def caller_handshake(tenant: Tenant, name: str) -> str:
    """Of a named caller."""
    return f"{name}.{tenant.secrets.get(f'webhook-caller-{name}', '').value}"


def runbook_request(tenant: Tenant, upns: Sequence[str]) -> Request:
    body = runbook_body(upns)
    return Request("reconcile", body, "application/x-www-form-urlencoded", handshake(tenant), "latin-1")


def table_request(tenant: Tenant) -> Request:
    return Request("set", TABLE.encode(), "text/csv; charset=utf-8", explicit_handshake(tenant))


def plan_request(tenant: Tenant) -> Request:
    return Request("provision", PLAN.encode(), "application/xml", explicit_handshake(tenant))


def runbook_body(upns: Sequence[str]) -> bytes:
    """The list of users, byte for byte as Windows PowerShell 5.1 sends it.

    ConvertTo-Json indents by four, puts two blanks after a colon, breaks lines with CRLF and escapes an apostrophe;
    Invoke-WebRequest encodes a text body as ISO-8859-1 (Guess: its page says ASCII; letters such as å do arrive).
    """
    entries = []
    for upn in upns:
        value = json.dumps(upn, ensure_ascii=False).replace("'", "\\u0027")
        entries.append(f'    {{\r\n        "UserPrincipalName":  {value}\r\n    }}')
    return ("[\r\n" + ",\r\n".join(entries) + "\r\n]").encode("latin-1")


def call_webhook(host: HostProcess, request: Request, *, dry_run: bool) -> Answer:
    """Raises CallError."""
    headers = {"Message": request.handshake, "Content-Type": request.content_type}
    link = f"/api/{request.path}{'?dryRun=true' if dry_run else ''}"
    return _answer(json.loads(send(host, "POST", link, headers, request.body)))


def send(
    host: HostProcess, method: str, link: str, headers: Mapping[str, str], body: bytes = b"", expected: int = 200
) -> bytes:
    """The body of the answer. `link`: a path, or an address of this host. Raises CallError."""
    connection = http.client.HTTPConnection(urlsplit(host.url).netloc, timeout=_TIMEOUT_SECONDS)
    target = urlsplit(link)._replace(scheme="", netloc="").geturl()
    try:
        connection.request(method, target, body, {"x-functions-key": host.key, **headers})
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise CallError(f"{method} {target} got no answer: {error!r}") from error
    finally:
        connection.close()
    if response.status != expected:
        text = content.decode("utf-8", "replace")
        raise CallError(f"{method} {target} was answered with {response.status}: {text or '(nothing)'}")
    return content


def mask(number: str) -> str:
    """The country code and the last two digits stay, the other digits are stars."""
    head = re.match(r"\+\d{1,3}(?=[\s-])", number)
    start = head.end() if head else 0
    main, mark, extension = re.fullmatch(r"(.*?)(\s*(?:ext\.?|x)\s*|$)(.*)", number[start:], re.DOTALL).groups()  # type: ignore[union-attr]
    hidden = sum(character.isdigit() for character in main) - 2
    shown = ""
    for character in main:
        if character.isdigit() and hidden > 0:
            hidden -= 1
            character = "*"
        shown += character
    return number[:start] + shown + mark + "*" * len(extension)


def _answer(body: dict[str, Any]) -> Answer:
    outcomes = [
        Outcome(
            result["userPrincipalName"],
            result["status"],
            result["code"],
            result["message"],
            [
                Change(
                    change["method"],
                    change["action"],
                    change["after"] or change["before"] or change.get("id", ""),
                    change["status"],
                    change["code"],
                    change["message"],
                )
                for change in result["changes"]
            ],
        )
        for result in body["results"]
    ]
    return Answer(body["counts"], outcomes, body)
