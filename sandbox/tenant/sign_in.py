"""The rules of both sign-in flows: client credentials and passwords."""

from .aadsts import SignInRefused
from .accounts import App
from .directory import User
from .tenant import Tenant


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
