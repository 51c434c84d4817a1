"""Is this call signed by one who knows the secret? Standard Webhooks; pure: header, keys and clock are arguments.

A signature is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.content`, where the content is bytes as they were
sent. The header may hold several, of more than one key or version. Whatever is malformed is no signature.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
TOLERANCE_S = 300
# About forty signatures. A sender that changes its key sends two.
MAX_HEADER = 2048
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_BASE64 = re.compile(r"([A-Za-z0-9+/]+)={0,2}")
_SECONDS = re.compile(r"[0-9]{1,12}")


def signing_key(secret: str) -> bytes | None:
    """The key that a secret stands for; None if it stands for none."""
    if not secret.startswith(PREFIX):
        return _bytes(secret) or None
    # Generators leave the padding out, or not.
    found = _BASE64.fullmatch(secret.removeprefix(PREFIX))
    try:
        key = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4)) if found else b""
    except ValueError:
        return None
    return key if len(key) in KEY_BYTES else None


def comparison_key(secret: str) -> bytes:
    """Equal for two secrets that count as one: what could be signed with it, because one key has several spellings."""
    return signing_key(secret) or secret.encode()


def signed_text(webhook_id: str, timestamp: str, content: bytes) -> bytes:
    """What a signature is made of. Where `ID` and `is_timely` hold, no two calls have the same."""
    return _bytes(f"{webhook_id}.{timestamp}.") + content


def is_signed(header: str, keys: Sequence[bytes], text: bytes) -> bool:
    """Whether the header holds the signature of the text by one of the keys."""
    if len(header) > MAX_HEADER:
        return False
    given = [_bytes(member) for member in header.split(" ")]
    expected = [b"v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)) for key in keys]
    # All are compared, so that the time taken tells nothing about which one was close.
    return any([hmac.compare_digest(member, signature) for signature in expected for member in given])


def is_timely(timestamp: str, now_s: float) -> bool:
    """Whether a Unix time is at most 300 seconds from now, before or after."""
    return _SECONDS.fullmatch(timestamp) is not None and abs(now_s - int(timestamp)) <= TOLERANCE_S


def _bytes(text: str) -> bytes:
    # Headers may hold lone surrogates.
    return text.encode("utf-8", "surrogatepass")
