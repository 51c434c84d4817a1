"""App registrations and managed identities, and whom a token of theirs stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .directory import User, object_id
from .tokens import Principal


@dataclass
class ClientSecret:
    value: str
    expires: float | None = None


@dataclass
class App:
    """An app registration with its service principal, or a managed identity (which has no secrets)."""

    client_id: str
    object_id: str
    display_name: str
    secrets: list[ClientSecret] = field(default_factory=list)
    delegated_scopes: set[str] = field(default_factory=set)
    app_roles: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)  # directory roles of the service principal
    reads_vault: bool = True
    is_managed_identity: bool = False
    system_assigned: bool = False
    exposes_api: bool = False  # other apps may ask for tokens for it, as api://<its client id>
    sign_in_error: int | None = None  # the AADSTS number that every sign-in of this app is answered with


def make_app(fields: Mapping[str, Any], *, is_managed_identity: bool = False) -> App:
    client_id = str(fields["clientId"]).lower()
    return App(
        client_id=client_id,
        object_id=fields.get("objectId", object_id(f"app {client_id}")),
        display_name=fields.get("displayName", client_id),
        secrets=[ClientSecret(entry["value"], entry.get("expires")) for entry in fields.get("secrets", [])],
        delegated_scopes=set(fields.get("delegatedScopes", [])),
        app_roles=set(fields.get("appRoles", [])),
        roles=set(fields.get("roles", [])),
        reads_vault=fields.get("readsVault", True),
        is_managed_identity=is_managed_identity,
        system_assigned=fields.get("systemAssigned", False),
        exposes_api=fields.get("exposesApi", False),
        sign_in_error=fields.get("signInError"),
    )


# What the owner of an app changes: a word of a seed, and where it is kept.
_CHANGEABLE = {"delegatedScopes": "delegated_scopes", "appRoles": "app_roles", "roles": "roles"}
_PLAIN = {"readsVault": "reads_vault", "signInError": "sign_in_error"}


def change_app(app: App, words: Mapping[str, Any]) -> None:
    """Grant, withdraw or break something, in the words of a seed. Tokens already issued keep what they say."""
    if unknown := words.keys() - _CHANGEABLE.keys() - _PLAIN.keys():
        raise ValueError(f"an app has no word {min(unknown)!r} that can be changed")
    for word, value in words.items():
        if word in _PLAIN:
            setattr(app, _PLAIN[word], value)
        else:
            setattr(app, _CHANGEABLE[word], set(value))


def delegated_principal(app: App, user: User) -> Principal:
    return Principal(user.id, app.client_id, user.user_principal_name, frozenset(app.delegated_scopes))


def app_principal(app: App) -> Principal:
    return Principal(app.object_id, app.client_id, None, frozenset(app.app_roles))
