"""The app's own key: 32 random bytes that nobody outside knows.

What is computed with it cannot be computed or tried out elsewhere. It is the Key Vault secret `audit-key` where there
is one, else the blob `app-key`, which the first instance that needs it makes. Without any storage configured, as on a
developer's machine, it is a key of this process.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable

from shared.core.check.secrets import SHORTEST
from shared.deadline import Deadline, time_limit
from shared.errors import ConfigurationError, StorageUnavailable, VaultUnavailable
from shared.records.blobs import Blobs, Connect

BLOB = "app-key"
KEY_BYTES = 32
# How long storage is asked for the key, and how long it is left alone after a failure: answers that can do without the
# key must not wait.
LIMIT_S, AWAY_S = 3.0, 15.0


class AppKey:
    """Found once, kept for the process. Storage that does not answer is left alone for a while, as the vault is."""

    def __init__(self, secret: Callable[[Deadline], str | None], connect: Connect | None) -> None:
        """`secret` gives `audit-key`, None where the vault has no such secret, and raises VaultUnavailable or
        ConfigurationError where that cannot be told. `connect` None: no storage is configured."""
        self._secret = secret
        self._blobs = None if connect is None else Blobs(connect)
        self._lock = threading.Lock()
        self._key: bytes | None = None
        self._away: str | None = None
        self._away_until = 0.0

    def digest(self, deadline: Deadline, *parts: str) -> bytes:
        """HMAC-SHA256 over the parts, the first of which says what it is for. Raises VaultUnavailable and
        StorageUnavailable: then there is no key now."""
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self._get(deadline), text, hashlib.sha256)

    def _get(self, deadline: Deadline) -> bytes:
        with self._lock:
            if self._key is None:
                secret = self._from_vault(deadline)
                self._key = secret.encode() if secret is not None else self._from_storage(deadline)
            return self._key

    def _from_vault(self, deadline: Deadline) -> str | None:
        try:
            secret = self._secret(deadline)
        except ConfigurationError as exc:
            # With another key in its place all that was computed with it would change.
            raise VaultUnavailable(exc.detail) from exc
        if secret is not None and len(secret) < SHORTEST:
            raise VaultUnavailable(f"the secret audit-key has fewer than {SHORTEST} characters")
        return secret

    def _from_storage(self, deadline: Deadline) -> bytes:
        if self._blobs is None:
            return secrets.token_bytes(KEY_BYTES)
        if self._away is not None and time.monotonic() < self._away_until:
            raise StorageUnavailable(self._away)
        try:
            return self._read(self._blobs, deadline)
        except StorageUnavailable as away:
            # A request whose own time is over says nothing about storage.
            if deadline.remaining() > 0:
                self._away, self._away_until = away.detail, time.monotonic() + AWAY_S
            raise

    def _read(self, blobs: Blobs, deadline: Deadline) -> bytes:
        with time_limit(min(LIMIT_S, deadline.remaining())):
            found = blobs.read(BLOB)
            if found is None:
                # Of several instances that do this at once, one makes the key.
                blobs.put_new(BLOB, secrets.token_bytes(KEY_BYTES))
                found = blobs.read(BLOB)
        if found is None or len(found.content) != KEY_BYTES:
            raise StorageUnavailable(f"the blob {BLOB} does not hold a key of {KEY_BYTES} bytes")
        return found.content
