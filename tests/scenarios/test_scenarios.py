"""Runs every scenario file against the sandbox tenant and compares everything: answer, tenant, writes."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.tenant import SandboxTenant, Tenant
from shared.core.codes import Code
from shared.settings.table import SETTINGS
from tests.scenarios import trail
from tests.scenarios.clean import faults_of_lines
from tests.scenarios.compare import (
    Differences,
    Reply,
    compare_reply,
    compare_tenant,
    compare_writes,
    expected_tenant,
    prepare,
)
from tests.scenarios.files import Scenario, ScenarioError, Step, read_scenario, scenario_files
from tests.scenarios.routes import send
from tests.support import Webhook

SETTING_NAMES = frozenset(setting.name for setting in SETTINGS)
FILES = scenario_files("cases", "seeds")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(
    path: Path, box: SandboxTenant, webhook: Callable[..., Webhook], caplog: pytest.LogCaptureFixture
) -> None:
    scenario = read_scenario(path, SETTING_NAMES)
    prepare(box.tenant, scenario.tenant)
    service = webhook(**scenario.settings)
    caplog.set_level(logging.INFO, "shared")
    untold: list[str] = []

    def send_step(step: Step) -> Reply:
        caplog.clear()
        reply = send(service, step)
        untold.extend(trail.faults(trail.records_in(caplog.records), reply, step, box.tenant))
        untold.extend(faults_of_lines(caplog.records))
        return reply

    different = [*play(scenario, box.tenant, send_step), *untold]
    if different:
        pytest.fail("\n".join([f"{path.name} does not hold:", *different]), pytrace=False)


def play(scenario: Scenario, tenant: Tenant, send_step: Callable[[Step], Reply]) -> list[str]:
    """Everything that is not as the scenario says, for a tenant that is prepared."""
    different = Differences()
    for step in scenario.steps:
        tenant.clear_requests()
        before = tenant.snapshot()
        reply = send_step(step)
        compare_reply(different, reply, step, before)
        compare_tenant(different, tenant.snapshot(), expected_tenant(before, step.after))
        compare_writes(different, tenant, step.after.get("writes", []))
        for host, count in step.after.get("calls", {}).items():
            different.note(f"calls to {host}", len(tenant.calls(host)), count)

    if scenario.again is not None:
        after = tenant.snapshot()
        tenant.clear_requests()
        codes = [result["code"] for result in send_step(scenario.steps[0]).body["results"]]
        different.note("again: codes", codes, scenario.again["codes"])
        compare_tenant(different, tenant.snapshot(), after)
        compare_writes(different, tenant, scenario.again.get("writes", []))
    return different.lines


def test_the_scenarios_show_every_code() -> None:
    shown: set[str] = set()
    for step in (step for path in FILES for step in read_scenario(path, SETTING_NAMES).steps):
        shown.add(step.response.get("code", ""))
        for result in step.response.get("results", []):
            shown |= {result["code"], *(change.get("code", "") for change in result.get("changes", []))}
    # Of jobs alone: tests/unit/jobs/test_waiting.py.
    assert set(Code) - {Code.PENDING} <= shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("request = {users = []}\nresponse = {status = 200}", "the file lacks 'description'"),
        ("description = ''\nrequest = {}\nresponse = {status = 200}", "one of users, json and body"),
        ("description = ''\nrequest = {body = ''}\nresponse = {status = 200, codes = []}", "unknown word 'codes'"),
        ("description = ''\nsettings = {ON_EMTPY = ''}\nrequest = {body = ''}\nresponse = {status = 1}", "ON_EMTPY"),
        ("description = ''\n[[steps]]\nrequest = {body = ''}", "a step lacks 'response'"),
        ("description = ''\nafter = {}\n[[steps]]\nrequest = {body = ''}", "the file has the unknown word 'after'"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mistake.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        read_scenario(path, SETTING_NAMES)
