"""Commands that fix something. Angle brackets mark values that only the operator knows."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where the app runs, as the platform tells it."""

    app: str = ""
    group: str = ""


# Without --no-state, azd skips what it deployed before, even if somebody has changed Azure since, and reports success
# (Azure/azure-dev, cli/azd/docs/provision-state.md).
_PROVISION = "azd provision --no-state"


def setting(assignment: str) -> str:
    """`assignment`: NAME value."""
    return f"azd env set {assignment}, then {_PROVISION}"


def assign_role(name: str) -> str:
    """To the service account."""
    return f"Entra admin center > Roles and administrators > {name} > Add assignments: the service account"


def vault_name(settings: Settings) -> str:
    return (urlsplit(settings.key_vault_url).hostname or "").partition(".")[0]


def make_secret(name: str) -> str:
    """For one that does not exist: the scripts leave those that do alone."""
    caller = name.removeprefix("webhook-caller-")
    if caller != name:
        return f"sh infra/caller.sh {caller}, or ./infra/caller.ps1 {caller}"
    return "sh infra/secrets.sh, or ./infra/secrets.ps1"


def rotate_secret(name: str) -> str:
    """The old value of a handshake stays valid for a while. For a secret of the sign-in, the script asks."""
    return f"sh infra/secrets.sh --rotate {name}, or ./infra/secrets.ps1 -Rotate {name}"


def replace_secret(name: str) -> str:
    """For a value that nobody can use: a copy of it would be a second fault."""
    replaced = f"sh infra/secrets.sh --rotate {name} --leaked, or ./infra/secrets.ps1 -Rotate {name} -Leaked"
    return f"{replaced} (no old value works after that)"


def trim_secret(settings: Settings, name: str) -> str:
    secret = f"Azure portal > Key vaults > {vault_name(settings)} > Objects > Secrets > {name}"
    return f"{secret} > New version: the same value, typed without anything around it"


def disable_secret(settings: Settings, name: str) -> str:
    """Not deleted: the name of a deleted secret stays taken for 90 days, and the next rotation needs it."""
    vault = vault_name(settings)
    return f"az keyvault secret set-attributes --vault-name {vault} --name {name} --enabled false --output none"


def enable_secret(settings: Settings, name: str) -> str:
    vault = vault_name(settings)
    return f"az keyvault secret set-attributes --vault-name {vault} --name {name} --enabled true --output none"


def allow_vault(settings: Settings) -> str:
    vault = f"az keyvault show --name {vault_name(settings)} --query id --output tsv"
    return _assign("Key Vault Secrets User", settings.identity_client_id, vault)


def allow_storage(settings: Settings) -> str:
    account = "az storage account show --name <account> --query id --output tsv"
    return _assign("Storage Blob Data Owner", settings.storage.client_id or settings.identity_client_id, account)


def _assign(role: str, identity: str | None, scope: str) -> str:
    """The templates assign the role. Once somebody has assigned it by hand, their deployment fails with
    RoleAssignmentExists (Azure/bicep, issue 19936)."""
    assignee = identity or "<the app's identity>"
    by_hand = f'az role assignment create --role "{role}" --assignee {assignee} --scope "$({scope})"'
    return f"{_PROVISION}; only if you did not use the templates: {by_hand}"


def open_vault(settings: Settings) -> str:
    return f"Azure portal > Key vaults > {vault_name(settings)} > Networking: let the function app in"


def restart(place: Place) -> str:
    return f"az functionapp restart --name {place.app or '<app>'} --resource-group {place.group or '<resource group>'}"
