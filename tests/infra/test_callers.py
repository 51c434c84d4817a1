"""How the templates let callers in: addresses, CALLERS as the app reads it, and App Service Authentication."""

import json

import pytest

from shared.settings.callers import Right
from tests.infra.bicep import INFRA, ROOT, TENANT, Deployment, Properties, deployment, needs_bicep
from tests.infra.everything import CALLERS, CLIENT_ID


def test_callers_reach_the_app_as_json(full: Deployment) -> None:
    assert json.loads(full.settings["CALLERS"]) == CALLERS


def test_by_default_no_caller_is_named(usual: Deployment) -> None:
    assert "CALLERS" not in usual.settings
    assert (usual.settings["REQUIRE"], usual.settings["TRUSTED_PROXIES"]) == ("handshake", "0")


def test_azure_refuses_callers_that_the_app_would_refuse(template: Properties) -> None:
    """The type in the templates says the same as the schema of the code."""
    whole = json.loads((ROOT / "shared/settings/callers.schema.json").read_text(encoding="utf-8"))
    schema, most = whole["items"], whole["maxItems"]
    (caller,) = [definition for name, definition in template["definitions"].items() if name.endswith("Caller")]
    assert caller["additionalProperties"] is False
    assert caller["properties"].keys() == schema["properties"].keys()
    assert [name for name, field in caller["properties"].items() if not field.get("nullable")] == schema["required"]
    assert set(caller["properties"]["rights"]["allowedValues"]) == set(Right)
    assert caller["properties"]["rights"]["minLength"] == schema["properties"]["rights"]["minItems"]
    assert template["parameters"]["callers"]["maxLength"] == most


@needs_bicep
@pytest.mark.parametrize(
    ("callers", "doubled"),
    [
        ([{"name": "feed", "rights": ["read"]}, {"name": "hr", "rights": ["read", "read"]}], "a right of hr"),
        ([{"name": "feed", "rights": ["read"]}, {"name": "feed", "rights": ["approve"]}], "feed"),
    ],
)
def test_azure_refuses_what_stands_in_callers_twice(
    template: Properties, callers: list[Properties], doubled: str
) -> None:
    with pytest.raises(AssertionError, match=f"CALLERS names twice: {doubled}"):
        deployment(INFRA, template["parameters"], {"callers": callers})


def test_authentication_is_left_as_it_is_without_a_client_id(usual: Deployment) -> None:
    assert [config["name"].rpartition("/")[2] for config in usual.of("Web/sites/config")] == ["appsettings"]


def test_authentication_accepts_tokens_of_one_tenant_and_turns_no_other_caller_away(full: Deployment) -> None:
    config = full.properties("Web/sites/config", "/authsettingsV2")
    assert config["platform"] == {"enabled": True}
    assert config["globalValidation"] == {
        "requireAuthentication": False,
        "unauthenticatedClientAction": "AllowAnonymous",
    }
    assert config["identityProviders"].keys() == {"azureActiveDirectory"}
    entra = config["identityProviders"]["azureActiveDirectory"]
    assert entra["enabled"] is True
    assert entra["registration"]["clientId"] == CLIENT_ID
    assert entra["validation"] == {"allowedAudiences": [CLIENT_ID, f"api://{CLIENT_ID}"]}
    issuer = f"[format('{{0}}{{1}}/v2.0', environment().authentication.loginEndpoint, '{TENANT}')]"
    assert entra["registration"]["openIdIssuer"] == issuer


def test_only_listed_addresses_get_through_to_the_app(usual: Deployment, full: Deployment) -> None:
    open_to_all, listed = (each.properties("Web/sites")["siteConfig"] for each in (usual, full))
    assert open_to_all["ipSecurityRestrictionsDefaultAction"] == "Allow"
    assert open_to_all["ipSecurityRestrictions"] == []
    assert listed["ipSecurityRestrictionsDefaultAction"] == "Deny"
    assert [(rule["action"], rule["ipAddress"]) for rule in listed["ipSecurityRestrictions"]] == [
        ("Allow", "203.0.113.0/24"),
        ("Allow", "198.51.100.7/32"),
    ]
    # Deployments come from elsewhere, and need a role.
    assert listed["scmIpSecurityRestrictionsUseMain"] is False
