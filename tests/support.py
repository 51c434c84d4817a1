"""Helpers for tests that run the webhook in this process, against the sandbox tenant."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.api.frame import WebRequest
from shared.api.lists import handle_reconcile
from shared.core.phone_library import is_region
from shared.jobs.engine import EngineState
from shared.settings import read_settings
from shared.wiring import build_services

HANDSHAKE = "sandbox-handshake-not-real"
EXPLICIT_HANDSHAKE = "sandbox-explicit-handshake-not-real"
# Of users whom the sandbox is seeded with: each has to be encoded in some way on its way to Graph.
UNUSUAL_UPNS = [
    "siobhan.o'brien@contoso.com",
    "nils+mfa@contoso.com",
    "adele.vance_fabrikam.com#EXT#@contoso.onmicrosoft.com",
    "$finance@contoso.com",
    "\u00e5sa.\u00f6berg@contoso.com",
]


@dataclass(frozen=True)
class Reply:
    """What the caller got."""

    status: int
    body: dict
    headers: Mapping[str, str]

    @property
    def codes(self) -> list[str]:
        return [result["code"] for result in self.body["results"]]

    def result(self, upn: str) -> dict:
        return next(result for result in self.body["results"] if result["userPrincipalName"] == upn)


class NoEngine:
    """What lists that are answered at once must not need; tests/whole/jobs runs jobs."""

    def start(self, job_id: str, job: dict[str, Any]) -> None:  # noqa: ARG002
        raise AssertionError("a job was begun")

    def state(self, job_id: str) -> EngineState | None:  # noqa: ARG002
        raise AssertionError("a job was looked for")


class Webhook:
    """The handler with real services; each has its own caches, as a fresh instance of the function app would."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.services = build_services(read_settings(environment, is_region))

    def post(self, body: object, query: str = "", headers: Mapping[str, str] | None = None) -> Reply:
        """`body`: bytes as they are, anything else as JSON. `headers` None sends the right handshake."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"message": HANDSHAKE} if headers is None else {k.lower(): v for k, v in headers.items()}
        response = handle_reconcile(WebRequest(raw, sent, query), lambda: self.services, NoEngine())
        return Reply(response.status, json.loads(response.body), response.headers)

    def post_users(self, *upns: str, query: str = "") -> Reply:
        return self.post([{"UserPrincipalName": upn} for upn in upns], query)
