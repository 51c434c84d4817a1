"""`python dev.py demo --report`: the report on phone methods for a simulated tenant, as the page that people read."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.caller import CALLERS, FINISHED, app_settings, caller_handshake, send, storage_settings
from sandbox.command import write
from sandbox.console import Console, Row
from sandbox.demo_host import DemoError, demo_host
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant, Tenant

PAGE = Path(".sandbox", "report.html")  # git ignores this folder
EMPLOYEES = 480
LOOK_EVERY_S = 0.3
_SETTINGS = {"GRAPH_AUTH": "managed_identity", "CALLERS": json.dumps(CALLERS)}
# Numbers that regulators keep for fiction, and how many in a hundred employees have one of the country.
_NUMBERS = {
    "SE": ([f"+46 7017406{n:02}" for n in range(20, 99)], 14),
    "GB": ([f"+44 7700900{n:03}" for n in range(200, 990)], 36),
    "US": ([f"+1 {area}55501{n:02}" for area in (206, 212, 312, 415) for n in range(20, 99)], 30),
    "FR": ([f"+33 63998{n:04}" for n in range(1000, 9000, 13)], 20),
}
_METHODS = {
    "microsoftAuthenticator": {"id": "5b1e6a0e-0000-4000-8000-000000000001", "displayName": "Phone"},
    "fido2": {"id": "5b1e6a0e-0000-4000-8000-000000000002", "displayName": "Security key"},
    "windowsHelloForBusiness": {"id": "5b1e6a0e-0000-4000-8000-000000000003", "displayName": "Laptop"},
}

Json = dict[str, Any]


def show_report(console: Console) -> None:
    """Ends the process with a message when something fails."""
    with SandboxTenant(seed="contoso") as box, SandboxStorage() as storage:
        environment = {**box.environment(), **app_settings(box.tenant), **storage_settings(storage), **_SETTINGS}
        for words in employees(EMPLOYEES):
            box.tenant.add_user(**words)
        with demo_host(environment) as host:
            _ReportDemo(console, box.tenant, host).run()


def employees(count: int) -> Iterator[Json]:
    """Users as a seed describes them, in a mix as organisations have it; the same ones each time."""
    dice = random.Random(2027)  # noqa: S311 - no secret
    for n in range(count):
        country = dice.choices(tuple(_NUMBERS), [share for _, share in _NUMBERS.values()])[0]
        numbers = _NUMBERS[country][0]
        # Now and then two have the same.
        number, other = numbers[n % len(numbers)], dice.choice(numbers)
        has_phone, drifts = dice.random() < 0.62, dice.random() < 0.07
        kinds = [kind for kind, share in zip(_METHODS, (0.55, 0.12, 0.15), strict=True) if dice.random() < share]
        yield {
            **{"userPrincipalName": f"employee{n + 1:03}@contoso.com", "usageLocation": country},
            **({"extensionAttribute15": number} if dice.random() < 0.9 else {}),
            **({"phones": {"mobile": other if drifts else number}} if has_phone else {}),
            "methods": [{"kind": kind, **_METHODS[kind]} for kind in kinds],
            **({"email": f"employee{n + 1:03}@example.com"} if dice.random() < 0.2 else {}),
            **({"roles": ["Global Administrator"]} if n < 4 else {}),
        }


class _ReportDemo:
    def __init__(self, console: Console, tenant: Tenant, host: HostProcess) -> None:
        self._console, self._tenant, self._host = console, tenant, host

    def run(self) -> None:
        users = len(list(self._tenant.users()))
        text = (
            f"A simulated tenant with {users} users and the function app now run on this machine. The report "
            "tells who is affected when Microsoft stops delivering SMS and voice codes. It only reads."
        )
        print(self._console.wrap(text))
        accepted = json.loads(self._call("POST", "/api/report", b'{"scope": "everyone"}', status=202))
        print(f"\nPOST /api/report: 202, job {accepted['jobId']}")
        while (ended := json.loads(self._call("GET", accepted["statusUrl"])))["status"] not in FINISHED:
            time.sleep(LOOK_EVERY_S)
        if ended["status"] not in ("succeeded", "partial"):
            raise DemoError(f"the job is {ended['status']}: {ended.get('error')}")
        if self._tenant.writes():
            raise DemoError("the report wrote to the tenant")
        figures = json.loads(self._call("GET", accepted["resultUrl"]))["figures"]
        print(f"\n{self._console.table(('Users', 'What the report says'), (6,), list(_rows(figures)))}")
        write(PAGE, self._call("GET", accepted["resultUrl"], accept="text/html"))
        print(f"\nThe page, for a browser: {self._console.paint(str(PAGE.resolve()), 'green')}")
        print("What the columns mean:   docs/report.md")

    def _call(self, method: str, link: str, body: bytes = b"", *, status: int = 200, accept: str = "*/*") -> bytes:
        headers = {"Message": caller_handshake(self._tenant, "auditor"), "Accept": accept}
        return send(self._host, method, link, headers, body, status)


def _rows(figures: Json) -> Iterator[Row]:
    first, later = (figures["retires"][date] for date in ("2027-02-01", "2027-07-01"))
    yield Row((f"{first['users']:>5,}", "lose SMS and voice codes on 1 February 2027"), "yellow")
    yield Row((f"{later['users']:>5,}", "lose them on 1 July 2027: Global Administrators, external users"), "yellow")
    blocked = first["phoneOnly"] + later["phoneOnly"]
    yield Row((f"{blocked:>5,}", "of these have nothing but a phone: they must register a passkey"), "red")
    yield Row((f"{figures['phishingResistant']:>5,}", "already have a phishing-resistant method"), "green")
    yield Row((f"{figures['drift']:>5,}", "do not have the directory's number registered"), "grey")
