"""The app settings: read once, checked together, handed on as one frozen object."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.errors import ConfigurationError


class GraphAuth(StrEnum):
    SERVICE_ACCOUNT = "service_account"
    CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a mode
    MANAGED_IDENTITY = "managed_identity"


@dataclass(frozen=True, slots=True)
class Cloud:
    """Hosts of one Microsoft cloud, always used together (Microsoft Graph docs, "National cloud deployments")."""

    login: str
    graph: str
    vault_suffix: str


CLOUDS = {
    "public": Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com", ".vault.azure.net"),
    "usgov": Cloud("https://login.microsoftonline.us", "https://graph.microsoft.us", ".vault.usgovcloudapi.net"),
}


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
    Setting("JOB_RETENTION_DAYS", "7", "how long the results of a job are kept"),
    Setting("MAX_OPEN_JOBS", "20", "unfinished jobs that there may be at once"),
    Setting("INLINE_DEADLINE_SECONDS", "100", "time budget of one request"),
    Setting("GRAPH_MAX_REQUESTS_PER_SECOND", "0", "ceiling on Graph requests of one instance; 0 follows Graph"),
    Setting("SECRET_TTL_SECONDS", "300", "how long a secret is used before Key Vault is asked again"),
)

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TENANT = re.compile(rf"{_GUID.pattern}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, token
_PUBLIC_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
_SECRET_NAME = re.compile(r"[A-Za-z0-9-]{1,118}")  # Key Vault allows 127; "-previous" needs nine
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_EXTENSION_ATTRIBUTE = re.compile(r"extensionAttribute([1-9]|1[0-5])")
# The setting that names the attribute of each method; methods as Microsoft Graph names them.
ATTRIBUTE_SETTINGS = {
    "mobile": "SOURCE_ATTRIBUTE",
    "alternateMobile": "ALTERNATE_MOBILE_ATTRIBUTE",
    "office": "OFFICE_ATTRIBUTE",
    "email": "EMAIL_ATTRIBUTE",
}
_STORAGE = ("__blobServiceUri", "__accountName", "__clientId")
_REGION = re.compile(r"[A-Z]{2}")
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Storage:
    """The host's own storage account: a connection string, or the blob endpoint and the identity to use."""

    connection_string: str = field(default="", repr=False)
    blob_url: str = ""
    client_id: str | None = None

    @property
    def is_configured(self) -> bool:
        return bool(self.connection_string or self.blob_url)


@dataclass(frozen=True, slots=True)
class Settings:
    key_vault_url: str
    tenant_id: str
    client_id: str
    graph_auth: GraphAuth
    cloud: Cloud
    identity_client_id: str | None
    has_managed_identity: bool
    public_url: str | None
    handshake_header: str
    handshake_secret_name: str
    username_secret_name: str
    password_secret_name: str
    client_secret_name: str
    allow_explicit_values: bool
    explicit_secret_name: str
    attributes: Mapping[str, str]
    sms_sign_in: bool | None
    default_region: str | None
    remove_on_empty: bool
    keep_different: bool
    rewrite_masked: bool
    read_only: bool
    protect_administrators: bool
    protected_group_id: str | None
    allowed_group_id: str | None
    allowed_countries: frozenset[str]
    max_users_per_number: int
    max_removals: int
    max_removals_percent: int
    max_overwrites: int
    max_overwrites_percent: int
    max_removals_per_day: int | None
    max_overwrites_per_day: int | None
    max_users: int
    max_body_bytes: int
    inline_users: int
    job_parallel: int
    job_patience_minutes: int
    job_retention_days: int
    max_open_jobs: int
    storage: Storage
    deadline_s: int
    graph_max_per_second: int
    secret_ttl_s: int


