"""The report on phone methods over a whole tenant: how long it takes at the pace of Graph's reports, and its memory."""

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bench.figures import Figure, Floor, Say, Scale, Section, at_least, at_most
from bench.process import UNAVAILABLE, usage
from bench.tenant import CHECKOUT, TenantProcess
from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage

USERS, A_SECOND = 20_000, 200
# In a hundred: a phone and nothing else, a phone and the authenticator, that alone, nothing; 60 have a phone.
_PHONE_ONLY, _BOTH, _AUTHENTICATOR = 25, 35, 30
_CALLER, _SECRET = "auditor", "bench-auditor-not-real"
_FINISHED = ("succeeded", "partial", "failed", "cancelled")
_AUTHENTICATORS = [{"kind": "microsoftAuthenticator", "id": "5b1e6a0e-0000-4000-8000-000000000001"}]
_TIMEOUT_S = 120


def measure(scale: Scale, say: Say) -> Section:
    users = USERS if scale.repeats > 1 else 2_000
    say(f"a report over {users:,} users")
    with TenantProcess([]) as tenant, SandboxStorage() as storage:
        tenant.load_seed(list(_people(users)), [{"name": f"webhook-caller-{_CALLER}", "value": _SECRET}])
        tenant.throttle(A_SECOND, retry_after=1)
        callers = json.dumps([{"name": _CALLER, "rights": ["operate"]}])
        settings = {
            **tenant.environment,
            **storage_settings(storage),
            "GRAPH_AUTH": "client_secret",
            "CALLERS": callers,
        }
        with HostProcess(CHECKOUT, settings) as host:
            seconds, figures, pages = _report(host)
            used = usage(host.pid)
        asked = [
            record["path"]
            for record in tenant.graph_requests()
            if record["status"] != http.HTTPStatus.TOO_MANY_REQUESTS
        ]
    phones = sum("/authentication/phoneMethods" in path for path in asked)
    reports = sum("/reports/" in path for path in asked)
    is_whole = figures["users"] == users and figures["phone"] == users * (_PHONE_ONLY + _BOTH) // 100
    return Section(
        "Report on phone methods",
        f"Everyone: {users:,} users, 60 % with a phone, in one job of the local host. Graph serves {A_SECOND} "
        "requests a second, and of its registration report 5 calls in 10 seconds. Time from the call to the end of the "
        "job; memory is the worker's peak, the download as a page included.",
        [
            Figure("time", seconds, "s", at_most(120)),
            Figure("memory", used.peak_mb if used else None, "MB", at_most(200), "" if used else UNAVAILABLE),
            Figure("reads of phone methods for each user with a phone", phones / figures["phone"], "", at_most(1.01)),
            Figure("calls of the registration report", reports, "", Floor(-(-users // 999) + 1, at_most=True)),
            Figure("users and phones that the report counts", float(is_whole), "", at_least(1)),
            Figure("the page", pages / 1e6, "MB"),
        ],
    )


def _report(host: HostProcess) -> tuple[float, Any, int]:
    began = time.monotonic()
    accepted = json.loads(_call(host, "POST", "/api/report", b'{"scope": "everyone"}'))
    while (ended := json.loads(_call(host, "GET", accepted["statusUrl"])))["status"] not in _FINISHED:
        time.sleep(0.5)
    seconds = time.monotonic() - began
    if ended["status"] != "succeeded":
        raise RuntimeError(f"the report is {ended['status']}: {ended.get('error')}")
    figures = json.loads(_call(host, "GET", accepted["resultUrl"]))["figures"]
    return seconds, figures, len(_call(host, "GET", accepted["resultUrl"], accept="text/html"))


def _call(host: HostProcess, method: str, link: str, body: bytes = b"", accept: str = "application/json") -> bytes:
    headers = {"Message": f"{_CALLER}.{_SECRET}", "x-functions-key": host.key, "Accept": accept}
    connection = http.client.HTTPConnection(urlsplit(host.url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request(method, urlsplit(link)._replace(scheme="", netloc="").geturl(), body, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status not in (200, 202):
        raise RuntimeError(f"{method} {link} was answered with {response.status}: {content[:300]!r}")
    return content


def _people(count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        share, number = n % 100, f"+44 7700900{n % 1000:03}"
        has_phone = share < _PHONE_ONLY + _BOTH
        signs_in = _PHONE_ONLY <= share < _PHONE_ONLY + _BOTH + _AUTHENTICATOR
        yield {
            **{"userPrincipalName": f"user{n:05}@contoso.com", "usageLocation": "GB", "extensionAttribute15": number},
            **({"phones": {"mobile": number}} if has_phone else {}),
            **({"methods": _AUTHENTICATORS} if signs_in else {}),
        }
