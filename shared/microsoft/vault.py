"""Key Vault secrets, cached.

A secret is kept for its time to live; then one caller refreshes it while the others wait. When the vault is down, a
value that is not too old still serves, with a warning; when the vault *refuses* (401, 403, 404, disabled), the cached
value is dropped at once, because someone may have taken it away on purpose, and the refusal is kept for some seconds,
so that calls do not become as many reads. Whoever asks sets both times (`Lifetime`).
A revoked token is not a refusal of the secret: the SDK asks again with a new one, and if Azure has no other, the vault
counts as down.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shared.core.check.seen import SecretState
from shared.core.text import is_padded
from shared.deadline import Deadline, time_limit
from shared.errors import ConfigurationError, VaultUnavailable, let_go
from shared.log import get_logger
from shared.microsoft.identity import IdentityRefused, IdentityUnavailable
from shared.microsoft.session import retry_after_s

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError
    from azure.keyvault.secrets import KeyVaultSecret, SecretClient

# How old a value may be that serves while the vault is down, unless whoever asks says otherwise.
STALE_S = 3600.0
# One refresh, retries included, and how long the vault is left alone after one that failed.
REFRESH_LIMIT_S = 15.0
SHORT_LIMIT_S = 3.0
COOL_DOWN_S = 30.0
# As long a refusal holds: short, for whoever mends it tries again at once.
REFUSED_S = 5.0
RETRY_AFTER_S = 30.0
TRIES = 3

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Secret:
    """`expires_on` is the expiry date set in the vault, if any; Key Vault itself does not enforce it."""

    value: str = field(repr=False)
    expires_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A value is used for `ttl_s` before the vault is asked again, and for `stale_s` while the vault is down."""

    ttl_s: float
    stale_s: float


