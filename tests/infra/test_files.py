"""azure.yaml and the workflow say what azd and GitHub expect, and the docs name what the templates make."""

import json
import re

import yaml

from tests.docs.pages import PAGES, Page
from tests.infra.bicep import INFRA, ROOT, Deployment, Properties
from tests.infra.everything import setting_parameters, variable

WORKFLOW = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")


def test_azure_yaml_names_the_service_that_the_app_is_tagged_with(usual: Deployment) -> None:
    content = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
    assert content.keys() == {"name", "services"}
    assert re.fullmatch(r"[a-z][a-z0-9-]+", content["name"])
    assert content["services"].keys() == {"api"}
    service = content["services"]["api"]
    assert (service["project"], service["language"], service["host"]) == (".", "python", "function")
    assert usual.one("Web/sites")["tags"]["azd-service-name"] == "api"


def test_the_workflow_tests_three_systems_with_the_compiler_on_one() -> None:
    assert "\t" not in WORKFLOW
    assert "os: [ubuntu-latest, windows-latest, macos-latest]" in WORKFLOW
    assert 'python: ["3.11", "3.13"]' in WORKFLOW
    assert "run: python dev.py test" in WORKFLOW
    for job, where in (("test", "runner.os == 'Linux'"), ("kusto", None)):
        (install,) = [step for step in yaml.safe_load(WORKFLOW)["jobs"][job]["steps"] if "bicep" in step.get("run", "")]
        assert install.get("if") == where
        assert re.search(r"^az bicep install --version v[\d.]+$", install["run"], re.M)
        assert install["run"].endswith('echo "$HOME/.azure/bin" >> "$GITHUB_PATH"\n')


def test_the_workflow_runs_pester_under_both_editions_and_the_analyzer() -> None:
    job = yaml.safe_load(WORKFLOW)["jobs"]["powershell"]
    assert job["strategy"]["matrix"]["os"] == ["ubuntu-latest", "windows-latest"]
    shells = {step.get("shell") for step in job["steps"] if "Install-Module Pester" in step.get("run", "")}
    assert shells == {"pwsh", "powershell"}
    commands = "\n".join(step.get("run", "") for step in job["steps"])
    assert "Invoke-ScriptAnalyzer -Path powershell/MfaWebhook -Recurse" in commands
    assert "python dev.py test tests/powershell" in commands


def test_the_workflow_pins_every_action_to_a_commit_and_only_a_release_may_write() -> None:
    actions = re.findall(r"uses: (.*)", WORKFLOW)
    assert actions
    assert [a for a in actions if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v[\d.]+", a)] == []
    jobs = yaml.safe_load(WORKFLOW)["jobs"]
    assert yaml.safe_load(WORKFLOW)["permissions"] == {"contents": "read"}
    assert {name: job["permissions"] for name, job in jobs.items() if "permissions" in job} == {
        "release": {"contents": "write"}
    }
    assert jobs["release"]["if"] == "startsWith(github.ref, 'refs/tags/v')"


def test_the_docs_use_only_outputs_that_exist_and_name_every_module(template: Properties) -> None:
    guides = "\n".join(shown.text for shown in PAGES)
    readme = (INFRA / "README.md").read_text(encoding="utf-8")
    # Of every environment: Azure Developer CLI, "Work with environment variables".
    outputs = {*template["outputs"], "AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION"}
    used = re.findall(r"azd env get-value (\w+)", guides)
    assert used
    assert set(used) <= outputs | {"AZURE_SUBSCRIPTION_ID"}  # azd itself writes this one
    assert [path.name for path in (INFRA / "modules").iterdir() if path.name not in readme] == []


def test_no_key_stands_twice_in_a_json_file() -> None:
    """Readers take the last one, and change the first in vain."""
    doubled: list[str] = []

    def read(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        doubled.extend(name for name in set(names) if names.count(name) > 1)
        return dict(pairs)

    files = [path for path in INFRA.rglob("*.json") if path.name != "bicepconfig.json"]  # it has comments
    assert len(files) == 2
    for path in files:
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=read)
    config = (INFRA / "bicepconfig.json").read_text(encoding="utf-8")
    json.loads(re.sub(r"^ *//.*$", "", config, flags=re.MULTILINE), object_pairs_hook=read)
    assert doubled == []


def test_the_readme_has_every_parameter_that_is_no_setting_with_its_default(template: Properties) -> None:
    parameters = template["parameters"]
    own = set(parameters) - set(setting_parameters(parameters).values()) - {"environmentName", "location"}
    found = {}
    for names, defaults, _ in (row for row in Page(INFRA / "README.md").rows() if len(row) == 3):
        found |= dict(zip(re.findall(r"`([A-Z_]+)`", names), defaults.split(", "), strict=True))
    assert found.keys() == {variable(name) for name in own}
    for name in own:
        default = parameters[name]["defaultValue"]
        text = default if isinstance(default, str) else json.dumps(default)
        assert found[variable(name)] in ([f"`{text}`"] if text else ["none", "any"]), name
