"""`python dev.py demo --users 12000`: a list that is too long for one answer, in front of a Graph that throttles."""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sandbox.caller import CHECKOUT, app_settings, handshake, storage_settings
from sandbox.console import Console, Row
from sandbox.host import HostError, HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant, Tenant
from sandbox.tenant.throttle import Throttle

# Sub-requests in a second that this Graph lets through; Microsoft does not publish the real limit.
LIMIT = 500
LOOK_EVERY_S = 0.5
# Where a line cannot be printed over, one is printed for each so many percent.
STEP = 10
_FINISHED = ("succeeded", "partial", "failed", "cancelled")
_COLOURS = {"changed": "green", "unchanged": "grey", "skipped": "yellow", "failed": "red"}
_TIMEOUT_S = 60

Json = dict[str, Any]


class JobDemoError(Exception):
    """Something that the demo promises did not hold; the text says what."""


def show_job(console: Console, users: int) -> None:
    """Ends the process with a message when something fails."""
    try:
        with SandboxTenant(seed="contoso") as box, SandboxStorage() as storage:
            environment = {**box.environment(), **app_settings(box.tenant), **storage_settings(storage)}
            # A list that would be answered at once is to become a job here.
            with HostProcess(CHECKOUT, {**environment, "INLINE_USERS": "1"}) as host:
                try:
                    _JobDemo(console, box.tenant, host, users).run()
                except (JobDemoError, OSError, http.client.HTTPException) as error:
                    sys.exit(f"{host.log()[-5000:]}\nThe demo failed: {error}. The log of the app is above.")
    except HostError as error:
        sys.exit(f"The demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")


def crowd(count: int) -> Iterator[Json]:
    """Users as a seed describes them. Of twenty, eleven are right, four lack the method, three have another number, one
    has no attribute and one has a number that is none."""
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
        self._say(
            f"{self._users:,} users, and a Graph that lets {LIMIT} requests a second through and answers 429 to the "
            "rest. No HTTP answer may take so long: the list becomes a job."
        )
        began = time.monotonic()
        accepted = self._call("POST", "/api/reconcile", json.dumps(names).encode(), 202)
        print(f"\n   POST /api/reconcile: 202 in {time.monotonic() - began:.1f} s, job {accepted['jobId']}\n")
        ended = self._watch(accepted["statusUrl"])
        print()
        self._show(ended, accepted["resultUrl"], time.monotonic() - began)

    def _watch(self, url: str) -> Json:
        """The status in the end; how far it is meanwhile stands on one line, or on one for each step."""
        shown = -STEP
        while True:
            status = self._call("GET", url)
            progress = status["progress"]
            percent, ended = progress["percent"], status["status"] in _FINISHED
            eta = "" if ended or progress["etaSeconds"] is None else f", {progress['etaSeconds']} s to go"
            text = f"{status['status']}, {progress['usersPerSecond']:.0f} users/s{eta}"
            line = self._console.bar(percent, text)
            if self._console.live:
                print(f"\r   {line:<{self._console.width - 4}}", end="\n" if ended else "", flush=True)
            elif percent >= shown + STEP or ended:
                shown = percent
                print(f"   {line}", flush=True)
            if ended:
                return status
            time.sleep(LOOK_EVERY_S)

    def _show(self, ended: Json, url: str, seconds: float) -> None:
        counts = ended["counts"]
        rows = [Row((status, f"{counts[status]:,}", _MEANING[status]), colour) for status, colour in _COLOURS.items()]
        print(self._console.table(("Result", "Users", "Meaning"), (10, 8), [rows]))
        calls = self._tenant.calls()
        throttled = sum(call.status == 429 for call in calls)
        names = self._names(url)
        if len(names) != self._users or len(set(names)) != self._users:
            raise JobDemoError(f"{len(names)} results, of {len(set(names))} users")
        if ended["status"] not in ("succeeded", "partial"):
            raise JobDemoError(f"the job is {ended['status']}: {ended.get('error')}")
        written = sum(write.status in (200, 201, 204) for write in self._tenant.writes())
        if written != counts["changed"]:
            raise JobDemoError(f"{written} writes for {counts['changed']} changed users")
        self._say(
            f"{self._users:,} users, every one reported once; {written:,} writes, none twice. {seconds:.0f} s, "
            f"{len(calls):,} requests at Graph, {throttled:,} of them answered 429. Nobody failed because of it."
        )

    def _names(self, url: str) -> list[str]:
        """Of all results, page by page."""
        names: list[str] = []
        link: str | None = url
        while link:
            page = self._call("GET", link)
            names += [result["userPrincipalName"] for result in page["results"]]
            link = page["nextLink"]
        return names

    def _call(self, method: str, path: str, body: bytes = b"", status: int = 200) -> Json:
        headers = {"Message": handshake(self._tenant), "x-functions-key": self._host.key}
        connection = http.client.HTTPConnection(urlsplit(self._host.url).netloc, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status != status:
            raise JobDemoError(f"{method} {path} answered {response.status}: {text[:500]}")
        found: Json = json.loads(text)
        return found

    def _say(self, text: str) -> None:
        print(f"\n{self._console.wrap(text)}", flush=True)


_MEANING = {
    "changed": "the method was added or updated",
    "unchanged": "it was right already",
    "skipped": "the directory holds no number",
    "failed": "the directory holds something that is no number; each result says so",
}
