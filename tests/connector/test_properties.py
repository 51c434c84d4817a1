"""The connection: the function app's host, and two secrets that no flow can see.

Sources: Microsoft Learn, "Specify connection parameters", "Set HTTP header" and "Set host URL" (policy templates);
microsoft/PowerPlatformConnectors, paconn-apiProperties.schema.json.
"""

import re

import pytest

from shared.settings.table import SETTINGS
from tests.connector.definition import PROPERTIES, Json, load, operations

KEYS = {"iconBrandColor", "capabilities", "connectionParameters", "policyTemplateInstances"}


@pytest.fixture(scope="module")
def properties() -> Json:
    found = load(PROPERTIES)["properties"]
    assert isinstance(found, dict)
    return found


def policies(properties: Json, template: str) -> list[Json]:
    return [item["parameters"] for item in properties["policyTemplateInstances"] if item["templateId"] == template]


def test_only_what_the_tool_knows_stands_there(properties: Json) -> None:
    assert load(PROPERTIES).keys() == {"properties"}
    assert properties.keys() == KEYS


def test_the_colour_is_one_that_is_not_refused(properties: Json) -> None:
    assert re.fullmatch("#[0-9a-f]{6}", properties["iconBrandColor"])
    assert properties["iconBrandColor"] not in ("#007ee5", "#ffffff")


def test_key_and_handshake_are_secrets_of_the_connection_and_never_shown(properties: Json) -> None:
    parameters = properties["connectionParameters"]
    assert {name: item["type"] for name, item in parameters.items()} == {
        "host": "string",
        "api_key": "securestring",
        "handshake": "securestring",
    }
    for name in ("api_key", "handshake"):
        assert parameters[name]["uiDefinition"]["constraints"]["clearText"] is False


def test_every_connection_parameter_is_explained_and_required(properties: Json) -> None:
    tabs = []
    for item in properties["connectionParameters"].values():
        shown = item["uiDefinition"]
        assert shown["displayName"]
        assert shown["description"].endswith(".")
        assert shown["tooltip"]
        assert shown["constraints"]["required"] == "true"
        tabs.append(shown["constraints"]["tabIndex"])
    assert tabs == sorted(set(tabs))


def test_the_function_key_goes_by_the_name_of_the_security_definition(properties: Json, document: Json) -> None:
    assert document["securityDefinitions"].keys() <= properties["connectionParameters"].keys()


def test_a_policy_sends_the_handshake_in_the_default_header(properties: Json, document: Json) -> None:
    (policy,) = policies(properties, "setheader")
    header = next(setting.default for setting in SETTINGS if setting.name == "HANDSHAKE_HEADER")
    assert policy == {
        "x-ms-apimTemplateParameter.name": header,
        "x-ms-apimTemplateParameter.value": "@connectionParameters('handshake')",
        "x-ms-apimTemplateParameter.existsAction": "override",
        "x-ms-apimTemplate-policySection": "Request",
    }
    for operation in operations(document):
        if operation.id != "CheckHealth":
            assert operation.parameters["header", header]["x-ms-visibility"] == "internal"


def test_a_policy_calls_the_host_of_the_connection_by_https_and_drops_no_base_path(
    properties: Json, document: Json
) -> None:
    (policy,) = policies(properties, "dynamichosturl")
    assert policy == {"x-ms-apimTemplateParameter.urlTemplate": "https://@connectionParameters('host')"}
    # The policy replaces the base path together with the host (MicrosoftDocs/BusinessApplicationPlatform-Connectors,
    # "Replacing host but also base URL"), so there must be none.
    assert document["basePath"] == "/"
