"""Broken states of tenant, vault and settings, and the one line that each of them is to change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.tenant import Fault, SandboxTenant
from shared.core.check.lines import Result

# Long before SMS and voice end.
EARLY = datetime(2026, 10, 1, tzinfo=UTC)
PILOT = "9009c000-0000-4000-8000-00000000009c"
NO_GROUP = "9009f000-0000-4000-8000-00000000009f"
IDENTITY = {"GRAPH_AUTH": "managed_identity", "PROTECT_ADMINISTRATORS": "on"}
_DAY = 86_400
_OURS, _OLD = "sandbox-handshake-not-real", "sandbox-old-handshake-not-real"
ServiceAccount = "svc-mfa@contoso.com"
_ALL = ("User.Read.All", "GroupMember.Read.All", "RoleManagement.Read.Directory", "Policy.Read.AuthenticationMethod")


def _nothing(box: SandboxTenant) -> None:
    pass


@dataclass(frozen=True)
class Broken:
    name: str
    line: str
    result: Result
    mend: str
    breaks: Callable[[SandboxTenant], object] = _nothing
    settings: Mapping[str, str] = field(default_factory=dict)
    now: datetime = EARLY
    has_storage: bool = True


def _secret(name: str, value: str, **words: object) -> Callable[[SandboxTenant], object]:
    return lambda box: box.tenant.set_secret(name, value, **words)


def _both(
    one: Callable[[SandboxTenant], object], other: Callable[[SandboxTenant], object]
) -> Callable[[SandboxTenant], object]:
    return lambda box: (one(box), other(box))


def _expires(days: int, name: str = "webhook-handshake", value: str = _OURS) -> Callable[[SandboxTenant], object]:
    return _secret(name, value, exp=int(EARLY.timestamp()) + days * _DAY)


def _clock(seconds: float) -> Callable[[SandboxTenant], object]:
    return lambda box: box.tenant.set_switches(clock_off_s=seconds)


def _account_may_all(box: SandboxTenant, *roles: str) -> None:
    """All scopes, and the role that writes methods beside `roles`."""
    box.tenant.change_app(box.environment()["CLIENT_ID"], delegatedScopes=[*_ALL, "UserAuthMethod-Phone.ReadWrite.All"])
    box.tenant.change_user(ServiceAccount, roles=["Privileged Authentication Administrator", *roles])


def _identity(box: SandboxTenant, **words: object) -> None:
    box.tenant.change_app(box.environment()["AZURE_CLIENT_ID"], **words)


FAILURE, WARNING = Result.FAILURE, Result.WARNING
_HANDSHAKE = "secret webhook-handshake"
_ROTATE = "sh infra/secrets.sh --rotate webhook-handshake, or ./infra/secrets.ps1 -Rotate webhook-handshake"
_REPLACE = "sh infra/secrets.sh --rotate webhook-handshake --leaked, or "
_DISABLE = (
    "az keyvault secret set-attributes --vault-name contoso-mfa --name webhook-handshake-previous --enabled false"
)
_SIGNER = '[{"name": "helpdesk", "rights": ["read"], "signed": true}]'
_CALLERS = '[{"name": "helpdesk", "rights": ["read"]}, {"name": "other", "rights": ["read"]}]'

STATES = (
    Broken(
        "no secret",
        *(_HANDSHAKE, FAILURE, "sh infra/secrets.sh, or ./infra/secrets.ps1"),
        lambda box: box.tenant.delete_secret("webhook-handshake"),
    ),
    Broken(
        "no secret of a named caller",
        *("secret webhook-caller-helpdesk", FAILURE, "sh infra/caller.sh helpdesk, or ./infra/caller.ps1 helpdesk"),
        lambda box: box.tenant.delete_secret("webhook-caller-helpdesk"),
        {"CALLERS": _CALLERS.replace("other", "hr-system")},
    ),
    Broken(
        "newline in a secret",
        *(_HANDSHAKE, FAILURE, "webhook-handshake > New version: the same value"),
        _secret("webhook-handshake", f"{_OURS}\n"),
    ),
    Broken(
        "byte order mark in the password",
        *("secret service-account-password", FAILURE, "sh infra/secrets.sh"),
        _secret("service-account-password", "\ufeffsandbox-password-not-real"),
    ),
    Broken("short secret", _HANDSHAKE, FAILURE, _REPLACE, _secret("webhook-handshake", "short")),
    Broken("expired secret", _HANDSHAKE, WARNING, _ROTATE, _expires(-1)),
    Broken("expiring secret", _HANDSHAKE, WARNING, _ROTATE, _expires(29)),
    Broken(
        "disabled secret",
        *(_HANDSHAKE, FAILURE, "--name webhook-handshake --enabled true"),
        _secret("webhook-handshake", _OURS, enabled=False),
    ),
    Broken(
        "previous handshake without a date",
        *("secret webhook-handshake-previous", WARNING, _DISABLE),
        _secret("webhook-handshake-previous", _OLD),
    ),
    Broken(
        "previous handshake that has expired",
        *("secret webhook-handshake-previous", WARNING, _DISABLE),
        _expires(-1, "webhook-handshake-previous", _OLD),
    ),
    Broken(
        "previous handshake in use",
        *("secret webhook-handshake-previous", WARNING, f"no caller uses it any more: {_DISABLE}"),
        _expires(5, "webhook-handshake-previous", _OLD),
    ),
    Broken(
        "short audit-key",
        *("secret audit-key", FAILURE, "When no job runs: sh infra/secrets.sh --rotate audit-key"),
        _secret("audit-key", "fifteen-letters"),
    ),
    Broken(
        "previous handshake that cannot serve",
        *("secret webhook-handshake-previous", FAILURE, _DISABLE),
        _secret("webhook-handshake-previous", "short"),
    ),
    Broken(
        "newline in a secret of the sign-in",
        *("secret service-account-password", FAILURE, "sh infra/secrets.sh --rotate service-account-password, or"),
        _secret("service-account-password", "sandbox-password-not-real\n"),
    ),
    Broken(
        "expired secret of the sign-in",
        *("secret service-account-password", WARNING, "sh infra/secrets.sh --rotate service-account-password, or"),
        _expires(-1, "service-account-password", "sandbox-password-not-real"),
    ),
    Broken(
        "expiring audit key",
        *("secret audit-key", WARNING, "When no job runs: sh infra/secrets.sh --rotate audit-key, or"),
        _expires(29, "audit-key", "0" * 64),
    ),
    Broken(
        "vault forbidden",
        *("vault", FAILURE, "azd provision --no-state; only if you did not use the templates: az role"),
        lambda box: _identity(box, readsVault=False),
    ),
    Broken(
        "two callers, one secret",
        *("callers", FAILURE, "sh infra/secrets.sh --rotate webhook-caller-other --leaked, or"),
        _secret("webhook-caller-other", "sandbox-helpdesk-not-real"),
        {"CALLERS": _CALLERS},
    ),
    Broken(
        "a caller with the value of the handshakes that REQUIRE switches off",
        *("callers", FAILURE, "sh infra/secrets.sh --rotate webhook-caller-helpdesk --leaked, or"),
        _secret("webhook-caller-helpdesk", _OURS),
        {"CALLERS": _SIGNER, "REQUIRE": "signature"},
    ),
    Broken(
        "a caller with the value of the explicit handshake, which is off",
        *("callers", FAILURE, "sh infra/secrets.sh --rotate webhook-caller-helpdesk --leaked, or"),
        _both(_secret("webhook-caller-helpdesk", _OLD), _secret("webhook-handshake-explicit", _OLD)),
        {"CALLERS": _SIGNER, "ALLOW_EXPLICIT_VALUES": "false"},
    ),
    Broken(
        "a caller whose Entra token is not believed",
        *("callers", FAILURE, "azd env set AUTH_CLIENT_ID"),
        settings={"CALLERS": f'[{{"name": "iam", "rights": ["read"], "entraObjectId": "{NO_GROUP}"}}]'},
    ),
    Broken("nobody can sign", *("callers", FAILURE, "Add a caller to CALLERS"), settings={"REQUIRE": "signature"}),
    Broken(
        "nobody has an Entra token",
        *("callers", FAILURE, "azd env set REQUIRE handshake"),
        settings={"REQUIRE": "entra", "ALLOW_EXPLICIT_VALUES": "true"},
    ),
    Broken(
        "wrong tenant",
        *("signIn", FAILURE, "TENANT_ID"),
        settings={"TENANT_ID": "00000000-0000-4000-8000-0000000000ff"},
    ),
    Broken(
        "consent missing",
        *("signIn", FAILURE, "Sign-in logs"),
        lambda box: box.tenant.change_app(box.environment()["CLIENT_ID"], signInError=65001),
    ),
    Broken(
        "permission missing",
        *("permissions", FAILURE, "infra/grant.sh"),
        lambda box: _identity(box, appRoles=_ALL),
        IDENTITY,
    ),
    Broken(
        "delegated permission missing",
        *("permissions", FAILURE, "API permissions"),
        lambda box: box.tenant.change_app(box.environment()["CLIENT_ID"], delegatedScopes=["User.Read.All"]),
    ),
    Broken(
        "narrow permission where the broad one is needed",
        *("permissions", FAILURE, "UserAuthenticationMethod.ReadWrite.All"),
        lambda box: _identity(box, appRoles=[*_ALL, "UserAuthMethod-Phone.ReadWrite.All"]),
        {**IDENTITY, "EMAIL_ATTRIBUTE": "mail"},
    ),
    Broken(
        "narrow permissions, and no list of all methods",
        *("permissions", FAILURE, "UserAuthenticationMethod.ReadWrite.All"),
        lambda box: _identity(
            box, appRoles=[*_ALL, "UserAuthMethod-Phone.ReadWrite.All", "UserAuthMethod-Email.ReadWrite.All"]
        ),
        {**IDENTITY, "EMAIL_ATTRIBUTE": "mail"},
    ),
    Broken(
        "role missing",
        *("directoryRole", FAILURE, "Roles and administrators"),
        lambda box: box.tenant.change_user(ServiceAccount, roles=[]),
    ),
    Broken(
        "role missing that reads who is an administrator",
        *("administrators", FAILURE, "Roles and administrators > Global Reader > Add assignments"),
        _account_may_all,
        {"PROTECT_ADMINISTRATORS": "on"},
    ),
    Broken(
        "administrators that Graph does not tell",
        *("administrators", FAILURE, "Check again. If it persists, look at the Microsoft 365 service health"),
        lambda box: box.tenant.faults.append(Fault("status", path="roleAssignments", status=403)),
        IDENTITY,
    ),
    Broken(
        "masked reads",
        *("numbers", WARNING, "GRAPH_AUTH=managed_identity"),
        lambda box: box.tenant.change_user(ServiceAccount, roles=["Authentication Administrator"]),
    ),
    Broken(
        "unknown attribute",
        *("attributes", FAILURE, "azd env set SOURCE_ATTRIBUTE"),
        settings={"SOURCE_ATTRIBUTE": "mobilPhone"},
    ),
    Broken(
        "attribute in which nobody has a value",
        *("attributes", WARNING, "azd env set SOURCE_ATTRIBUTE"),
        settings={"SOURCE_ATTRIBUTE": "extension_0123456789abcdef0123456789abcdef_mfaFone"},
    ),
    Broken(
        "restricted units unknown",
        *("restrictedUnits", WARNING, "PROTECTED_GROUP_ID"),
        lambda box: box.tenant.set_switches(restricted_refused="always"),
        IDENTITY,
    ),
    Broken(
        "missing group",
        *("protectedGroup", FAILURE, "azd env set PROTECTED_GROUP_ID"),
        settings={"PROTECTED_GROUP_ID": NO_GROUP},
    ),
    Broken(
        "empty group",
        *("allowedGroup", FAILURE, "Members"),
        lambda box: box.tenant.set_group("MFA sync: pilot", id=PILOT),
        {"ALLOWED_GROUP_ID": PILOT},
    ),
    Broken("jobs without storage", "storage", FAILURE, "AzureWebJobsStorage", has_storage=False),
    Broken("clock off", "clock", FAILURE, "az functionapp restart", _clock(900)),
    Broken("clock a little off", "clock", WARNING, "az functionapp", _clock(-90)),
    Broken(
        "SMS policy off",
        *("smsPolicy", WARNING, "Authentication methods > Policies"),
        lambda box: box.tenant.change_policy("sms", state="disabled"),
    ),
    Broken(
        "voice off where phones are only called",
        *("voicePolicy", WARNING, "Voice call"),
        settings={"OFFICE_ATTRIBUTE": "mobilePhone"},
    ),
    Broken("retirement near", "retirement", WARNING, "telephony provider", now=datetime(2026, 12, 15, tzinfo=UTC)),
    Broken("retirement over", "retirement", WARNING, "passkeys", now=datetime(2027, 3, 1, tzinfo=UTC)),
)