@dataclass(slots=True)
class _Entry:
    """One name. `secret` None with a `fetched_at` means that the vault has no such secret."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    secret: Secret | None = None
    fetched_at: float | None = None
    reloaded_at: float = float("-inf")
    # What the vault refused last, for whom that is an error, and until when it is not asked again.
    refusal: str = ""
    refused_until: float = float("-inf")

    def age(self) -> float:
        return float("inf") if self.fetched_at is None else time.monotonic() - self.fetched_at


class _Refused(Exception):
    """The vault answered and will not give the secret; the message says why."""

    def __init__(self, message: str, is_missing: bool, *, is_disabled: bool = False) -> None:
        super().__init__(message)
        self.is_missing, self.is_disabled = is_missing, is_disabled


_Counts = Callable[[_Refused], bool]


class _NoAnswer(Exception):
    """The vault may answer later; `retry_after_s` if it said when."""

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Examined:
    """A secret as the vault shows it now, whatever stands in it. `said`: why there is none."""

    state: SecretState
    value: str = field(default="", repr=False)
    expires_on: datetime | None = None
    said: str = ""


class Vault:
    """Secrets by name. All methods raise VaultUnavailable, and ConfigurationError when the vault refuses altogether.

    With `reload_every_s` the vault is asked though the cached value is fresh, unless it was asked that way so recently.
    `lifetime` takes the place of the vault's own for this question.
    """

    def __init__(self, connect: "Callable[[], SecretClient]", ttl_s: float, keeps_refused: Callable[[], bool]) -> None:
        """`connect` makes the client when it is first needed: its imports are slow. `keeps_refused` tells whether the
        identity has nothing but a token that was refused."""
        self._connect = connect
        self._keeps_refused = keeps_refused
        self._lifetime = Lifetime(ttl_s, STALE_S)
        self._client: SecretClient | None = None
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._retry_at = float("-inf")

    def get(
        self, name: str, deadline: Deadline, reload_every_s: float | None = None, lifetime: Lifetime | None = None
    ) -> Secret:
        """The secret; never empty, never with white space or an invisible character around it. Raises
        ConfigurationError, VaultUnavailable."""
        secret = self._lookup(name, deadline, reload_every_s, lifetime, lambda _: False)
        if secret is None:
            raise ConfigurationError(f"the Key Vault secret {name} does not exist")
        if not secret.value or is_padded(secret.value):
            # A file begins with a byte order mark, and a pasted name ends with a zero-width space.
            detail = "is empty, or begins or ends with white space or with an invisible character"
            raise ConfigurationError(f"the Key Vault secret {name} {detail}")
        return secret

    def find(
        self, name: str, deadline: Deadline, reload_every_s: float | None = None, lifetime: Lifetime | None = None
    ) -> Secret | None:
        """A secret that need not exist; one that is disabled or out of reach counts as missing."""
        return self._lookup(name, deadline, reload_every_s, lifetime, lambda _: True)

    def find_existing(self, name: str, deadline: Deadline) -> Secret | None:
        """A secret that need not exist, None only where the vault says that it does not. Raises ConfigurationError,
        VaultUnavailable."""
        return self._lookup(name, deadline, None, None, lambda refusal: refusal.is_missing)

    def examine(self, name: str, deadline: Deadline) -> Examined:
        """Asks the vault, whatever is cached, and keeps what it says. Never raises for what it says."""
        with self._lock:
            entry = self._entries.setdefault(name, _Entry())
        try:
            secret = self._fetch_once(name, Deadline(min(REFRESH_LIMIT_S, deadline.remaining())))
        except _NoAnswer as exc:
            return Examined(SecretState.UNKNOWN, said=str(exc))
        except _Refused as refusal:
            with entry.lock:
                entry.secret, entry.fetched_at = None, None
            if refusal.is_missing:
                return Examined(SecretState.MISSING)
            return Examined(SecretState.DISABLED if refusal.is_disabled else SecretState.REFUSED, said=str(refusal))
        with entry.lock:
            entry.secret, entry.fetched_at, entry.refused_until = secret, time.monotonic(), float("-inf")
        return Examined(SecretState.PRESENT, secret.value, secret.expires_on)

    def _lookup(
        self,
        name: str,
        deadline: Deadline,
        reload_every_s: float | None,
        lifetime: Lifetime | None,
        counts_as_missing: _Counts,
    ) -> Secret | None:
        lifetime = lifetime or self._lifetime
        with self._lock:
            entry = self._entries.setdefault(name, _Entry())
        asked_at = time.monotonic()
        reload = reload_every_s is not None and asked_at - entry.reloaded_at >= reload_every_s
        if not reload and entry.age() <= lifetime.ttl_s:
            return entry.secret
        if not entry.lock.acquire(timeout=deadline.remaining()):
            raise VaultUnavailable(f"no answer about the secret {name} in time")
        try:
            # Whoever waited for another caller's refresh takes what that one got.
            if entry.fetched_at is None or entry.fetched_at < asked_at:
                try:
                    self._refresh(name, entry, deadline, lifetime, counts_as_missing)
                finally:
                    # Not before: whoever comes meanwhile has to wait for the new value too.
                    entry.reloaded_at = asked_at if reload else entry.reloaded_at
            return entry.secret
        finally:
            entry.lock.release()

    def _refresh(
        self, name: str, entry: _Entry, deadline: Deadline, lifetime: Lifetime, counts_as_missing: _Counts
    ) -> None:
        if time.monotonic() < entry.refused_until:
            raise _cannot_be_read(name, entry)
        try:
            entry.secret, entry.fetched_at = self._fetch(name, entry, deadline, lifetime.stale_s), time.monotonic()
        except _Refused as refusal:
            entry.secret, entry.fetched_at = None, None
            if not counts_as_missing(refusal):
                entry.refusal, entry.refused_until = str(refusal), time.monotonic() + min(REFUSED_S, lifetime.ttl_s)
                raise _cannot_be_read(name, entry) from None
            if not refusal.is_missing:
                _log.warning("the Key Vault secret %s counts as missing: %s", name, refusal)
            entry.fetched_at = time.monotonic()
        except VaultUnavailable as exc:
            if entry.age() > lifetime.stale_s:
                raise
            text = "Key Vault is unavailable (%s); still using the secret %s read %.0f s ago"
            _log.warning(text, exc, name, entry.age())

    def _fetch(self, name: str, entry: _Entry, deadline: Deadline, stale_s: float) -> Secret:
        if time.monotonic() < self._retry_at:
            raise VaultUnavailable("Key Vault did not respond a moment ago", round(COOL_DOWN_S))
        # With a value that may still serve nobody has to wait for long.
        limit = Deadline(min(REFRESH_LIMIT_S if entry.age() > stale_s else SHORT_LIMIT_S, deadline.remaining()))
        for attempt in range(TRIES):
            try:
                return self._fetch_once(name, limit)
            except _NoAnswer as exc:
                pause = exc.retry_after_s or random.uniform(0, 0.5 * 2**attempt)  # noqa: S311 - spreads load
                if attempt == TRIES - 1 or pause >= limit.remaining():
                    self._retry_at = time.monotonic() + COOL_DOWN_S
                    raise VaultUnavailable(str(exc), round(exc.retry_after_s or RETRY_AFTER_S)) from exc
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _fetch_once(self, name: str, limit: Deadline, *, is_second: bool = False) -> Secret:
        from azure.core.exceptions import AzureError

        try:
            with time_limit(limit.remaining()):
                return _secret(self._secret_client().get_secret(name))
        except IdentityRefused as exc:
            raise _Refused(str(exc), is_missing=False) from exc
        except IdentityUnavailable as exc:
            raise _NoAnswer(str(exc), None) from exc
        except AzureError as exc:
            let_go(exc)
            if _status(exc) == 401 and not is_second:
                # The identity has dropped the token that was refused (note_refusal).
                return self._fetch_once(name, limit, is_second=True)
            raise self._meaning(exc) from exc
        except Exception as exc:
            # The SDK raises whatever comes of a body that is no JSON, or JSON of another shape.
            raise _NoAnswer(f"the answer of Key Vault is not usable ({type(exc).__name__})", None) from exc

    def _secret_client(self) -> "SecretClient":
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _meaning(self, exc: "AzureError") -> Exception:
        """An azure-core exception as one of ours: refused for good, or unavailable for now."""
        from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

        response, status = getattr(exc, "response", None), _status(exc)
        if isinstance(exc, ResourceNotFoundError):
            return _Refused("it does not exist (404)", is_missing=True)
        if status == 401 and self._keeps_refused():
            message = "Key Vault refuses the identity's token, and Azure hands out no other one"
            return _NoAnswer(message, RETRY_AFTER_S)
        code = _code(exc)
        # A 401 without Key Vault's own error code is a challenge that was spoilt on the way.
        if isinstance(exc, HttpResponseError) and (status in (400, 403) or (status == 401 and code is not None)):
            message = f"Key Vault answered {status} ({code or 'no code'})"
            return _Refused(message, is_missing=False, is_disabled=code == "SecretDisabled")
        wait_s = retry_after_s(response.headers) if response is not None else None
        return _NoAnswer(f"Key Vault: {type(exc).__name__}, status {status}", wait_s)


def _cannot_be_read(name: str, entry: _Entry) -> ConfigurationError:
    return ConfigurationError(f"the Key Vault secret {name} cannot be read: {entry.refusal}")


def _secret(found: "KeyVaultSecret") -> Secret:
    """Raises ValueError for what is no secret: the SDK passes on what it cannot read."""
    value, expires_on = found.value, found.properties.expires_on
    if not isinstance(value, str) or not isinstance(expires_on, datetime | None):
        raise ValueError("no secret")
    return Secret(value, expires_on)


def _status(exc: "AzureError") -> int | None:
    return getattr(exc, "status_code", None) or getattr(getattr(exc, "response", None), "status_code", None)


def _code(exc: "AzureError") -> str | None:
    """Key Vault's error code, such as ForbiddenByRbac or SecretDisabled: it names the cure."""
    error = getattr(exc, "error", None)
    inner = getattr(error, "innererror", None)
    code = (inner.get("code") if isinstance(inner, dict) else None) or getattr(error, "code", None)
    return str(code) if code else None
