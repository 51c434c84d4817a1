"""Every list of the scenarios as a job: its blobs hold the names by which users sign in and nothing else of a person,
the history of the engine nothing of a person at all, and the log neither."""

import json
import logging
from pathlib import Path

import pytest

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.api.frame import WebRequest
from shared.api.jobs import handle_result
from shared.api.lists import handle_reconcile
from shared.jobs import activities
from shared.settings.table import SETTINGS
from tests.scenarios.clean import faults_of, faults_of_lines, of_persons
from tests.scenarios.compare import prepare
from tests.scenarios.files import Step, read_scenario, scenario_files
from tests.scenarios.ways import Runs
from tests.support import Webhook

SETTING_NAMES = frozenset(setting.name for setting in SETTINGS)
# With these a request is refused before it becomes a job; `test_scenarios` reads what is logged of it.
REFUSED_FIRST = {
    *("invalidBody", "invalidQuery", "unauthorized", "explicitDisabled", "planChanged", "tooLarge", "tooManyUsers"),
    "vaultUnavailable",
}
# Scenarios in which nobody can be let in: their code, `configuration`, is that of many jobs too.
NOBODY_COMES_IN = {
    *("explicit-secret-equals-the-ordinary", "handshake-secret-empty", "handshake-secret-missing"),
    "identity-unknown",
}


def steps(path: Path) -> list[Step]:
    """Those that become a job."""
    if path.stem in NOBODY_COMES_IN:
        return []
    lists = [step for step in read_scenario(path, SETTING_NAMES).steps if step.path == "reconcile"]
    return [step for step in lists if step.method == "POST" and step.response.get("code") not in REFUSED_FIRST]


def run(service: Webhook, runs: Runs, step: Step) -> None:
    """From the request to the result."""
    headers = {name.lower(): value for name, value in step.headers().items()}
    query = "&".join(filter(None, (step.query, "async=true")))
    answer = handle_reconcile(WebRequest(step.body(), headers, query), lambda: service.services, runs)
    assert answer.status == 202
    where = {"id": json.loads(answer.body)["jobId"]}
    asked = WebRequest(b"", headers, "", where, "https://app.example.com", "GET")
    assert handle_result(asked, lambda: service.services, runs).status == 200


FILES = [path for path in scenario_files("cases", "seeds") if steps(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_job_keeps_nothing_of_a_person(
    path: Path, box: SandboxTenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Scenarios in which Graph is slow are about the time of a request.
    monkeypatch.setattr(activities, "CHUNK_DEADLINE_S", 3.0)
    scenario = read_scenario(path, SETTING_NAMES)
    prepare(box.tenant, scenario.tenant)
    caplog.set_level(logging.INFO, "shared")
    with SandboxStorage() as storage:
        of_job = {"AzureWebJobsStorage": storage.connection_string, "JOB_PATIENCE_MINUTES": "0"}
        service = Webhook({**box.environment(), **scenario.settings, **of_job})
        runs = Runs(service)
        known = of_persons(box.tenant.snapshot())
        for step in steps(path):
            run(service, runs, step)
        files = [file for file in storage.folder.rglob("*") if file.is_file()]
        kept = {file.relative_to(storage.folder).as_posix(): file.read_bytes() for file in files}
    known |= of_persons(box.tenant.snapshot())
    wrong = [f"{name}: {value!r}" for name, content in kept.items() for value in known if value.encode() in content]
    history = [[given, [(step.kind, step.asked, step.result) for step in done]] for given, done in runs.histories]
    told = json.loads(json.dumps(history, default=lambda _moment: ""))
    wrong += [f"history: {fault}" for fault in faults_of(told, names=False)]
    wrong += faults_of_lines(caplog.records)
    assert wrong == []
