"""What a deployment makes: these resources and no others, each with values that Azure knows, and none open to keys."""

import re

import pytest

from tests.infra.bicep import Deployment, Properties
from tests.infra.everything import SUBNET_ID

USUAL = {
    "Authorization/roleAssignments": 6,
    "Insights/actionGroups": 1,
    "Insights/components": 1,
    "Insights/diagnosticSettings": 2,
    "Insights/scheduledQueryRules": 9,
    "Insights/workbooks": 1,
    "KeyVault/vaults": 1,
    "ManagedIdentity/userAssignedIdentities": 1,
    "OperationalInsights/workspaces": 1,
    "OperationalInsights/workspaces/tables": 11,
    "Resources/resourceGroups": 1,
    "Storage/storageAccounts": 1,
    "Storage/storageAccounts/blobServices": 1,
    "Storage/storageAccounts/blobServices/containers": 2,
    "Storage/storageAccounts/blobServices/containers/immutabilityPolicies": 1,
    "Storage/storageAccounts/managementPolicies": 1,
    "Web/serverfarms": 1,
    "Web/sites": 1,
    "Web/sites/basicPublishingCredentialsPolicies": 1,
    "Web/sites/config": 1,
}
# More with every option on; the retention of the audit trail is left alone once it is locked.
FULL = {
    **USUAL,
    "Authorization/locks": 2,
    "Authorization/roleAssignments": 7,
    "Web/sites/config": 2,
}
del FULL["Storage/storageAccounts/blobServices/containers/immutabilityPolicies"]

# The compiler takes any text for these. Sources: Azure Resource Manager template reference of each type, and for the
# plan "Azure Functions Flex Consumption plan hosting" and "Automate function app resource deployment".
KNOWN: list[tuple[str, str, str, set[object]]] = [
    ("Web/serverfarms", "", "sku", {"{'name': 'FC1', 'tier': 'FlexConsumption'}"}),
    ("Web/serverfarms", "", "kind", {"functionapp"}),
    ("Web/sites", "", "kind", {"functionapp,linux"}),
    ("Web/sites", "", "identity.type", {"UserAssigned"}),
    ("Web/sites", "", "properties.siteConfig.minTlsVersion", {"1.2", "1.3"}),
    ("Web/sites", "", "properties.functionAppConfig.deployment.storage.type", {"blobContainer"}),
    ("Web/sites", "", "properties.functionAppConfig.deployment.storage.authentication.type", {"UserAssignedIdentity"}),
    # Python 3.13 is what the package is built and tested for.
    ("Web/sites", "", "properties.functionAppConfig.runtime", {"{'name': 'python', 'version': '3.13'}"}),
    ("Web/sites", "", "properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB", {512, 2048, 4096}),
    ("Storage/storageAccounts", "", "kind", {"StorageV2"}),
    ("Storage/storageAccounts", "", "sku.name", {"Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_GZRS"}),
    ("Storage/storageAccounts", "", "properties.minimumTlsVersion", {"TLS1_2", "TLS1_3"}),
    ("Storage/storageAccounts/blobServices/containers", "/app-package", "properties.publicAccess", {"None"}),
    ("Storage/storageAccounts/blobServices/containers", "/audit", "properties.publicAccess", {"None"}),
    ("KeyVault/vaults", "", "properties.sku", {"{'family': 'A', 'name': 'standard'}"}),
    ("KeyVault/vaults", "", "properties.softDeleteRetentionInDays", set(range(7, 91))),
    ("OperationalInsights/workspaces", "", "properties.sku.name", {"PerGB2018"}),
    ("OperationalInsights/workspaces", "", "properties.retentionInDays", set(range(30, 731))),
    ("Insights/components", "", "kind", {"web"}),
    ("Insights/components", "", "properties.Application_Type", {"web"}),
    ("Insights/actionGroups", "", "location", {"global"}),
    ("Insights/workbooks", "", "kind", {"shared"}),
    ("Insights/workbooks", "", "properties.category", {"workbook"}),
]

