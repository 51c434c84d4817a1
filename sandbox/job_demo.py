"""`python dev.py demo --users 12000`: a list that is too long for one HTTP answer, and a Graph that throttles."""

import json
import time
from collections.abc import Iterator
from typing import Any

from sandbox.caller import FINISHED, app_settings, handshake, send, storage_settings
from sandbox.console import WIDTH, Console, Row
from sandbox.demo_host import DemoError, demo_host
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant, Tenant
from sandbox.tenant.throttle import Throttle

# Requests per second that this Graph serves, those in a $batch one by one; Microsoft does not publish the real limit.
LIMIT = 500
LOOK_EVERY_S = 0.5
# In percent: where a line cannot be printed over, a new one is printed for each step.
STEP = 10
_COLOURS = {"changed": "green", "unchanged": "grey", "skipped": "yellow", "failed": "red"}

Json = dict[str, Any]


def show_job(console: Console, users: int) -> None:
    """Ends the process with a message when something fails."""
    with SandboxTenant(seed="contoso") as box, SandboxStorage() as storage:
        environment = {**box.environment(), **app_settings(box.tenant), **storage_settings(storage)}
        # With this, short lists become jobs too.
        with demo_host({**environment, "INLINE_USERS": "1"}) as host:
            _JobDemo(console, box.tenant, host, users).run()


def crowd(count: int) -> Iterator[Json]:
    """Users as a seed describes them. Of twenty, eleven are up to date, four have no method, three have another number,
    one has no attribute and one has an attribute that is not a phone number."""
    for n in range(count):
        number, other = f"+44 7700900{n % 1000:03}", f"+44 7700900{(n + 137) % 1000:03}"
        attribute, registered = {
            **dict.fromkeys(range(1, 5), (number, None)),
            **dict.fromkeys(range(5, 8), (number, other)),
            8: (None, None),
            9: ("extension 12", None),
        }.get(n % 20, (number, number))
        yield {
            "userPrincipalName": f"employee{n + 1:06}@contoso.com",
            "usageLocation": "GB",
            **({"extensionAttribute15": attribute} if attribute else {}),
            **({"phones": {"mobile": registered}} if registered else {}),
        }


class _JobDemo:
    def __init__(self, console: Console, tenant: Tenant, host: HostProcess, users: int) -> None:
        self._console, self._tenant, self._host, self._users = console, tenant, host, users

    def run(self) -> None:
        names = []
        for words in crowd(self._users):
            self._tenant.add_user(**words)
            names.append({"UserPrincipalName": words["userPrincipalName"]})
        self._tenant.throttle = Throttle(LIMIT, retry_after=1)
        print(
            self._console.wrap(
                f"A list of {self._users:,} users becomes a job: it is accepted at once and runs in the background. "
                f"The simulated Graph serves {LIMIT} requests per second and answers the rest with 429."
            )
        )
        began = time.monotonic()
        accepted = self._call("POST", "/api/reconcile", json.dumps(names).encode(), 202)
        print(f"\nPOST /api/reconcile: 202 in {time.monotonic() - began:.1f} s, job {accepted['jobId']}\n")
        ended = self._watch(accepted["statusUrl"])
        print()
        self._show(ended, accepted["resultUrl"], time.monotonic() - began)

    def _watch(self, url: str) -> Json:
        """Prints the progress, on one line where a line can be printed over; gives the last status."""
        shown = -STEP
        while True:
            status = self._call("GET", url)
            progress = status["progress"]
            percent, ended = progress["percent"], status["status"] in FINISHED
            eta = "" if ended or progress["etaSeconds"] is None else f", {progress['etaSeconds']} s left"
            text = f"{status['status']}, {progress['usersPerSecond']:.0f} users/s{eta}"
            line = self._console.bar(percent, text)
            if self._console.live:
                # Room for the longest line, and behind it for the ^C of a terminal.
                print(f"\r{line:<{WIDTH - 6}}", end="\n" if ended else "", flush=True)
            elif percent >= shown + STEP or ended:
                shown = percent
                print(line)
            if ended:
                return status
            time.sleep(LOOK_EVERY_S)

    def _show(self, ended: Json, url: str, seconds: float) -> None:
        counts = ended["counts"]
        rows = [Row((status, f"{counts[status]:>7,}", _MEANING[status]), colour) for status, colour in _COLOURS.items()]
        print(self._console.table(("Result", "Users", "Meaning"), (9, 7), rows))
        calls = self._tenant.calls()
        throttled = sum(call.status == 429 for call in calls)
        names = self._names(url)
        if len(names) != self._users or len(set(names)) != self._users:
            raise DemoError(f"{len(names)} results, of {len(set(names))} users")
        if ended["status"] not in ("succeeded", "partial"):
            raise DemoError(f"the job is {ended['status']}: {ended.get('error')}")
        written = sum(write.status in (200, 201, 204) for write in self._tenant.writes())
        if written != counts["changed"]:
            raise DemoError(f"{written} writes for {counts['changed']} changed users")
        done = f"Every user has one result, and each of the {written:,} writes was made once."
        print(f"\n{self._console.paint(done, 'green')}")
        # The members of a $batch came in one HTTP call, which is recorded as well.
        sent = sum(call.batch is None for call in calls)
        print(f"{sent:,} HTTP calls to Graph in {seconds:.0f} s; {throttled:,} requests got 429 and were sent again.")

    def _names(self, url: str) -> list[str]:
        """Of all results, page by page."""
        names: list[str] = []
        link: str | None = url
        while link:
            page = self._call("GET", link)
            names += [result["userPrincipalName"] for result in page["results"]]
            link = page["nextLink"]
        return names

    def _call(self, method: str, link: str, body: bytes = b"", expected: int = 200) -> Json:
        headers = {"Message": handshake(self._tenant)}
        found: Json = json.loads(send(self._host, method, link, headers, body, expected))
        return found


_MEANING = {
    "changed": "The phone method was added or updated.",
    "unchanged": "The phone method was already up to date.",
    "skipped": "The directory attribute is empty.",
    "failed": "The directory holds something that is not a phone number.",
}
