"""Who may do what in Azure, from the evaluated deployment: by the id of each role, with its name and reason."""

import re

from tests.infra.bicep import INFRA, Deployment, Properties
from tests.infra.everything import GROUP_ID

# Microsoft Learn, "Azure built-in roles".
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
}
USUAL = {
    ("Storage Blob Data Owner", "storageAccounts", "the app"),
    ("Storage Queue Data Contributor", "storageAccounts", "the app"),
    ("Storage Table Data Contributor", "storageAccounts", "the app"),
    ("Key Vault Secrets User", "vaults", "the app"),
    ("Monitoring Metrics Publisher", "components", "the app"),
    ("Key Vault Secrets Officer", "vaults", "whoever deploys"),
}
# On the container of the audit trail alone: others in the account hold the key of its tags.
READERS = {("Storage Blob Data Reader", "containers/audit", "the readers")}


def assignments(deployment: Deployment) -> set[tuple[str, str, str]]:
    found = []
    for assignment in deployment.of("Authorization/roleAssignments"):
        role = ROLES[assignment["properties"]["roleDefinitionId"].rpartition("/")[2]]
        found.append((role, place(assignment), principal(assignment["properties"])))
    assert len(found) == len(set(found))
    return set(found)


def place(assignment: Properties) -> str:
    """The type of what it is on; of a container its name too."""
    resource = re.search(r"/providers/Microsoft\.\w+/([\w/-]+?)(?='|/providers/)", assignment["id"])
    assert resource is not None, assignment["id"]
    parts = resource[1].split("/")
    return parts[0] if len(parts) == 2 else "/".join(parts[-2:])


def principal(properties: Properties) -> str:
    kind, who = properties.get("principalType"), properties["principalId"]
    if kind == "ServicePrincipal" and re.search(r"'identity-\{0\}'.*outputs\.principalId", who):
        return "the app"
    if kind == "Group" and who == GROUP_ID:
        return "the readers"
    # A person or a pipeline: Azure finds out which.
    return "whoever deploys" if kind is None and who == "[deployer().objectId]" else f"{kind} {who}"


def test_the_app_and_whoever_deploys_have_these_roles(usual: Deployment) -> None:
    assert assignments(usual) == USUAL


def test_readers_of_the_audit_trail_read_nothing_else(full: Deployment) -> None:
    assert assignments(full) == USUAL | READERS


def test_every_role_has_a_line_of_its_own_with_its_name_and_reason() -> None:
    guid = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    seen = []
    # The Logic App of lifecycle/ is a deployment of its own: test_lifecycle.py.
    for path in [INFRA / "main.bicep", *INFRA.joinpath("modules").glob("*.bicep")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            for role in re.findall(guid, line):
                seen.append(role)
                assert re.fullmatch(rf"  '{role}' // {ROLES[role]}: \w.{{20,}}", line), line
    assert sorted(seen) == sorted(ROLES)
