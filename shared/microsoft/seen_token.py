"""What the webhook's own token says about itself. Nothing is verified: it is for display, and decides nothing."""

import base64
import json
from collections.abc import Mapping

from shared.core.check.seen import SeenToken, Trouble
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, VaultUnavailable
from shared.microsoft.entra import GraphTokens


class TokenReader:
    def __init__(self, tokens: GraphTokens) -> None:
        self._tokens = tokens

    def __call__(self, deadline: Deadline, *, anew: bool = False) -> SeenToken | Trouble:
        try:
            token = self._tokens.token(deadline)
            return seen_token(self._tokens.renew(token, deadline) if anew else token)
        except ServiceError as exc:
            return Trouble(exc.detail, of_secret=isinstance(exc, ConfigurationError | VaultUnavailable))


def seen_token(token: str) -> SeenToken | Trouble:
    claims = _claims(token)
    if claims is None:
        return Trouble("the token cannot be read, so that its permissions are not known.")
    scopes = claims.get("scp")
    delegated = frozenset(scopes.split()) if isinstance(scopes, str) else frozenset()
    return SeenToken(
        is_app=not delegated and claims.get("idtyp") != "user",
        app_id=str(claims.get("appid", "")),
        permissions=delegated or _texts(claims.get("roles")),
        directory_roles=_texts(claims.get("wids")),
    )


def _claims(token: str) -> Mapping[str, object] | None:
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _texts(value: object) -> frozenset[str]:
    return frozenset(text for text in value if isinstance(text, str)) if isinstance(value, list) else frozenset()
