"""The app settings: read once, checked together, handed on as one frozen object."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources

from shared.errors import ConfigurationError
from shared.settings.callers import NamedCaller, Require, read_callers
from shared.settings.reader import Reader


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

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TENANT = re.compile(rf"{_GUID.pattern}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# function_app.py reads the same file, without an import of `shared`.
_NCRONTAB = re.compile(resources.files("shared.settings").joinpath("schedule.regex").read_text("ascii"))
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, token
_PUBLIC_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
_STORAGE = ("__blobServiceUri", "__accountName", "__clientId")
_REGION = re.compile(r"[A-Z]{2}")
_MANY = 1_000_000
# Names that HTTP itself, the platform, a trace, a job or another proof uses: what stands there is logged, stored or
# changed on its way.
_TAKEN_HEADERS = re.compile(
    r"(accept|content|if|proxy|sec|webhook|x-arr|x-forwarded|x-functions|x-ms)-.*"
    r"|accept|authorization|cache-control|connection|cookie|date|expect|forwarded|host|keep-alive|max-forwards|origin"
    r"|prefer|range|referer|set-cookie|te|trailer|transfer-encoding|upgrade|user-agent|via|idempotency-key|request-id"
    r"|traceparent|tracestate|x-correlation-id|x-reason"
    # The front ends of App Service set these (as dumped in github.com/shibayan/IIS.Compression.SiteExtension/issues/9;
    # on client-ip github.com/Azure/app-service-linux-docs/pull/140; guess: x-appservice-proto and x-client-port too).
    r"|client-ip|disguised-host|was-default-hostname|x-appservice-proto|x-client-ip|x-client-port|x-original-url"
    r"|x-site-deployment-id|x-waws-.*"
    # Azure Front Door ("Protocol support for HTTP headers").
    r"|x-azure-(clientip|debuginfo|fdid|ref|requestchain|socketip)|x-fd-.*",
    re.IGNORECASE,
)
# In the name of a header they ask for a dry run, which is refused wherever something could be written.
_REHEARSALS = ("dryrun", "whatif")


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
    callers: tuple[NamedCaller, ...]
    require: Require
    trusted_proxies: int
    believes_entra: bool
    attributes: Mapping[str, str]
    sms_sign_in: bool | None
    default_region: str | None
    include_disabled_users: bool
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
    wait_for_users_minutes: int
    job_retention_days: int
    max_open_jobs: int
    storage: Storage
    deadline_s: int
    graph_max_per_second: int
    log_user_names: bool
    secret_ttl_s: int


def read_settings(environment: Mapping[str, str], is_region: Callable[[str], bool]) -> Settings:
    """Raises ConfigurationError naming every faulty setting at once, never its value: it may be a misplaced secret."""
    reader = Reader(environment)
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
        callers=read_callers(reader.text("CALLERS"), reader.faults),
        require=Require(reader.choice("REQUIRE", *Require)),
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0, 10),
        # Set by the platform where App Service Authentication is on: only then are its headers not a caller's own.
        believes_entra=environment.get("WEBSITE_AUTH_ENABLED", "").strip().lower() == "true",
        attributes=reader.attributes(),
        sms_sign_in={"leave": None, "on": True, "off": False}[reader.choice("SMS_SIGN_IN", "leave", "on", "off")],
        default_region=reader.matching("DEFAULT_REGION", _REGION, "two capital letters, as in SE") or None,
        include_disabled_users=reader.choice("INCLUDE_DISABLED_USERS", "false", "true") == "true",
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
        wait_for_users_minutes=reader.number("WAIT_FOR_USERS_MINUTES", 0, 24 * 60),
        job_retention_days=reader.number("JOB_RETENTION_DAYS", 1, 365),
        max_open_jobs=reader.number("MAX_OPEN_JOBS", 1, 1000),
        storage=_storage(environment),
        # The platform cuts an HTTP answer off at 230 s whatever the app does (Functions docs, "scale and hosting").
        deadline_s=reader.number("INLINE_DEADLINE_SECONDS", 5, 200),
        graph_max_per_second=reader.number("GRAPH_MAX_REQUESTS_PER_SECOND", 0, 100_000),
        log_user_names=reader.choice("LOG_USER_NAMES", "false", "true") == "true",
        secret_ttl_s=reader.number("SECRET_TTL_SECONDS", 0, 3600),
    )
    for name in ("SWEEP_SCHEDULE", "CHECK_SCHEDULE"):
        reader.matching(name, _NCRONTAB, "six NCRONTAB fields, as in 0 */15 * * * *")
    if settings.default_region is not None and not is_region(settings.default_region):
        reader.faults.append("DEFAULT_REGION must be the ISO code of a country (for the United Kingdom, GB)")
    if settings.wait_for_users_minutes and settings.remove_on_empty:
        reader.faults.append(
            "WAIT_FOR_USERS_MINUTES requires ON_EMPTY=keep: with remove, an empty attribute removes the number"
        )
    reader.faults += _faults_of_names(settings)
    if reader.faults:
        raise ConfigurationError("; ".join(reader.faults))
    return settings


def _faults_of_names(settings: Settings) -> Iterator[str]:
    header = settings.handshake_header
    if _TAKEN_HEADERS.fullmatch(header):
        yield "HANDSHAKE_HEADER must not be a header that HTTP, the platform, a log, a job or a signed call uses"
    if any(word in "".join(filter(str.isalpha, header)).lower() for word in _REHEARSALS):
        yield "HANDSHAKE_HEADER must not be a header that asks for a dry run"
    ordinary, explicit = _secrets(settings.handshake_secret_name), _secrets(settings.explicit_secret_name)
    if ordinary & explicit:
        yield "HANDSHAKE_EXPLICIT_SECRET_NAME must name a different secret from HANDSHAKE_SECRET_NAME"
    for caller in settings.callers:
        if caller.secret_name is not None and _secrets(caller.secret_name) & (ordinary | explicit):
            yield f"the secret {caller.secret_name} of CALLERS must not be that of a handshake"


def _secrets(name: str) -> set[str]:
    """Key Vault takes no notice of case in a name (Key Vault docs, "keys, secrets and certificates")."""
    return {name.lower(), f"{name.lower()}-previous"}


def _storage(environment: Mapping[str, str]) -> Storage:
    """As the host reads it (Functions docs, "Connecting to host storage with an identity"). Needed by jobs alone."""
    text = {name: environment.get(f"AzureWebJobsStorage{name}", "").strip() for name in ("", *_STORAGE)}
    account = text["__accountName"]
    url = text["__blobServiceUri"] or (f"https://{account}.blob.core.windows.net" if account else "")
    return Storage(text[""], url, text["__clientId"] or None)
