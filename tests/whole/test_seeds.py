"""What the scripts and connectors send that this product replaces, over HTTP; the tenant is checked afterwards."""

from pathlib import Path

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.scenarios.compare import Reply, prepare
from tests.scenarios.files import Step, read_scenario, scenario_files
from tests.scenarios.test_scenarios import SETTING_NAMES, play
from tests.whole.calls import call


@pytest.mark.parametrize("path", scenario_files("seeds"), ids=lambda path: path.stem)
def test_a_peers_request_does_over_http_what_it_did_for_the_peer(
    box: SandboxTenant, explicit_host: HostProcess, path: Path
) -> None:
    scenario = read_scenario(path, SETTING_NAMES)
    assert scenario.settings.keys() <= {"ALLOW_EXPLICIT_VALUES"}
    prepare(box.tenant, scenario.tenant)
    different = play(scenario, box.tenant, lambda step: send(explicit_host, step))
    assert not different, "\n".join(different)


@pytest.mark.parametrize("name", ["explicit-is-off", "explicit-needs-its-own-handshake"])
def test_explicit_values_are_refused_over_http(
    box: SandboxTenant, host: HostProcess, explicit_host: HostProcess, name: str
) -> None:
    (path,) = [path for path in scenario_files("cases") if path.stem == name]
    scenario = read_scenario(path, SETTING_NAMES)
    is_on = scenario.settings["ALLOW_EXPLICIT_VALUES"] == "true"
    different = play(scenario, box.tenant, lambda step: send(explicit_host if is_on else host, step))
    assert not different, "\n".join(different)


def send(host: HostProcess, step: Step) -> Reply:
    headers = list(step.headers().items())
    answer = call(host, step.body(), step.query, headers, method=step.method, path=f"/api/{step.path}")
    return Reply(answer.status, answer.headers, answer.text.encode())
