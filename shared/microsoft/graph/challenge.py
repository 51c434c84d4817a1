"""Claims challenges: a 401 or 403 in which Graph says what the token has to satisfy (RFC 9470 has the idea).

Page "Claims challenges, claims requests, and client capabilities": the header WWW-Authenticate holds them as base64.
"""

import base64
import json
import re

from shared.microsoft.graph.calls import Answer

_CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]{1,8000})"')


def claims_in(header: str) -> str | None:
    """The claims, as the JSON that the sign-in passes on; None without any that make sense."""
    found = _CLAIMS.search(header)
    if found is None:
        return None
    encoded = found[1].rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        claims = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        return claims if isinstance(json.loads(claims), dict) else None
    except (ValueError, RecursionError):
        return None


def asks_for_claims(answer: Answer) -> bool:
    """Whether a refusal is a challenge. Guess: without a header the claims stand in the error, as Entra's do."""
    error = answer.body.get("error")
    inner = error.get("innerError") if isinstance(error, dict) else None
    return answer.claims is not None or any(isinstance(part, dict) and "claims" in part for part in (error, inner))
