"""Settings to Services: the only place where objects are built. One set for the process, made by its first request."""

import gc
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from shared.api.attempts import Attempts
from shared.api.handshake import handshake_fault
from shared.api.signature import comparison_key, signing_key
from shared.core.check.mends import Place
from shared.core.check.permissions import needs_all_methods
from shared.core.check.secrets import AUDIT_KEY, wanted_secrets
from shared.core.desired import DirectorySource
from shared.core.models import SMS_SIGN_IN_ENDS, Method
from shared.core.phone_library import is_region
from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.jobs.store import CONTAINER, BlobJobStore
from shared.jobs.survey.parts import BlobParts
from shared.log import get_logger, quieten_libraries
from shared.microsoft.entra import GraphTokens, IdentitySignIn, SignIn
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.delta import UserDelta
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.everyone import UserPages
from shared.microsoft.graph.examine import Examiner
from shared.microsoft.graph.guarded import GuardedUsers
from shared.microsoft.graph.survey import GraphSurvey
from shared.microsoft.graph.users import UserReader
from shared.microsoft.graph.workflows import GraphWorkflows
from shared.microsoft.identity import AppIdentity, bounded_transport
from shared.microsoft.msal_sign_in import MsalSignIn
from shared.microsoft.seen import SecretsReader, ServiceClock, TokenReader
from shared.microsoft.storage import container, storage_trouble
from shared.microsoft.vault import Lifetime, Vault
from shared.records.app_key import AppKey
from shared.records.audit import AUDIT, AuditTrail
from shared.records.blobs import RECORDS, Blobs
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.records.sweeps import Sweeps
from shared.records.used_ids import UsedIds
from shared.services import SWEEP, Access, Handshake, Handshakes, JobLimits, Lane, Lanes, Probes, Services
from shared.services.check import ReadStorage
from shared.settings import GraphAuth, Settings, read_settings
from shared.settings.callers import Require

if TYPE_CHECKING:
    from azure.keyvault.secrets import SecretClient

# Handshakes are taken back sooner than other secrets, whatever SECRET_TTL_SECONDS says.
HANDSHAKE_TTL_S = 60.0
HANDSHAKE_STALE_S = 900.0

_log = get_logger(__name__)
_lock = threading.Lock()
_services: Services | None = None


def services() -> Services:
    """The process's services. Raises ConfigurationError, on every call until the settings are right."""
    global _services
    with _lock:
        if _services is None:
            _services = build_services(read_settings(os.environ, is_region))
            # A long list makes many objects that live to its end and few cycles: looking for these every 700 objects
            # took a tenth of the processor time.
            gc.set_threshold(50_000, 20, 100)
        return _services


