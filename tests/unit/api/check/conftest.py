"""A check in this process: real services against the sandbox, on a day that the test names."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.api.check import handle_check
from shared.api.frame import WebRequest
from shared.core.phone_library import is_region
from shared.errors import JobsUnavailable
from shared.jobs.engine import EngineState
from shared.services import Services
from shared.settings import read_settings
from shared.wiring import build_services
from tests.unit.api.check.broken import EARLY


class Engine:
    """What Durable Functions answers about a job that there is not."""

    def __init__(self, *, is_away: bool = False) -> None:
        self._is_away = is_away

    def start(self, job_id: str, job: dict[str, Any]) -> None:  # noqa: ARG002
        raise AssertionError("a job was begun")

    def state(self, job_id: str) -> EngineState | None:  # noqa: ARG002
        if self._is_away:
            raise JobsUnavailable("the engine of jobs failed: TimeoutError")
        return None


@dataclass(frozen=True)
class Checked:
    http_status: int
    status: str
    lines: dict[str, dict[str, str]]
    text: str

    def others(self, *results: str) -> dict[str, str]:
        """Lines with another result than these."""
        return {name: line["result"] for name, line in self.lines.items() if line["result"] not in results}


Check = Callable[..., Checked]


@pytest.fixture
def check(box: SandboxTenant, storage: SandboxStorage) -> Check:
    """`now`: the day. `engine`, `has_storage`: what else is there. Somebody has a value in every attribute that
    is mapped."""
    box.tenant.change_user("anna.andersson@contoso.com", mail="anna@fabrikam.com", mobilePhone="+46 701740605")

    def run(
        now: datetime = EARLY, engine: Engine | None = None, *, has_storage: bool = True, **settings: str
    ) -> Checked:
        connection = {"AzureWebJobsStorage": storage.connection_string} if has_storage else {}
        environment = {**box.environment(), **connection, **settings}

        def services() -> Services:
            built = build_services(read_settings(environment, is_region))
            return replace(built, probes=replace(built.probes, now=lambda: now))

        request = WebRequest(b"", {}, method="GET", url_path="/api/check")
        response = handle_check(request, services, engine or Engine())
        body = json.loads(response.body)
        lines = {line["name"]: line for line in body.get("checks", [])}
        assert len(lines) == len(body.get("checks", []))
        return Checked(response.status, body["status"], lines, response.body.decode())

    return run
