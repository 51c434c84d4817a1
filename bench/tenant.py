"""The sandbox tenant in a process of its own, driven through its control API."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bench.people import Person, seed

CHECKOUT = Path(__file__).resolve().parents[1]
NETWORK_MS, SERVICE_MS = 50, 30
_CONTROL_TIMEOUT_S = 60
_STOP_S = 10


class TenantProcess:
    """`with TenantProcess(people(1000)) as tenant:` has these users until the block ends."""

    def __init__(self, who: Sequence[Person]) -> None:
        self._seed = seed(who)

    def __enter__(self) -> Self:
        with tempfile.TemporaryDirectory(prefix="bench-seed-") as folder:
            file = Path(folder, "seed.json")
            file.write_text(json.dumps(self._seed), encoding="utf-8")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.tenant", "--seed", str(file)],
                cwd=CHECKOUT,
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert self._process.stdout is not None  # noqa: S101 - for the type checker: it was asked for above
            line = self._process.stdout.readline()
        if not line:
            self._end()
            raise RuntimeError("the sandbox tenant did not start; what it said stands above")
        described = json.loads(line)
        self.environment: dict[str, str] = described["environment"]
        self._control = urlsplit(described["control_url"]).netloc
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def pid(self) -> int:
        return self._process.pid

    def restore(self, *, latency: bool = True, network_ms: int = NETWORK_MS, service_ms: int = SERVICE_MS) -> None:
        """As seeded, nothing recorded, no throttle, no faults; tokens stay good."""
        self._ask("POST", "reset")
        if latency:
            self._ask("POST", "latency", {"latency_ms": network_ms, "service_ms": service_ms})

    def load(self, who: Sequence[Person], *, latency: bool = True) -> None:
        """Other users, in the same process."""
        self._ask("POST", "load", seed(who))
        self.restore(latency=latency)

    def load_seed(self, users: Sequence[Mapping[str, Any]], secrets: Sequence[Mapping[str, Any]]) -> None:
        """Users in the words of a seed, and more secrets than the sandbox's own."""
        described = seed([])
        self._ask("POST", "load", {**described, "users": users, "secrets": [*described["secrets"], *secrets]})
        self.restore()

    def throttle(self, limit: int, window_seconds: float = 1.0, retry_after: int | None = None) -> None:
        words = {"limit": limit, "window_seconds": window_seconds, "retry_after": retry_after}
        self._ask("POST", "throttle", words)

    def add_faults(self, faults: Sequence[Mapping[str, Any]]) -> None:
        self._ask("POST", "faults", list(faults))

    def forget_requests(self) -> None:
        self._ask("DELETE", "requests")

    def graph_requests(self) -> list[dict[str, Any]]:
        """The tenant's own record of what Graph was asked, in order of arrival."""
        records: list[dict[str, Any]] = self._ask("GET", "requests?host=graph")
        return records

    def change_user(self, name: str, **words: Any) -> None:
        self._ask("PATCH", f"users/{name}", words)

    def users(self) -> dict[str, Any]:
        """The state of every user, by userPrincipalName."""
        users: dict[str, Any] = self._ask("GET", "state")["users"]
        return users

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(self._control, timeout=_CONTROL_TIMEOUT_S)
        try:
            connection.request(method, f"/_sandbox/{path}", None if body is None else json.dumps(body).encode())
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the sandbox answered {response.status} to {method} {path}: {text[:300]!r}")
        return json.loads(text)

    def _end(self) -> None:
        """The tenant stops when its input ends."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would make a child believe in Azure or leave the sandbox."""
    left_out = ("CONTAINER_NAME", "WEBSITE_INSTANCE_ID", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    kept = {name: value for name, value in os.environ.items() if name.upper() not in left_out}
    return {**kept, **(extra or {})}