NAMES = {
    # Microsoft Learn, "Naming rules and restrictions for Azure resources".
    "KeyVault/vaults": r"(?=.{3,24}$)[A-Za-z](-?[A-Za-z0-9]+)*",
    "Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Storage/storageAccounts/blobServices/containers": r".+/(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "OperationalInsights/workspaces": r"(?=.{4,63}$)[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]",
    "Web/sites": r"(?=.{2,60}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
    "Web/serverfarms": r"[A-Za-z0-9-]{1,60}",
    "ManagedIdentity/userAssignedIdentities": r"(?=.{3,128}$)[A-Za-z0-9][A-Za-z0-9_-]*",
}


def counts(deployment: Deployment) -> dict[str, int]:
    kinds = [resource["type"].removeprefix("Microsoft.") for resource in deployment.resources]
    return {kind: kinds.count(kind) for kind in kinds}


def test_azd_makes_these_resources(usual: Deployment, full: Deployment) -> None:
    assert counts(usual) == USUAL
    assert counts(full) == FULL


@pytest.mark.parametrize(
    ("kind", "name", "path", "known"), KNOWN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_azure_knows_the_value(
    kind: str, name: str, path: str, known: set[object], usual: Deployment, full: Deployment
) -> None:
    for deployment in (usual, full):
        value: object = deployment.one(kind, name)
        for key in path.split("."):
            assert isinstance(value, dict)
            value = value[key]
        assert (str(value) if isinstance(value, dict) else value) in known


def test_names_keep_to_the_rules_of_their_types(usual: Deployment) -> None:
    for kind, rule in NAMES.items():
        for resource in usual.of(kind):
            assert re.fullmatch(rule, resource["name"]), resource["name"]


def test_all_is_in_one_group_and_region_and_tagged(usual: Deployment, full: Deployment) -> None:
    given = {"costCenter": "4711", "owner": "identity team", "wiki": "https://wiki.example/?page=mfa"}
    for deployment, extra in ((usual, {}), (full, given)):
        tags = {**extra, "azd-env-name": "test"}
        for resource in deployment.resources:
            # One with a location can have tags; parts of others have neither.
            if "location" in resource:
                service = {"azd-service-name": "api"} if resource["type"] == "Microsoft.Web/sites" else {}
                assert resource["tags"] == {**tags, **service}, resource["type"]
                assert resource["location"] in ("swedencentral", "global"), resource["type"]
    assert [resource["type"] for resource in usual.resources if resource.get("location") == "global"] == [
        "Microsoft.Insights/actionGroups"
    ]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (
            "Storage/storageAccounts",
            "",
            {
                "allowSharedKeyAccess": False,
                "allowBlobPublicAccess": False,
                "allowCrossTenantReplication": False,
                "supportsHttpsTrafficOnly": True,
                "minimumTlsVersion": "TLS1_2",
            },
        ),
        (
            "KeyVault/vaults",
            "",
            {
                "enableRbacAuthorization": True,
                "enableSoftDelete": True,
                "enablePurgeProtection": True,
                "softDeleteRetentionInDays": 90,
                "enabledForDeployment": False,
                "enabledForDiskEncryption": False,
                "enabledForTemplateDeployment": False,
            },
        ),
        ("Insights/components", "", {"DisableLocalAuth": True}),
        ("OperationalInsights/workspaces", "", {"features": {"disableLocalAuth": True}}),
        ("Web/sites", "", {"httpsOnly": True}),
        ("Web/sites/basicPublishingCredentialsPolicies", "/scm", {"allow": False}),
    ],
)
def test_nothing_signs_in_with_a_key_and_what_is_deleted_can_be_had_back(
    kind: str, name: str, expected: Properties, usual: Deployment, full: Deployment
) -> None:
    for deployment in (usual, full):
        given = deployment.properties(kind, name)
        assert {key: given.get(key) for key in expected} == expected


