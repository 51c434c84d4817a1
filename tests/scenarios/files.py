"""Reads scenario files. The package's docstring describes them; a word that it does not know is an error here."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import HANDSHAKE

FOLDER = Path(__file__).parent
EXPLICIT_HANDSHAKE = "sandbox-explicit-handshake-not-real"
COUNTS = ("users", "unchanged", "changed", "planned", "skipped", "failed")
_BODIES = ("users", "json", "body")

Table = Mapping[str, Any]


class ScenarioError(ValueError):
    """The file is not a scenario; the text says where."""


@dataclass(frozen=True)
class Step:
    """One request and what has to come of it."""

    request: Table
    response: Table
    after: Table

    @property
    def method(self) -> str:
        return str(self.request.get("method", "POST"))

    @property
    def path(self) -> str:
        return str(self.request.get("path", "reconcile"))

    @property
    def query(self) -> str:
        return str(self.request.get("query", ""))

    @property
    def is_explicit(self) -> bool:
        return bool(self.request.get("explicit"))

    def headers(self) -> dict[str, str]:
        handshake = {"Message": EXPLICIT_HANDSHAKE if self.is_explicit else HANDSHAKE}
        media = {"Content-Type": self.request.get("type"), "Accept": self.request.get("accept")}
        given: Mapping[str, str] = self.request.get("headers", handshake)
        return {**given, **{name: value for name, value in media.items() if value is not None}}

    def body(self) -> bytes:
        """The request's body, byte for byte."""
        if "users" in self.request:
            return json.dumps([{"UserPrincipalName": upn} for upn in self.request["users"]]).encode()
        if "json" in self.request:
            return json.dumps(self.request["json"]).encode()
        text: str = self.request.get("body", "") * self.request.get("repeat", 1)
        return text.encode(self.request.get("encoding", "utf-8"))


@dataclass(frozen=True)
class Scenario:
    name: str
    settings: Mapping[str, str]
    tenant: Table
    steps: Sequence[Step]
    again: Table | None


def scenario_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in FOLDER.joinpath(folder).glob("*.toml"))


def read_scenario(path: Path, setting_names: frozenset[str]) -> Scenario:
    """Raises ScenarioError."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        _check(found, setting_names)
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from None
    steps = [Step(step["request"], step["response"], step.get("after", {})) for step in found.get("steps", [found])]
    settings = found.get("settings", {})
    if any(step.is_explicit for step in steps):
        settings = {"ALLOW_EXPLICIT_VALUES": "true", **settings}
    return Scenario(path.stem, settings, found.get("tenant", {}), steps, found.get("again"))


def _check(found: Table, setting_names: frozenset[str]) -> None:
    if "steps" in found:
        _words(found, "the file", "description steps", "settings tenant")
    else:
        _words(found, "the file", "description request response", "settings tenant after again")
    for name in found.get("settings", {}):
        if name not in setting_names:
            raise ScenarioError(f"there is no setting {name}")
    _words(found.get("tenant", {}), "tenant", "", "users groups withoutPermissions secrets switches faults")
    for step in found.get("steps", [found]):
        if step is not found:
            _words(step, "a step", "request response", "after")
        _check_step(step)
    _words(found.get("again", {"codes": []}), "again", "codes", "writes")


def _check_step(step: Table) -> None:
    request, response = step["request"], step["response"]
    _words(request, "request", "", "users json body encoding repeat path method query type accept explicit headers")
    if sum(form in request for form in _BODIES) != 1 and "method" not in request and "path" not in request:
        raise ScenarioError("a request has one of users, json and body")
    _words(
        response,
        "response",
        "status",
        "overall dryRun counts results code says pointers retryAfter shown lines idempotencyKey",
    )
    _words(response.get("counts", {}), "counts", "", " ".join(COUNTS))
    for result in response.get("results", []):
        _words(result, "a result", "status code", "user id known changes ignored")
        for change in result.get("changes", []):
            _words(change, "a change", "action status", "method id before after code")
    _words(step.get("after", {}), "after", "", "writes calls phones users")
    for user in step.get("after", {}).get("users", {}).values():
        _words(user, "a user afterwards", "", "email methods defaultMethod")


def _words(table: Table, where: str, needed: str, optional: str) -> None:
    if missing := set(needed.split()) - table.keys():
        raise ScenarioError(f"{where} lacks {min(missing)!r}")
    if unknown := table.keys() - set(needed.split()) - set(optional.split()):
        raise ScenarioError(f"{where} has the unknown word {min(unknown)!r}")
