"""The app settings are the same everywhere: in the code, in Bicep, in azd's parameters and in the local sample."""

import json
import re

import pytest

from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import read_settings
from shared.settings.table import SETTINGS
from tests.infra.bicep import INFRA, ROOT, Deployment, Properties, azd_defaults
from tests.infra.everything import everything, setting_parameters, variable

CODE = {setting.name: setting.default for setting in SETTINGS}

# The templates set these otherwise than the code, whose defaults are those of the runbook: the stronger sign-in, and a
# bound without which portions below the other ceilings all pass.
SET_BY_THE_TEMPLATES = {"GRAPH_AUTH": "managed_identity", "MAX_OVERWRITES_PER_DAY": "500"}
MADE_HERE = {"KEY_VAULT_URL", "AZURE_CLIENT_ID"}

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

# Azure refuses these on Flex Consumption ("App settings reference", Flex Consumption plan deprecations), and the site
# properties below (github.com/Azure/azure-cli/issues/31414). A list of what is allowed keeps the settings out; this
# one says why.
FORBIDDEN = (
    r"FUNCTIONS_(WORKER_|EXTENSION_VERSION|MAX_HTTP_CONCURRENCY)|SCM_DO_BUILD|ENABLE_ORYX_BUILD|WEBSITE_|"
    r"AzureWebJobsStorage$|(linux|windows)FxVersion|netFrameworkVersion|ftpsState|use32BitWorkerProcess|"
    r"preWarmedInstanceCount|functionAppScaleLimit|minimumElasticInstanceCount|vnetRouteAllEnabled|alwaysOn"
)


def sample_values() -> dict[str, str]:
    document = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))
    assert document["IsEncrypted"] is False
    values: dict[str, str] = document["Values"]
    return values


def test_by_default_the_app_has_the_defaults_of_the_code_and_what_the_platform_reads(usual: Deployment) -> None:
    given = dict(usual.settings)
    assert {name for name in given if name not in CODE} == PLATFORM
    expected = {name: default for name, default in CODE.items() if default is not None} | SET_BY_THE_TEMPLATES
    made = {"TENANT_ID", *MADE_HERE}
    assert {name: value for name, value in given.items() if name in CODE and name not in made} == expected
    assert re.search(
        r"reference\('[^']*/userAssignedIdentities/id-\w+', '[\d-]+'\)\.clientId\]", given["AZURE_CLIENT_ID"]
    )
    vault = usual.one("KeyVault/vaults")["name"]
    assert given["KEY_VAULT_URL"] == f"[format('https://{{0}}{{1}}', '{vault}', environment().suffixes.keyvaultDns)]"
    assert given["TENANT_ID"] == usual.properties("KeyVault/vaults")["tenantId"]


def test_every_setting_can_be_given_and_arrives_under_its_name(full: Deployment, template: Properties) -> None:
    values = everything(template["parameters"])
    parameters = setting_parameters(template["parameters"])
    assert parameters.keys() == CODE.keys() - MADE_HERE
    assert CODE.keys() <= full.settings.keys()
    for name, parameter in parameters.items():
        if name != "CALLERS":
            assert full.settings[name] == str(values[parameter]), name


def test_nothing_that_flex_consumption_refuses(full: Deployment) -> None:
    assert full.settings.keys() == CODE.keys() | PLATFORM
    for name in [*full.settings, *full.properties("Web/sites"), *full.properties("Web/sites")["siteConfig"]]:
        assert not re.match(FORBIDDEN, name), name


def test_allowed_values_and_bounds_are_those_of_the_code(template: Properties) -> None:
    good = {**sample_values(), "KEY_VAULT_URL": "https://contoso.vault.azure.net"}
    vaults = {"usgov": "https://contoso.vault.usgovcloudapi.net"}
    checked = set()
    for name, parameter_name in setting_parameters(template["parameters"]).items():
        rules = template["parameters"][parameter_name]
        inside = rules.get("allowedValues") or [rules[end] for end in ("minValue", "maxValue") if end in rules]
        outside = [rules["maxValue"] + 1] if "maxValue" in rules else ["other"]
        if inside:
            checked.add(name)
            for value in inside:
                read_settings(
                    {**good, "KEY_VAULT_URL": vaults.get(value, good["KEY_VAULT_URL"]), name: str(value)}, is_region
                )
            for value in [*outside, *([rules["minValue"] - 1] if rules.get("minValue") else [])]:
                with pytest.raises(ConfigurationError, match=name):
                    read_settings({**good, name: str(value)}, is_region)
    assert len(checked) >= 26


def test_azd_asks_for_nothing_but_name_and_region_and_passes_every_parameter_with_its_default(
    template: Properties,
) -> None:
    document = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))
    passed = {name: parameter["value"] for name, parameter in document["parameters"].items()}
    expected = {"environmentName": "${AZURE_ENV_NAME}", "location": "${AZURE_LOCATION}"}
    for name, parameter in template["parameters"].items():
        default = parameter.get("defaultValue")
        text = default if isinstance(default, str) else json.dumps(default)
        expected.setdefault(name, f"${{{variable(name)}={text}}}")
    assert passed == expected


def test_azd_passes_each_setting_under_its_own_name(template: Properties) -> None:
    for name, parameter in setting_parameters(template["parameters"]).items():
        assert variable(parameter) == name
        assert parameter in azd_defaults(INFRA)


def test_the_local_sample_has_every_setting_and_the_code_accepts_it() -> None:
    sample = sample_values()
    assert sample.pop("FUNCTIONS_WORKER_RUNTIME") == "python"
    assert sample.pop("AzureWebJobsStorage") == "UseDevelopmentStorage=true"
    assert sample.pop("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING") == "1"
    assert set(sample) == set(CODE)
    assert {name: sample[name] for name, default in CODE.items() if default} == {k: v for k, v in CODE.items() if v}
    read_settings(sample, is_region)
