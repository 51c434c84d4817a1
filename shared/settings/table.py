"""Every app setting: its name and its default. docs/settings.md says what each is for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One app setting: `default` None means that it has none."""

    name: str
    default: str | None


SETTINGS = (
    Setting("KEY_VAULT_URL", None),
    Setting("TENANT_ID", None),
    Setting("CLIENT_ID", None),
    Setting("GRAPH_AUTH", "service_account"),
    Setting("AZURE_CLOUD", "public"),
    Setting("AZURE_CLIENT_ID", None),
    Setting("PUBLIC_URL", None),
    Setting("HANDSHAKE_HEADER", "Message"),
    Setting("HANDSHAKE_SECRET_NAME", "webhook-handshake"),
    Setting("ALLOW_EXPLICIT_VALUES", "false"),
    Setting("HANDSHAKE_EXPLICIT_SECRET_NAME", "webhook-handshake-explicit"),
    Setting("CALLERS", None),
    Setting("REQUIRE", "handshake"),
    Setting("TRUSTED_PROXIES", "0"),
    Setting("SERVICE_ACCOUNT_USERNAME_SECRET_NAME", "service-account-username"),
    Setting("SERVICE_ACCOUNT_PASSWORD_SECRET_NAME", "service-account-password"),
    Setting("CLIENT_SECRET_SECRET_NAME", "graph-client-secret"),
    Setting("SOURCE_ATTRIBUTE", "extensionAttribute15"),
    Setting("ALTERNATE_MOBILE_ATTRIBUTE", None),
    Setting("OFFICE_ATTRIBUTE", None),
    Setting("EMAIL_ATTRIBUTE", None),
    Setting("SMS_SIGN_IN", "leave"),
    Setting("DEFAULT_REGION", None),
    Setting("INCLUDE_DISABLED_USERS", "false"),
    Setting("ON_EMPTY", "keep"),
    Setting("ON_DIFFERENT", "update"),
    Setting("ON_MASKED", "trust"),
    Setting("READ_ONLY", "false"),
    Setting("PROTECT_ADMINISTRATORS", "auto"),
    Setting("PROTECTED_GROUP_ID", None),
    Setting("ALLOWED_GROUP_ID", None),
    Setting("ALLOWED_COUNTRIES", None),
    Setting("MAX_USERS_PER_NUMBER", "3"),
    Setting("MAX_REMOVALS", "10"),
    Setting("MAX_REMOVALS_PERCENT", "10"),
    Setting("MAX_OVERWRITES", "20"),
    Setting("MAX_OVERWRITES_PERCENT", "30"),
    Setting("MAX_REMOVALS_PER_DAY", "100"),
    Setting("MAX_OVERWRITES_PER_DAY", None),
    Setting("MAX_USERS", "200000"),
    Setting("MAX_BODY_BYTES", "33554432"),
    Setting("INLINE_USERS", "200"),
    Setting("JOB_PARALLEL_ACTIVITIES", "4"),
    Setting("JOB_PATIENCE_MINUTES", "60"),
    Setting("WAIT_FOR_USERS_MINUTES", "0"),
    Setting("SWEEP_SCHEDULE", None),
    Setting("CHECK_SCHEDULE", None),
    Setting("JOB_RETENTION_DAYS", "7"),
    Setting("MAX_OPEN_JOBS", "20"),
    Setting("INLINE_DEADLINE_SECONDS", "100"),
    Setting("GRAPH_MAX_REQUESTS_PER_SECOND", "0"),
    Setting("LOG_USER_NAMES", "false"),
    Setting("SECRET_TTL_SECONDS", "300"),
)

# The setting that names the attribute of each method; methods as Microsoft Graph names them.
ATTRIBUTE_SETTINGS = {
    "mobile": "SOURCE_ATTRIBUTE",
    "alternateMobile": "ALTERNATE_MOBILE_ATTRIBUTE",
    "office": "OFFICE_ATTRIBUTE",
    "email": "EMAIL_ATTRIBUTE",
}
