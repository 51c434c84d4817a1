"""Secrets that a caller sends as they are, in a header. Pure: the header, the secrets and the clock are arguments.

A handshake is a shared secret, as the Automation runbook had it. It is compared exactly (the runbook's `-eq` ignored
case) and in constant time. The function key in front of it is the host's business.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from shared.core.check.secrets import SHORTEST
from shared.services import Handshake, Secrets

_T = TypeVar("_T")


def handshake_fault(value: str) -> str | None:
    """Why a secret must not serve, or None. An empty one would open the door to a missing header."""
    if not value:
        return "it is empty"
    if value != value.strip():
        return "it begins or ends with white space, which HTTP does not carry"
    if not value.isascii() or not value.isprintable():
        return "it has characters outside printable ASCII, which HTTP headers do not carry reliably"
    if len(value) < SHORTEST:
        return f"it has fewer than {SHORTEST} characters"
    return None


def accepted(secrets: Secrets, now: datetime) -> tuple[str, ...]:
    """The values that count now: the current one, and the previous one until it expires.

    The current one's own expiry date does not close the door: forgetting to rotate must not stop sign-in security work.
    A previous one without an expiry date would stay for ever, so it does not count at all.
    """
    current, previous = secrets
    values = (current.value, *([previous.value] if previous is not None and _is_unexpired(previous, now) else []))
    return tuple(value for value in values if handshake_fault(value) is None)


def matching(header: str, expected: Iterable[tuple[_T, Sequence[str]]]) -> list[_T]:
    """Whose values the header equals. A repeated header reaches us joined by commas and so never matches.

    All are compared, so that the time taken tells nothing about which one was close.
    """
    # Digests have one length, so the time does not tell how long a secret is. Headers may hold lone surrogates.
    sent = hashlib.sha256(header.encode("utf-8", "surrogatepass")).digest()
    return [
        owner
        for owner, values in expected
        if any([hmac.compare_digest(sent, hashlib.sha256(value.encode()).digest()) for value in values])
    ]


def _is_unexpired(handshake: Handshake, now: datetime) -> bool:
    return handshake.expires_on is not None and now < handshake.expires_on