def read_settings(environment: Mapping[str, str], is_region: Callable[[str], bool]) -> Settings:
    """Raises ConfigurationError naming every faulty setting at once, never its value: it may be a misplaced secret."""
    reader = _Reader(environment)
    cloud = CLOUDS[reader.choice("AZURE_CLOUD", *CLOUDS)]
    graph_auth = GraphAuth(reader.choice("GRAPH_AUTH", *GraphAuth))
    registration = graph_auth is not GraphAuth.MANAGED_IDENTITY
    vault = re.compile(rf"https://[A-Za-z0-9-]{{3,24}}{re.escape(cloud.vault_suffix)}/?")
    settings = Settings(
        key_vault_url=reader.matching("KEY_VAULT_URL", vault, f"https://<name>{cloud.vault_suffix}", True).rstrip("/"),
        tenant_id=reader.matching("TENANT_ID", _TENANT, "a GUID or a domain name", registration),
        client_id=reader.matching("CLIENT_ID", _GUID, "a GUID", registration),
        graph_auth=graph_auth,
        cloud=cloud,
        identity_client_id=reader.matching("AZURE_CLIENT_ID", _GUID, "a GUID") or None,
        # Set by the platform when the app has an identity (App Service docs, "managed identities").
        has_managed_identity="IDENTITY_ENDPOINT" in environment,
        public_url=reader.matching("PUBLIC_URL", _PUBLIC_URL, "https://<host>[/<path>]").rstrip("/") or None,
        handshake_header=reader.matching("HANDSHAKE_HEADER", _HEADER, "a header name"),
        handshake_secret_name=reader.secret_name("HANDSHAKE_SECRET_NAME"),
        username_secret_name=reader.secret_name("SERVICE_ACCOUNT_USERNAME_SECRET_NAME"),
        password_secret_name=reader.secret_name("SERVICE_ACCOUNT_PASSWORD_SECRET_NAME"),
        client_secret_name=reader.secret_name("CLIENT_SECRET_SECRET_NAME"),
        allow_explicit_values=reader.choice("ALLOW_EXPLICIT_VALUES", "false", "true") == "true",
        explicit_secret_name=reader.secret_name("HANDSHAKE_EXPLICIT_SECRET_NAME"),
        attributes={
            method: name for method, setting in ATTRIBUTE_SETTINGS.items() if (name := reader.attribute(setting))
        },
        sms_sign_in={"leave": None, "on": True, "off": False}[reader.choice("SMS_SIGN_IN", "leave", "on", "off")],
        default_region=reader.matching("DEFAULT_REGION", _REGION, "two capital letters, as in SE") or None,
        remove_on_empty=reader.choice("ON_EMPTY", "keep", "remove") == "remove",
        keep_different=reader.choice("ON_DIFFERENT", "update", "keep") == "keep",
        rewrite_masked=reader.choice("ON_MASKED", "trust", "rewrite") == "rewrite",
        read_only=reader.choice("READ_ONLY", "false", "true") == "true",
        protect_administrators={"on": True, "off": False, "auto": graph_auth is not GraphAuth.SERVICE_ACCOUNT}[
            reader.choice("PROTECT_ADMINISTRATORS", "auto", "on", "off")
        ],
        protected_group_id=reader.matching("PROTECTED_GROUP_ID", _GUID, "a GUID") or None,
        allowed_group_id=reader.matching("ALLOWED_GROUP_ID", _GUID, "a GUID") or None,
        allowed_countries=reader.countries("ALLOWED_COUNTRIES", is_region),
        max_users_per_number=reader.number("MAX_USERS_PER_NUMBER", 0, _MANY),
        max_removals=reader.number("MAX_REMOVALS", 0, _MANY),
        max_removals_percent=reader.number("MAX_REMOVALS_PERCENT", 0, 100),
        max_overwrites=reader.number("MAX_OVERWRITES", 0, _MANY),
        max_overwrites_percent=reader.number("MAX_OVERWRITES_PERCENT", 0, 100),
        max_removals_per_day=reader.number_if_any("MAX_REMOVALS_PER_DAY", 0, _MANY),
        max_overwrites_per_day=reader.number_if_any("MAX_OVERWRITES_PER_DAY", 0, _MANY),
        max_users=reader.number("MAX_USERS", 1, 1_000_000),
        max_body_bytes=reader.number("MAX_BODY_BYTES", 1024, 100 * 1024 * 1024),
        inline_users=reader.number("INLINE_USERS", 1, 100_000),
        job_parallel=reader.number("JOB_PARALLEL_ACTIVITIES", 1, 100),
        job_patience_minutes=reader.number("JOB_PATIENCE_MINUTES", 0, 24 * 60),
        job_retention_days=reader.number("JOB_RETENTION_DAYS", 1, 365),
        max_open_jobs=reader.number("MAX_OPEN_JOBS", 1, 1000),
        storage=_storage(environment),
        # The platform cuts an HTTP answer off at 230 s whatever the app does (Functions docs, "scale and hosting").
        deadline_s=reader.number("INLINE_DEADLINE_SECONDS", 5, 200),
        graph_max_per_second=reader.number("GRAPH_MAX_REQUESTS_PER_SECOND", 0, 100_000),
        secret_ttl_s=reader.number("SECRET_TTL_SECONDS", 0, 3600),
    )
    if settings.default_region is not None and not is_region(settings.default_region):
        reader.faults.append("DEFAULT_REGION is no country with telephone numbers (the United Kingdom is GB)")
    # Key Vault takes no notice of case in a name (Key Vault docs, "keys, secrets and certificates").
    names = (name.lower() for name in (settings.explicit_secret_name, settings.handshake_secret_name))
    if set.intersection(*({name, f"{name}-previous"} for name in names)):
        reader.faults.append("HANDSHAKE_EXPLICIT_SECRET_NAME must name another secret than HANDSHAKE_SECRET_NAME")
    if reader.faults:
        raise ConfigurationError("; ".join(reader.faults))
    return settings


