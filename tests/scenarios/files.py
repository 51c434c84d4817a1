"""Reads scenario files. The package's docstring describes them; a word that it does not know is an error here."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).with_name("cases")
COUNTS = ("users", "unchanged", "changed", "planned", "skipped", "failed")

Table = Mapping[str, Any]


class ScenarioError(ValueError):
    """The file is not a scenario; the text says where."""


@dataclass(frozen=True)
class Scenario:
    name: str
    settings: Table
    tenant: Table
    request: Table
    response: Table
    after: Table
    again: Table | None

    def body(self) -> bytes:
        """The request's body, byte for byte."""
        if "users" in self.request:
            return json.dumps([{"UserPrincipalName": upn} for upn in self.request["users"]]).encode()
        if "json" in self.request:
            return json.dumps(self.request["json"]).encode()
        text: str = self.request["body"] * self.request.get("repeat", 1)
        return text.encode(self.request.get("encoding", "utf-8"))


def scenario_files() -> list[Path]:
    return sorted(CASES.glob("*.toml"))


def read_scenario(path: Path, setting_names: frozenset[str]) -> Scenario:
    """Raises ScenarioError."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        _check(found, setting_names)
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from None
    return Scenario(
        path.stem,
        found.get("settings", {}),
        found.get("tenant", {}),
        found["request"],
        found["response"],
        found.get("after", {}),
        found.get("again"),
    )


def _check(found: Table, setting_names: frozenset[str]) -> None:
    _words(found, "the file", "description request response", "settings tenant after again")
    for name in found.get("settings", {}):
        if name not in setting_names:
            raise ScenarioError(f"there is no setting {name}")
    _words(found.get("tenant", {}), "tenant", "", "users secrets switches faults")
    _words(found["request"], "request", "", "users json body encoding repeat query headers")
    if sum(form in found["request"] for form in ("users", "json", "body")) != 1:
        raise ScenarioError("a request has one of users, json and body")
    _words(found["response"], "response", "status", "overall dryRun counts results code says pointers retryAfter")
    _words(found["response"].get("counts", {}), "counts", "", " ".join(COUNTS))
    for result in found["response"].get("results", []):
        _words(result, "a result", "status code", "user id known changes")
        for change in result.get("changes", []):
            _words(change, "a change", "action status", "method before after code")
    _words(found.get("after", {}), "after", "", "writes calls phones")
    _words(found.get("again", {"codes": []}), "again", "codes", "writes")


def _words(table: Table, where: str, needed: str, optional: str) -> None:
    if missing := set(needed.split()) - table.keys():
        raise ScenarioError(f"{where} lacks {min(missing)!r}")
    if unknown := table.keys() - set(needed.split()) - set(optional.split()):
        raise ScenarioError(f"{where} has the unknown word {min(unknown)!r}")
