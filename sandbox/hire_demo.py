"""`python dev.py demo --hire`: a list that comes before the number of a new hire, and a job that waits for it."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from sandbox.caller import FINISHED, app_settings, handshake, send, storage_settings
from sandbox.console import Console, Row
from sandbox.demo_host import DemoError, demo_host
from sandbox.host import HostProcess, Switches
from sandbox.host.durable.clock import clock_of
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant, Tenant

HIRE, COLLEAGUE = "noor.nyberg@contoso.com", "bjorn.berg@contoso.com"
NUMBER, SHOWN = "+46 701740605", "+46 *******05"
ARRIVES_AFTER_S = 60.0
_TIMEOUT_S, _LOOK_EVERY_S = 60, 0.1


def show_hire(console: Console) -> None:
    """Ends the process with a message when something fails."""
    with (
        SandboxTenant(seed="contoso") as box,
        SandboxStorage() as storage,
        tempfile.TemporaryDirectory(prefix="hire-", ignore_cleanup_errors=True) as folder,
    ):
        environment = {**box.environment(), **app_settings(box.tenant), **storage_settings(storage)}
        state = Path(folder)
        box.tenant.arrival_clock = clock_of(state)
        with demo_host({**environment, "WAIT_FOR_USERS_MINUTES": "90"}, state, Switches(virtual_time=True)) as host:
            _HireDemo(console, box.tenant, host).run()


class _HireDemo:
    def __init__(self, console: Console, tenant: Tenant, host: HostProcess) -> None:
        self._console, self._tenant, self._host = console, tenant, host
        self._rows: list[Row] = []

    def run(self) -> None:
        text = (
            "HR sends a list with a new hire whose number has not arrived from Active Directory yet. The job waits for "
            "it. The clock of the job jumps ahead whenever it only waits, so nobody waits here."
        )
        print(f"{self._console.wrap(text)}\n")
        tenant = self._tenant
        tenant.add_user(HIRE)
        self._began = tenant.arrival_clock()
        tenant.arrive(ARRIVES_AFTER_S, self._number_arrives)
        accepted = self._call("POST", "/api/reconcile?async=true", json.dumps([COLLEAGUE, HIRE]).encode(), 202)
        self._note("202 Accepted: the list is a job")
        ended = self._ended(accepted["statusUrl"])
        self._note(f"the job has looked again and ends: {ended['status']}")
        results = self._call("GET", accepted["resultUrl"])["results"]
        phone = tenant.user(HIRE).phones.get("mobile")
        if phone is None or phone.number != NUMBER:
            raise DemoError("the number of the new hire was not set")
        if [result["code"] for result in results] != ["updated", "added"]:
            raise DemoError("the report is another one")
        print(self._console.table(("Minute", "What happens"), (6,), self._rows))
        found = [Row((each["userPrincipalName"], each["status"], each["message"]), "green", 1) for each in results]
        print(f"\n{self._console.table(('User', 'Status', 'Message'), (23, 9), found)}")
        print("\nHow to set it up, also with Lifecycle Workflows: docs/onboarding.md")

    def _number_arrives(self) -> None:
        self._tenant.change_user(HIRE, extensionAttribute15=NUMBER)
        self._note(f"the number {SHOWN} arrives in the directory; the user was pending until now")

    def _note(self, text: str) -> None:
        minute = (self._tenant.arrival_clock() - self._began) / 60
        self._rows.append(Row((f"{minute:6.1f}", text)))

    def _ended(self, url: str) -> dict[str, Any]:
        give_up = time.monotonic() + _TIMEOUT_S
        while time.monotonic() < give_up:
            status = self._call("GET", url)
            if status["status"] in FINISHED:
                return status
            time.sleep(_LOOK_EVERY_S)
        raise DemoError("the job did not end")

    def _call(self, method: str, link: str, body: bytes = b"", expected: int = 200) -> dict[str, Any]:
        headers = {"Message": handshake(self._tenant)}
        found: dict[str, Any] = json.loads(send(self._host, method, link, headers, body, expected))
        return found
