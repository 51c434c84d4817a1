"""Is this caller allowed in? Pure: the header, the secrets and the clock are arguments.

A handshake is a shared secret in a header, as the Automation runbook had it. It is compared exactly (the runbook's
`-eq` ignored case) and in constant time. The function key in front of it is the host's business.
"""

import hashlib
import hmac
from datetime import datetime

from shared.services import Handshake


def handshake_fault(value: str) -> str | None:
    """Why a secret must not serve as a handshake, or None. An empty one would open the door to a missing header."""
    if not value:
        return "it is empty"
    if value != value.strip():
        return "it begins or ends with white space, which HTTP does not carry"
    if not value.isascii() or not value.isprintable():
        return "it has characters outside printable ASCII, which HTTP headers do not carry reliably"
    return None


def is_allowed(header: str | None, current: Handshake, previous: Handshake | None, now: datetime) -> bool:
    """Whether the header equals the current handshake, or the previous one while that has not expired.

    The current one's own expiry date does not close the door: forgetting to rotate must not stop sign-in security work.
    A repeated header reaches us joined by commas and so never matches.
    """
    if header is None:
        return False
    accepted = [current.value] if handshake_fault(current.value) is None else []
    if previous is not None and _is_usable(previous, now):
        accepted.append(previous.value)
    # All are compared, so that the time taken tells nothing about which one was close.
    return any([_equal(header, value) for value in accepted])


def _is_usable(handshake: Handshake, now: datetime) -> bool:
    unexpired = handshake.expires_on is None or now < handshake.expires_on
    return unexpired and handshake_fault(handshake.value) is None


def _equal(left: str, right: str) -> bool:
    # Digests have one length, so the time taken does not tell how long the secret is. Headers may hold lone surrogates.
    return hmac.compare_digest(
        hashlib.sha256(left.encode("utf-8", "surrogatepass")).digest(), hashlib.sha256(right.encode()).digest()
    )
