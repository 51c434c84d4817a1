"""Who may sign in: app registrations and managed identities, and the rules of both sign-in flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .aadsts import SignInRefused
from .directory import User, object_id
from .tokens import Principal

if TYPE_CHECKING:
    from .tenant import Tenant


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
    reads_vault: bool = True
    is_managed_identity: bool = False
    system_assigned: bool = False
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
        reads_vault=fields.get("readsVault", True),
        is_managed_identity=is_managed_identity,
        system_assigned=fields.get("systemAssigned", False),
        sign_in_error=fields.get("signInError"),
    )


def check_client(tenant: Tenant, client_id: str, client_secret: str | None) -> App:
    """The app that these credentials belong to."""
    app = tenant.apps.get(client_id.lower())
    if app is None or app.is_managed_identity:
        raise SignInRefused(700016)
    if client_secret is None:
        raise SignInRefused(7000218)
    held = next((secret for secret in app.secrets if secret.value == client_secret), None)
    if held is None:
        raise SignInRefused(7000215)
    if held.expires is not None and held.expires <= tenant.clock():
        raise SignInRefused(7000222)
    if app.sign_in_error is not None:
        raise SignInRefused(app.sign_in_error)
    return app


def check_password(tenant: Tenant, user_name: str, password: str) -> User:
    """The user who signs in with this password.

    Smart lock-out: stricter than Entra, which does not count the same wrong password twice, so that a test sees
    every needless attempt in `failed_sign_ins`.
    """
    user = tenant.find_user(user_name)
    if user is None:
        raise SignInRefused(50034)
    if user.locked_until > tenant.clock():
        user.failed_sign_ins += 1
        raise SignInRefused(50053)
    if user.password is None or password != user.password:
        user.failed_sign_ins += 1
        if user.failed_sign_ins >= tenant.switches.lockout_threshold:
            user.locked_until = tenant.clock() + tenant.switches.lockout_seconds
        raise SignInRefused(50126)
    if not user.property("accountEnabled"):
        raise SignInRefused(50057)
    if user.sign_in_error is not None:
        raise SignInRefused(user.sign_in_error)
    user.failed_sign_ins = 0
    return user


def delegated_principal(app: App, user: User) -> Principal:
    return Principal(user.id, app.client_id, user.user_principal_name, frozenset(app.delegated_scopes))


def app_principal(app: App) -> Principal:
    return Principal(app.object_id, app.client_id, None, frozenset(app.app_roles))