def build_services(settings: Settings) -> Services:
    """Makes every object; nothing is called yet."""
    quieten_libraries()
    if settings.sms_sign_in:
        _log.warning("SMS_SIGN_IN=on: %s", SMS_SIGN_IN_ENDS)
    identity = AppIdentity(settings.has_managed_identity, settings.identity_client_id)

    clock = ServiceClock()

    def secret_client() -> "SecretClient":
        from azure.keyvault.secrets import SecretClient

        transport = bounded_transport(identity.note_refusal, clock.note)
        return SecretClient(settings.key_vault_url, identity, transport=transport, retry_total=0)

    vault = Vault(secret_client, settings.secret_ttl_s, lambda: identity.keeps_refused)
    tokens = GraphTokens(_sign_in(settings, vault, identity))
    client = GraphClient(settings.cloud.graph, tokens, settings.graph_max_per_second, clock.note)
    attributes = {Method(name): attribute for name, attribute in settings.attributes.items()}
    reader = partial(UserReader, client, attributes, asks_restricted=settings.protect_administrators)
    users = reader(removes_empty=settings.remove_on_empty)
    guarded = GuardedUsers(
        client,
        protected_group_id=settings.protected_group_id,
        allowed_group_id=settings.allowed_group_id,
        protect_administrators=settings.protect_administrators,
    )
    is_delegated = settings.graph_auth is GraphAuth.SERVICE_ACCOUNT

    connect = partial(container, settings.storage, has_managed_identity=settings.has_managed_identity)

    def audit_key(deadline: Deadline) -> str | None:
        found = vault.find_existing(AUDIT_KEY, deadline)
        return None if found is None else found.value

    records = partial(connect, RECORDS) if settings.storage.is_configured else None
    return Services(
        public_url=settings.public_url,
        access=_access(settings, vault, UsedIds(records)),
        max_body_bytes=settings.max_body_bytes,
        max_users=settings.max_users,
        deadline_s=settings.deadline_s,
        policy=Policy(
            rewrite_masked=settings.rewrite_masked,
            keep_different=settings.keep_different,
            read_only=settings.read_only,
            countries=settings.allowed_countries,
            users_per_number=settings.max_users_per_number,
            max_removals=settings.max_removals,
            max_removals_percent=settings.max_removals_percent,
            max_overwrites=settings.max_overwrites,
            max_overwrites_percent=settings.max_overwrites_percent,
        ),
        source=DirectorySource(
            remove_on_empty=settings.remove_on_empty,
            default_region=settings.default_region,
            sms_sign_in=settings.sms_sign_in,
        ),
        sign_in=tokens.account,
        directory=GraphDirectory(client, users, guarded, is_delegated=is_delegated),
        explicit_directory=GraphDirectory(client, reader(), guarded, is_delegated=is_delegated),
        pages=UserPages(client, users, includes_disabled=settings.include_disabled_users),
        changed=UserDelta(client, users, includes_disabled=settings.include_disabled_users),
        sweeps=Sweeps(records),
        jobs=JobLimits(
            inline_users=settings.inline_users,
            parallel=settings.job_parallel,
            patience_minutes=settings.job_patience_minutes,
            wait_minutes=settings.wait_for_users_minutes,
            retention_days=settings.job_retention_days,
            most_open=settings.max_open_jobs,
        ),
        store=BlobJobStore(partial(connect, CONTAINER)),
        digest=AppKey(audit_key, records).digest,
        audit=AuditTrail(partial(connect, AUDIT) if settings.storage.is_configured else None),
        ledger=Ledger(records, Ceilings(settings.max_removals_per_day, settings.max_overwrites_per_day), {SWEEP}),
        survey=GraphSurvey(
            client, UserReader(client, attributes, removes_empty=settings.remove_on_empty, asks_invited=True)
        ),
        parts=BlobParts(Blobs(partial(connect, CONTAINER))),
        logs_user_names=settings.log_user_names,
        secret_ends=partial(_secret_ends, settings, vault),
        workflows=GraphWorkflows(settings.cloud.graph, _identity_tokens(settings, tokens, identity)),
        lanes=Lanes(lists=Lane(16, waiting=48), jobs=Lane(4, waiting=28)),
        probes=_probes(settings, vault, tokens, client, clock, partial(storage_trouble, partial(connect, RECORDS))),
    )


def _probes(
    settings: Settings,
    vault: Vault,
    tokens: GraphTokens,
    client: GraphClient,
    clock: ServiceClock,
    storage: ReadStorage,
) -> Probes:
    return Probes(
        settings=settings,
        # Set by the platform (App Service docs, "Environment variables and app settings").
        place=Place(os.environ.get("WEBSITE_SITE_NAME", ""), os.environ.get("WEBSITE_RESOURCE_GROUP", "")),
        secrets=SecretsReader(vault, handshake_fault, signing_key, comparison_key),
        token=TokenReader(tokens),
        directory=Examiner(
            client,
            tuple(dict.fromkeys(settings.attributes.values())),
            settings.protected_group_id,
            settings.allowed_group_id,
            asks_administrators=settings.protect_administrators,
            asks_all_methods=needs_all_methods(settings),
        ),
        storage=storage,
        skew_s=clock.skew_s,
        now=lambda: datetime.now(UTC),
    )


