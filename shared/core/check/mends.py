"""Commands that fix something. Angle brackets mark values that only the operator knows."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where the app runs, as the platform tells it."""

    app: str = ""
    group: str = ""


def setting(assignment: str) -> str:
    """`assignment`: NAME value."""
    return f"azd env set {assignment}, then azd provision"


def vault_name(settings: Settings) -> str:
    return (urlsplit(settings.key_vault_url).hostname or "").partition(".")[0]


def write_secret(settings: Settings, name: str, value: str) -> str:
    return f'az keyvault secret set --vault-name {vault_name(settings)} --name {name} --value="{value}" --output none'


def new_handshake(settings: Settings, name: str) -> str:
    return write_secret(settings, name, "$(openssl rand -hex 32)")


def delete_secret(settings: Settings, name: str) -> str:
    return f"az keyvault secret delete --vault-name {vault_name(settings)} --name {name}"


def enable_secret(settings: Settings, name: str) -> str:
    vault = vault_name(settings)
    return f"az keyvault secret set-attributes --vault-name {vault} --name {name} --enabled true --output none"


def allow_vault(settings: Settings) -> str:
    identity = settings.identity_client_id or "<the app's identity>"
    scope = f"$(az keyvault show --name {vault_name(settings)} --query id --output tsv)"
    return f'az role assignment create --role "Key Vault Secrets User" --assignee {identity} --scope "{scope}"'


def open_vault(settings: Settings) -> str:
    return f"Azure portal > Key vaults > {vault_name(settings)} > Networking: let the function app in"


def restart(place: Place) -> str:
    return f"az functionapp restart --name {place.app or '<app>'} --resource-group {place.group or '<resource group>'}"
