"""A service account and its secrets, and the sign-in with them through MSAL."""

from collections.abc import Mapping

from sandbox.tenant import SandboxTenant
from shared.deadline import Deadline
from shared.microsoft.msal_sign_in import MsalSignIn

SVC = "svc-mfa@contoso.com"
SCOPE = "https://graph.microsoft.com/.default"
RIGHT = {
    "client_secret": "sandbox-client-secret-not-real",
    "username": SVC,
    "password": "sandbox-password-not-real",
}


class Box:
    """Secrets as the vault holds them and as the cache remembers them; notes how old a value may be each time."""

    def __init__(self, **values: str) -> None:
        self.vault = dict(values)
        self.cached = dict(values)
        self.asked: list[float | None] = []

    def __call__(self, _deadline: Deadline, reload_every_s: float | None = None) -> Mapping[str, str]:
        self.asked.append(reload_every_s)
        if reload_every_s is not None:
            self.cached = dict(self.vault)
        return dict(self.cached)


def msal_sign_in(box: SandboxTenant, secrets: Box) -> MsalSignIn:
    environment = box.environment()
    authority = f"https://login.microsoftonline.com/{environment['TENANT_ID']}"
    return MsalSignIn(authority, environment["CLIENT_ID"], SCOPE, secrets)
