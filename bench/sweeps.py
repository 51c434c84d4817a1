"""What Graph is asked where nobody calls: a sweep without changes, one with fifty, everyone with nothing to write."""

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bench.figures import Figure, Say, Scale, Section, at_least, at_most
from bench.journal import Record, sub_requests
from bench.tenant import CHECKOUT, TenantProcess
from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.host.durable.api import PREFIX
from sandbox.storage import SandboxStorage

USERS, CHANGED, A_PAGE = 20_000, 50, 999
_CALLER, _SECRET = "operator", "bench-operator-not-real"
_OVER = ("Completed", "Failed", "Terminated")
_LONGEST_S, _TIMEOUT_S = 600, 60


def measure(scale: Scale, say: Say) -> Section:
    users = USERS if scale.repeats > 1 else 2_000
    say(f"sweeps and everyone over {users:,} users")
    with TenantProcess([]) as tenant, SandboxStorage() as storage:
        tenant.load_seed(list(_people(users)), [{"name": f"webhook-caller-{_CALLER}", "value": _SECRET}])
        tenant.restore(latency=False)
        settings = {
            **tenant.environment,
            **storage_settings(storage),
            "GRAPH_AUTH": "client_secret",
            "CALLERS": json.dumps([{"name": _CALLER, "rights": ["reconcile", "operate"]}]),
            # Their share of the directory is what is asked for.
            "MAX_OVERWRITES": "20",
        }
        with HostProcess(CHECKOUT, settings) as host:
            engine = _Engine(host)
            engine.sweep()
            empty = _asked(tenant, lambda: engine.sweep())
            for place in range(CHANGED):
                tenant.change_user(_name(place * (users // CHANGED)), extensionAttribute15=f"+44 7911{place:06}")
            some = _asked(tenant, lambda: engine.sweep())
            everyone = _asked(tenant, lambda: engine.everyone())
    written = [
        record for record in some if record["method"] == "PATCH" and record["status"] < http.HTTPStatus.BAD_REQUEST
    ]
    others = [record for record in everyone if record["method"] != "GET"]
    pages = sum("$top=999" in record["path"] or "$skiptoken" in record["path"] for record in everyone)
    return Section(
        "Sweeps and everyone",
        f"{users:,} users with the right number, on the local host. Sub-requests as Graph counts them: every call and "
        f"every member of a batch, {CHANGED} writes, the count of all users and the roles of the guards included.",
        [
            Figure("a sweep without changes", len(empty), "", at_most(1)),
            Figure(f"a sweep with {CHANGED} changed users", len(some), "", at_most(170)),
            Figure("written by it", len(written), "", at_least(CHANGED)),
            Figure("everyone, for each user", (len(everyone) - pages) / users, "", at_most(1.01)),
            Figure("pages of everyone", pages, "", at_most(-(-users // A_PAGE) + 1)),
            Figure("written by it again", len(others), "", at_most(0)),
        ],
    )


def _asked(tenant: TenantProcess, work: Any) -> list[Record]:
    tenant.forget_requests()
    work()
    return sub_requests(tenant.graph_requests())


class _Engine:
    """Durable's own HTTP interface, as its client uses it: nobody waits for a clock here."""

    def __init__(self, host: HostProcess) -> None:
        self._host = host
        line = next(line for line in host.log().splitlines() if line.startswith("durable http"))
        self._base = urlsplit(line.split()[1].removesuffix(PREFIX))

    def sweep(self) -> None:
        """From the clock to the end of the job, if there is one."""
        _ask(self._base.netloc, "POST", f"{PREFIX}/orchestrators/sweep/sweep", b"{}")
        job_id = self._end("sweep")["output"]["jobId"]
        if job_id:
            ended = self._end(job_id)
            if ended["output"]["error"]:
                raise RuntimeError(f"the job of the sweep ended with {ended['output']['error']}")

    def everyone(self) -> None:
        headers = {"Message": f"{_CALLER}.{_SECRET}", "x-functions-key": self._host.key}
        at = urlsplit(self._host.url).netloc
        accepted = _ask(at, "POST", "/api/reconcile", json.dumps({"scope": "everyone"}).encode(), headers)
        ended = self._end(accepted["jobId"])
        if ended["output"]["error"]:
            raise RuntimeError(f"the job for everyone ended with {ended['output']['error']}")

    def _end(self, name: str) -> dict[str, Any]:
        until = time.monotonic() + _LONGEST_S
        while time.monotonic() < until:
            state: dict[str, Any] = _ask(self._base.netloc, "GET", f"{PREFIX}/instances/{name}")
            if state["runtimeStatus"] in _OVER:
                return state
            time.sleep(0.2)
        raise RuntimeError(f"{name} did not end in {_LONGEST_S} s")


def _ask(at: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
    connection = http.client.HTTPConnection(at, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, body, headers or {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status not in (http.HTTPStatus.OK, http.HTTPStatus.ACCEPTED):
        raise RuntimeError(f"{method} {path} was answered with {response.status}: {text[:300]!r}")
    return json.loads(text)


def _name(place: int) -> str:
    return f"user{place:05}@contoso.com"


def _people(count: int) -> Iterator[dict[str, Any]]:
    for place in range(count):
        number = f"+44 7{400_000_000 + place:09}"
        yield {
            **{"userPrincipalName": _name(place), "usageLocation": "GB", "extensionAttribute15": number},
            "phones": {"mobile": number},
        }
