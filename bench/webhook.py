"""Our side: the function app behind the local host, called over HTTP as its callers do."""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bench.people import WARM_UP, Person
from bench.tenant import CHECKOUT, TenantProcess
from sandbox.host import HostProcess

HANDSHAKE = "sandbox-handshake-not-real"  # of the sandbox's own seed
SETTINGS = {
    "GRAPH_AUTH": "client_secret",
    "INLINE_USERS": "50000",  # what is measured is one request, not a job
    "INLINE_DEADLINE_SECONDS": "200",
    # A third of the people who are measured have another number in the directory.
    "MAX_OVERWRITES_PERCENT": "100",
    # There are a thousand numbers for all of them.
    "MAX_USERS_PER_NUMBER": "0",
}
_TIMEOUT_S = 230  # Microsoft Learn, "Azure Functions HTTP trigger": no HTTP answer takes longer in Azure


@dataclass(frozen=True)
class Reply:
    """`seconds` runs from the first byte sent to the last byte received."""

    seconds: float
    counts: dict[str, int]
    results: list[dict[str, Any]]

    @property
    def settled(self) -> int:
        """Users that are as they should be, or are rightly left alone."""
        return self.counts["users"] - self.counts["failed"]

    @property
    def per_second(self) -> float:
        return self.settled / self.seconds


class Webhook:
    """`with Webhook(tenant) as webhook:` is a fresh process whose pacer knows nothing yet.

    It is warmed by a dry run for one user without the attribute: that loads the libraries, the secrets and the token at
    the price of a single read. The slow start of a timed run is thus still ahead of it.
    """

    def __init__(self, tenant: TenantProcess, settings: Mapping[str, str] | None = None) -> None:
        self._host = HostProcess(CHECKOUT, {**tenant.environment, **SETTINGS, **(settings or {})})

    def __enter__(self) -> Self:
        self._host.__enter__()
        try:
            self.post_names([WARM_UP], dry_run=True)
        except BaseException:
            self._host.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._host.__exit__(kind, error, trace)

    @property
    def pid(self) -> int:
        return self._host.pid

    def post(self, who: Sequence[Person]) -> Reply:
        return self.post_names([person.upn for person in who])

    def post_names(self, upns: Sequence[str], *, dry_run: bool = False) -> Reply:
        body = json.dumps([{"UserPrincipalName": upn} for upn in upns]).encode()
        headers = {"Message": HANDSHAKE, "x-functions-key": self._host.key, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(urlsplit(self._host.url).netloc, timeout=_TIMEOUT_S)
        try:
            began = time.perf_counter()
            connection.request("POST", f"/api/reconcile{'?dryRun=true' if dry_run else ''}", body, headers)
            response = connection.getresponse()
            text = response.read()
            seconds = time.perf_counter() - began
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the webhook answered {response.status}: {text[:500]!r}\n{self._host.log()[-2000:]}")
        answer = json.loads(text)
        return Reply(seconds, answer["counts"], answer["results"])
