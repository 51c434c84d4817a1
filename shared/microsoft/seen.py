"""What a check sees beside the directory: all about secrets but their values, what the webhook's own token says of
itself, and by how much this machine's clock differs from that of Microsoft's services.
"""

import base64
import email.utils
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from shared.core.check.secrets import SHORTEST
from shared.core.check.seen import SecretState, SeenSecret, SeenToken, Trouble
from shared.core.text import is_padded
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, VaultUnavailable
from shared.microsoft.entra import GraphTokens
from shared.microsoft.vault import Examined, Vault

AT_ONCE = 8


class SecretsReader:
    """What was read serves the next requests too. `fault_of`: why a value cannot be a handshake. `signing_key`: what
    can be signed with a value. `comparison_key`: equal for values that count as one."""

    def __init__(
        self,
        vault: Vault,
        fault_of: Callable[[str], str | None],
        signing_key: Callable[[str], bytes | None],
        comparison_key: Callable[[str], bytes],
    ) -> None:
        self._vault, self._fault_of = vault, fault_of
        self._signing_key, self._comparison_key = signing_key, comparison_key

    def __call__(self, names: Sequence[str], doors: frozenset[str], deadline: Deadline) -> Mapping[str, SeenSecret]:
        # The first alone: it fetches the token that all others use, and tells whether there is any sense in asking.
        found = {name: self._vault.examine(name, deadline) for name in names[:1]}
        if any(first.state is SecretState.UNKNOWN for first in found.values()):
            found |= dict.fromkeys(names[1:], next(iter(found.values())))
        else:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:
                asked = {
                    name: pool.submit(copy_context().run, self._vault.examine, name, deadline) for name in names[1:]
                }
            found |= {name: answer.result() for name, answer in asked.items()}
        keys = {name: self._comparison_key(one.value) for name, one in found.items() if name in doors and one.value}
        return {name: self._seen(name, one, keys) for name, one in found.items()}

    def _seen(self, name: str, one: Examined, keys: Mapping[str, bytes]) -> SeenSecret:
        seen = SeenSecret(one.state, one.said, one.expires_on)
        if one.state is not SecretState.PRESENT:
            return seen
        key = keys.get(name)
        return replace(
            seen,
            is_empty=not one.value,
            is_padded=is_padded(one.value),
            fault=self._fault_of(one.value),
            is_short=len(one.value) < SHORTEST,
            is_signing_key=self._signing_key(one.value) is not None,
            twins=frozenset(other for other, same in keys.items() if key is not None and same == key and other != name),
        )


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
    """Nothing is verified: it is for display, and decides nothing."""
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


class ServiceClock:
    """Told by the Date of their answers."""

    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None

    def note(self, response: Any, **_: object) -> None:
        """A hook for sessions: the Date of the answer and when it came."""
        date = response.headers.get("Date")
        if date:
            self._last = date, time.time()

    def skew_s(self) -> float | None:
        """Seconds by which the services are ahead. None: no answer had a usable date."""
        if self._last is None:
            return None
        date, came_at = self._last
        try:
            return email.utils.parsedate_to_datetime(date).timestamp() - came_at
        except (ValueError, OverflowError):
            return None