def test_the_vault_and_the_blobs_say_who_touched_them(usual: Deployment) -> None:
    workspace = usual.one("OperationalInsights/workspaces")["id"]
    logged = {}
    for setting in usual.of("Insights/diagnosticSettings"):
        place = setting["id"].partition("/providers/Microsoft.Insights/")[0].rpartition("/providers/")[2].split("/")[0]
        assert setting["properties"]["workspaceId"] == workspace
        assert all(log["enabled"] for log in setting["properties"]["logs"])
        logged[place] = {log.get("categoryGroup") or log["category"] for log in setting["properties"]["logs"]}
    assert logged == {
        "Microsoft.KeyVault": {"audit"},
        # Azure Monitor, "Supported log categories": of microsoft.storage/storageaccounts/blobservices.
        "Microsoft.Storage": {"StorageRead", "StorageWrite", "StorageDelete"},
    }


def test_logs_stay_for_as_long_as_the_operator_says(usual: Deployment, full: Deployment) -> None:
    for deployment, days in ((usual, 90), (full, 730)):
        assert deployment.properties("OperationalInsights/workspaces")["retentionInDays"] == days
        # The workspace's number does not count for these: Microsoft Learn, "Manage data retention", lists them.
        tables = deployment.of("OperationalInsights/workspaces/tables")
        assert {"AppTraces", "AppRequests", "AppExceptions", "AppDependencies"} < {
            table["name"].rpartition("/")[2] for table in tables
        }
        assert [table["name"] for table in tables if table["properties"] != {"retentionInDays": days}] == []


def test_the_lock_keeps_what_cannot_be_made_again(full: Deployment) -> None:
    places = [lock["id"].partition("/providers/Microsoft.Authorization/")[0] for lock in full.of("Authorization/locks")]
    assert sorted(places) == sorted(full.one(kind)["id"] for kind in ("KeyVault/vaults", "Storage/storageAccounts"))
    # Microsoft Learn, "Lock your resources": the other level, ReadOnly, would stop the app.
    assert {lock["properties"]["level"] for lock in full.of("Authorization/locks")} == {"CanNotDelete"}


def test_no_secret_enters_or_leaves_a_template(template: Properties) -> None:
    for name in [*template["parameters"], *template["outputs"]]:
        if re.search(r"secret|password|key$", name, re.I):
            assert name.endswith(("Name", "TtlSeconds")), name
    assert not re.search(r"list(Keys|AccountSas|ServiceSas)|vaults/secrets|accountKey", str(template))
    assert {p["type"] for p in template["parameters"].values()} <= {"string", "int", "bool", "array"}


def test_updates_and_size_are_the_operators_choice(usual: Deployment, full: Deployment, template: Properties) -> None:
    config = [deployment.properties("Web/sites")["functionAppConfig"] for deployment in (usual, full)]
    assert [each["scaleAndConcurrency"]["maximumInstanceCount"] for each in config] == [40, 1000]
    assert [each["scaleAndConcurrency"]["instanceMemoryMB"] for each in config] == [2048, 512]
    # Microsoft Learn, "Site update strategies in Flex Consumption"; not given, the platform's default holds.
    assert [each.get("siteUpdateStrategy") for each in config] == [None, {"type": "RollingUpdate"}]
    assert template["parameters"]["updateStrategy"]["allowedValues"] == ["Recreate", "RollingUpdate"]
    assert template["parameters"]["instanceMemoryMb"]["allowedValues"] == [512, 2048, 4096]


def test_traffic_goes_out_through_a_subnet_when_there_is_one(usual: Deployment, full: Deployment) -> None:
    assert usual.properties("Web/sites")["virtualNetworkSubnetId"] is None
    assert full.properties("Web/sites")["virtualNetworkSubnetId"] == SUBNET_ID
