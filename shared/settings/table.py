"""Every app setting: its name, its default and what it is for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One app setting: `default` None means that it has none."""

    name: str
    default: str | None
    meaning: str


SETTINGS = (
    Setting("KEY_VAULT_URL", None, "https://<name>.vault.azure.net, where the secrets are"),
    Setting("TENANT_ID", None, "the Entra tenant; not needed with GRAPH_AUTH=managed_identity"),
    Setting("CLIENT_ID", None, "the app registration; not needed with GRAPH_AUTH=managed_identity"),
    Setting("GRAPH_AUTH", "service_account", "service_account, client_secret or managed_identity"),
    Setting("AZURE_CLOUD", "public", "public or usgov: sign-in, Graph and vault hosts together"),
    Setting("AZURE_CLIENT_ID", None, "client id of the user-assigned managed identity"),
    Setting("PUBLIC_URL", None, "https://… before /api in links to jobs; without it scheme and host of the request"),
    Setting("HANDSHAKE_HEADER", "Message", "header that carries the handshake"),
    Setting(
        "HANDSHAKE_SECRET_NAME", "webhook-handshake", "Key Vault secret with the handshake; <name>-previous counts too"
    ),
    Setting("ALLOW_EXPLICIT_VALUES", "false", "true opens the routes on which the caller names the values"),
    Setting(
        "HANDSHAKE_EXPLICIT_SECRET_NAME",
        "webhook-handshake-explicit",
        "Key Vault secret with the handshake of those routes; <name>-previous counts too",
    ),
    Setting("CALLERS", None, "named callers as JSON: name, rights, entraObjectId, signed"),
    Setting("REQUIRE", "handshake", "handshake, signature or entra: the least proof that is accepted"),
    Setting("TRUSTED_PROXIES", "0", "proxies in front of the app that add to X-Forwarded-For"),
    Setting("SERVICE_ACCOUNT_USERNAME_SECRET_NAME", "service-account-username", "Key Vault secret"),
    Setting("SERVICE_ACCOUNT_PASSWORD_SECRET_NAME", "service-account-password", "Key Vault secret"),
    Setting("CLIENT_SECRET_SECRET_NAME", "graph-client-secret", "Key Vault secret"),
    Setting(
        "SOURCE_ATTRIBUTE",
        "extensionAttribute15",
        "holds the mobile number: extensionAttribute1..15 or a top-level string property of the user",
    ),
    Setting(
        "ALTERNATE_MOBILE_ATTRIBUTE", None, "holds the alternateMobile number; without it that method is left alone"
    ),
    Setting("OFFICE_ATTRIBUTE", None, "holds the office number; without it that method is left alone"),
    Setting("EMAIL_ATTRIBUTE", None, "holds the address of the e-mail method; without it that method is left alone"),
    Setting("SMS_SIGN_IN", "leave", "leave, off, or on for users whose directory holds a number"),
    Setting("DEFAULT_REGION", None, "ISO country for national numbers of users without usageLocation"),
    Setting("INCLUDE_DISABLED_USERS", "false", "true: jobs for a group or everyone include disabled accounts"),
    Setting("ON_EMPTY", "keep", "keep or remove a method when its attribute is empty"),
    Setting("ON_DIFFERENT", "update", "update or keep what is registered and differs from the directory"),
    Setting("ON_MASKED", "trust", "trust or rewrite a masked number whose visible digits agree"),
    Setting("READ_ONLY", "false", "true: nothing is written; dry runs and reads work"),
    Setting(
        "PROTECT_ADMINISTRATORS",
        "auto",
        "auto, on or off: users with a directory role are never touched; auto is on unless GRAPH_AUTH=service_account",
    ),
    Setting("PROTECTED_GROUP_ID", None, "object id of a group whose members are never touched"),
    Setting("ALLOWED_GROUP_ID", None, "object id of a group; only its members are touched"),
    Setting("ALLOWED_COUNTRIES", None, "ISO countries whose numbers may be written, as in SE,NO"),
    Setting("MAX_USERS_PER_NUMBER", "3", "users of one list who may get the same mobile number; 0: any number of them"),
    Setting("MAX_REMOVALS", "10", "methods that any request may remove"),
    Setting("MAX_REMOVALS_PERCENT", "10", "the same as a share of the users found, if that is more"),
    Setting("MAX_OVERWRITES", "20", "registered numbers and addresses that any request may overwrite"),
    Setting("MAX_OVERWRITES_PERCENT", "30", "the same as a share of the users found, if that is more"),
    Setting("MAX_REMOVALS_PER_DAY", "100", "removals in 24 hours, of all requests together; empty: no limit, 0: none"),
    Setting("MAX_OVERWRITES_PER_DAY", None, "overwrites in 24 hours, of all requests together; 0: none"),
    Setting("MAX_USERS", "200000", "entries in one request"),
    Setting("MAX_BODY_BYTES", "33554432", "bytes in one request"),
    Setting("INLINE_USERS", "200", "a longer list becomes a job; with values in it, it is refused"),
    Setting("JOB_PARALLEL_ACTIVITIES", "4", "chunks of one job that are worked on at once, over all instances"),
    Setting(
        "JOB_PATIENCE_MINUTES", "60", "how long a job waits for a service that is away or a Graph that stands still"
    ),
    Setting(
        "WAIT_FOR_USERS_MINUTES",
        "0",
        "how long a job waits for users who are not found or have no number; 0: not at all",
    ),
    Setting("SWEEP_SCHEDULE", None, "NCRONTAB, as in 0 */15 * * * *: when users who changed are reconciled"),
    Setting("CHECK_SCHEDULE", None, "NCRONTAB, as in 0 0 5 * * 1: when everybody is compared, and nothing written"),
    Setting("JOB_RETENTION_DAYS", "7", "how long the results of a job are kept"),
    Setting("MAX_OPEN_JOBS", "20", "unfinished jobs that one caller may have at once"),
    Setting("INLINE_DEADLINE_SECONDS", "100", "time budget of one request"),
    Setting("GRAPH_MAX_REQUESTS_PER_SECOND", "0", "ceiling on Graph requests of one instance; 0 follows Graph"),
    Setting("LOG_USER_NAMES", "false", "true: the log has the names of users beside their object ids"),
    Setting("SECRET_TTL_SECONDS", "300", "how long a secret is used before Key Vault is asked again"),
)

# The setting that names the attribute of each method; methods as Microsoft Graph names them.
ATTRIBUTE_SETTINGS = {
    "mobile": "SOURCE_ATTRIBUTE",
    "alternateMobile": "ALTERNATE_MOBILE_ATTRIBUTE",
    "office": "OFFICE_ATTRIBUTE",
    "email": "EMAIL_ATTRIBUTE",
}