def _storage(environment: Mapping[str, str]) -> Storage:
    """As the host reads it (Functions docs, "Connecting to host storage with an identity"). Needed by jobs alone."""
    text = {name: environment.get(f"AzureWebJobsStorage{name}", "").strip() for name in ("", *_STORAGE)}
    account = text["__accountName"]
    url = text["__blobServiceUri"] or (f"https://{account}.blob.core.windows.net" if account else "")
    return Storage(text[""], url, text["__clientId"] or None)


class _Reader:
    """Takes settings by name and collects every fault; after one, the default goes on in its place."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._defaults = {setting.name: setting.default for setting in SETTINGS}
        self.faults: list[str] = []

    def _text(self, name: str) -> str:
        return self._environment.get(name, "").strip() or self._defaults[name] or ""

    def matching(self, name: str, pattern: re.Pattern[str], form: str, required: bool = False) -> str:
        text = self._text(name)
        if not text and required:
            self.faults.append(f"{name} is not set")
        elif text and not pattern.fullmatch(text):
            self.faults.append(f"{name} must be {form}")
        return text

    def secret_name(self, name: str) -> str:
        return self.matching(name, _SECRET_NAME, "a Key Vault secret name (letters, digits and hyphens)")

    def attribute(self, name: str) -> str:
        text = self.matching(name, _ATTRIBUTE, "the name of a user property")
        if text.lower().startswith("extensionattribute") and not _EXTENSION_ATTRIBUTE.fullmatch(text):
            self.faults.append(f"{name} must be extensionAttribute1 to extensionAttribute15, spelt like that")
        return text

    def countries(self, name: str, is_region: Callable[[str], bool]) -> frozenset[str]:
        found = frozenset(part.strip() for part in self._text(name).split(",") if part.strip())
        if not all(_REGION.fullmatch(part) and is_region(part) for part in found):
            self.faults.append(f"{name} must be ISO countries with telephone numbers, as in SE,NO")
        return found

    def attributes(self) -> dict[str, str]:
        found = {method: self.attribute(setting) for method, setting in ATTRIBUTE_SETTINGS.items()}
        return {method: name for method, name in found.items() if name}

    def choice(self, name: str, *allowed: str) -> str:
        text = self._text(name)
        return text if text in allowed else self._fault(name, f"must be one of {', '.join(allowed)}")

    def number(self, name: str, low: int, high: int) -> int:
        text = self._text(name)
        if text.isascii() and text.isdigit() and low <= int(text[:9]) <= high and len(text) <= 9:
            return int(text)
        return int(self._fault(name, f"must be a whole number from {low} to {high}"))

    def number_if_any(self, name: str, low: int, high: int) -> int | None:
        """None where the setting is there and empty; where it is not there, its default."""
        is_empty = name in self._environment and not self._environment[name].strip()
        return None if is_empty or not self._text(name) else self.number(name, low, high)

    def _fault(self, name: str, what: str) -> str:
        self.faults.append(f"{name} {what}")
        return self._defaults[name] or ""