def _access(settings: Settings, vault: Vault, used_ids: UsedIds) -> Access:
    lifetime = Lifetime(min(settings.secret_ttl_s, HANDSHAKE_TTL_S), HANDSHAKE_STALE_S)
    handshakes = partial(_handshakes, vault, lifetime)
    # Without handshakes nobody has to keep them in the vault.
    is_needed = settings.require is Require.HANDSHAKE
    explicit = handshakes(
        settings.explicit_secret_name, may_be_missing=not (is_needed and settings.allow_explicit_values)
    )
    return Access(
        handshake_header=settings.handshake_header,
        handshakes=handshakes(settings.handshake_secret_name, may_be_missing=not is_needed),
        explicit_handshakes=explicit,
        allow_explicit=settings.allow_explicit_values,
        callers=tuple(
            (caller, handshakes(caller.secret_name, may_be_missing=True) if caller.secret_name else None)
            for caller in settings.callers
        ),
        require=settings.require,
        believes_entra=settings.believes_entra,
        trusted_proxies=settings.trusted_proxies,
        attempts=Attempts(),
        one_time_ids=used_ids,
    )


def _handshakes(vault: Vault, lifetime: Lifetime, name: str, *, may_be_missing: bool) -> Handshakes:
    """A missing one that may be missing is empty, and an empty handshake opens nothing."""
    known: str | None = None

    def handshakes(deadline: Deadline, reload_every_s: float | None = None) -> tuple[Handshake, Handshake | None]:
        nonlocal known
        # `find`, because it remembers that a secret is missing.
        look = vault.find if may_be_missing else vault.get
        current = look(name, deadline, reload_every_s, lifetime)
        value = current.value if current is not None else ""
        # A rotation moves the old value to the previous one. Without one nothing has, whatever is guessed.
        previous = vault.find(f"{name}-previous", deadline, None if value == known else 0, lifetime)
        known = value
        return Handshake(value), Handshake(previous.value, previous.expires_on) if previous is not None else None

    return handshakes


def _identity_tokens(settings: Settings, tokens: GraphTokens, identity: AppIdentity) -> GraphTokens:
    """Tokens of the app's own identity: those of all other calls where that one makes them anyway."""
    if settings.graph_auth is GraphAuth.MANAGED_IDENTITY:
        return tokens
    return GraphTokens(IdentitySignIn(identity, f"{settings.cloud.graph}/.default"))


def _sign_in(settings: Settings, vault: Vault, identity: AppIdentity) -> SignIn:
    scope = f"{settings.cloud.graph}/.default"
    if settings.graph_auth is GraphAuth.MANAGED_IDENTITY:
        return IdentitySignIn(identity, scope)
    names = {"client_secret": settings.client_secret_name}
    if settings.graph_auth is GraphAuth.SERVICE_ACCOUNT:
        names |= {"username": settings.username_secret_name, "password": settings.password_secret_name}

    def secrets(deadline: Deadline, reload_every_s: float | None = None) -> Mapping[str, str]:
        return {key: vault.get(name, deadline, reload_every_s).value for key, name in names.items()}

    return MsalSignIn(f"{settings.cloud.login}/{settings.tenant_id}", settings.client_id, scope, secrets)


def _secret_ends(settings: Settings, vault: Vault, deadline: Deadline) -> dict[str, datetime]:
    """Without those that a rotation has left behind: their end is meant. What cannot be read has other lines."""
    names = [one.name for one in wanted_secrets(settings) if not one.may_be_missing]
    ends = {}
    for name in names:
        with suppress(ConfigurationError):
            # Not `find`, which would remember for everybody that a secret which is out of reach is missing.
            ends[name] = vault.get(name, deadline).expires_on
    return {name: end for name, end in ends.items() if end is not None}
