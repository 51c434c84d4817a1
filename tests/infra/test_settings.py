"""The app settings are the same everywhere: in the code, in Bicep, in azd's parameters and in the local sample."""

import json
import re

import pytest

from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import read_settings
from shared.settings.table import SETTINGS
from tests.infra.bicep import INFRA, ROOT, Tree, keys, load

MAIN = load(INFRA / "main.bicep")
APP = load(INFRA / "modules" / "function-app.bicep")
CODE = {setting.name: setting.default for setting in SETTINGS}

# What the code leaves open and the templates do not: without it, portions below the other ceilings all pass.
SET_BY_THE_TEMPLATES = {"MAX_OVERWRITES_PER_DAY": "500"}

# Settings that the code does not read: the Functions host and its Python worker do.
PLATFORM = {
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__queueServiceUri",
    "AzureWebJobsStorage__tableServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_THREADPOOL_THREAD_COUNT",
    "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
    "AzureWebJobsDisableHomepage",
}

# App settings reference, "Flex Consumption plan deprecations", and FtpsState and the like, which Azure refuses with
# "site configuration properties for Flex Consumption sites is invalid" (github.com/Azure/azure-cli/issues/31414).
FORBIDDEN = (
    r"FUNCTIONS_(WORKER_|EXTENSION_VERSION|MAX_HTTP_CONCURRENCY)|SCM_DO_BUILD|ENABLE_ORYX_BUILD|WEBSITE_|"
    r"AzureWebJobsStorage['\"]?:|(linux|windows)FxVersion|netFrameworkVersion|ftpsState|use32BitWorkerProcess|"
    r"preWarmedInstanceCount|functionAppScaleLimit|minimumElasticInstanceCount|vnetRouteAllEnabled|alwaysOn"
)


def settings_in(tree: object) -> set[str]:
    return {key for key in keys(tree) if re.fullmatch(r"[A-Z][A-Z0-9_]+|AzureWebJobs\w+", key)}


def main_settings() -> set[str]:
    return settings_in(MAIN.declared("variables")["webhookSettings"])


def azd_values() -> dict[str, str]:
    document = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))
    return {name: parameter["value"] for name, parameter in document["parameters"].items()}


def sample_values() -> dict[str, str]:
    document = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))
    assert document["IsEncrypted"] is False
    values: dict[str, str] = document["Values"]
    return values


def setting_parameters() -> dict[str, Tree]:
    """The parameters of main.bicep that feed an app setting, by the setting that their description begins with."""
    found = {}
    for parameter in MAIN.declared("parameters").values():
        texts = [d["argument"] for d in parameter["decorators"] if d["type"] == "description"]
        if match := re.match(r"([A-Z_]+): ", texts[0]):
            found[match[1]] = parameter
    return found


def test_every_setting_that_the_code_reads_is_set_in_bicep_and_no_other() -> None:
    assert main_settings() == set(CODE)


def test_beside_those_the_app_has_only_settings_that_the_platform_knows() -> None:
    settings = APP.declared("resources")["settings"]["config"]["properties"]
    assert settings_in(settings) == PLATFORM


def test_no_setting_that_flex_consumption_forbids() -> None:
    for template in (MAIN, APP):
        code = re.sub(r"//[^\n]*", "", template.text)
        assert not re.search(FORBIDDEN, code), template.path.name


def test_every_default_is_that_of_the_code() -> None:
    made_here = {"KEY_VAULT_URL", "AZURE_CLIENT_ID"}
    defaults = {
        name: "" if parameter["default"] == [] else str(parameter["default"])
        for name, parameter in setting_parameters().items()
    }
    expected = {name: default or "" for name, default in CODE.items() if name not in made_here}
    assert defaults == expected | SET_BY_THE_TEMPLATES


def test_a_setting_without_a_default_is_left_out_when_it_is_not_given() -> None:
    made_here = {"KEY_VAULT_URL", "TENANT_ID", "AZURE_CLIENT_ID"}
    without = {name for name, default in CODE.items() if default is None}
    assert SET_BY_THE_TEMPLATES.keys() <= without
    for name in without - made_here - SET_BY_THE_TEMPLATES.keys():
        assert re.search(rf"empty\((\w+)\) \? \{{\}} : \{{ {name}: (\1|string\(\1\)) \}}", MAIN.text), name


def test_allowed_values_and_bounds_are_those_of_the_code() -> None:
    good = {**sample_values(), "KEY_VAULT_URL": "https://contoso.vault.azure.net"}
    vaults = {"usgov": "https://contoso.vault.usgovcloudapi.net"}
    checked = set()
    for name, parameter in setting_parameters().items():
        rules = {decorator["type"]: decorator["argument"] for decorator in parameter["decorators"]}
        inside = rules.get("allowed") or [rules[end] for end in ("min_value", "max_value") if end in rules]
        outside = [rules["max_value"] + 1] if "max_value" in rules else ["other"]
        if inside:
            checked.add(name)
            for value in inside:
                read_settings(
                    {**good, "KEY_VAULT_URL": vaults.get(value, good["KEY_VAULT_URL"]), name: str(value)}, is_region
                )
            for value in [*outside, *([rules["min_value"] - 1] if rules.get("min_value") else [])]:
                with pytest.raises(ConfigurationError, match=name):
                    read_settings({**good, name: str(value)}, is_region)
    assert len(checked) == 29


def test_azd_asks_for_nothing_but_name_and_region_and_passes_every_parameter_with_its_default() -> None:
    expected = {"environmentName": "${AZURE_ENV_NAME}", "location": "${AZURE_LOCATION}"}
    for name, parameter in MAIN.declared("parameters").items():
        variable = re.sub(r"([A-Z])", r"_\1", name).upper()
        default = parameter["default"]
        text = str(default).lower() if isinstance(default, bool) else default
        expected.setdefault(name, f"${{{variable}={text}}}")
    assert azd_values() == expected


def test_azd_passes_each_setting_under_its_own_name() -> None:
    variables = {match[1] for value in azd_values().values() if (match := re.match(r"\$\{(\w+)", value))}
    assert set(setting_parameters()) <= variables


def test_the_local_sample_has_every_setting_and_the_code_accepts_it() -> None:
    sample = sample_values()
    assert sample.pop("FUNCTIONS_WORKER_RUNTIME") == "python"
    assert sample.pop("AzureWebJobsStorage") == "UseDevelopmentStorage=true"
    assert sample.pop("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING") == "1"
    assert set(sample) == set(CODE)
    assert {name: sample[name] for name, default in CODE.items() if default} == {k: v for k, v in CODE.items() if v}
    read_settings(sample, is_region)
