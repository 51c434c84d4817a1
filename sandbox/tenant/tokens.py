"""Access tokens: made here, and really checked by whoever receives one."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

MAX_HELD_TOKENS = 10_000
KEY_ID = "sandbox"


@dataclass(frozen=True)
class Principal:
    """Who is calling: an app on its own, or an app on behalf of a user."""

    object_id: str
    app_id: str
    user_principal_name: str | None
    permissions: frozenset[str]  # scopes of a delegated token, app roles of an app-only one
    claims: str | None = None  # what the client asked the token to satisfy

    @property
    def is_app(self) -> bool:
        return self.user_principal_name is None

    def __str__(self) -> str:
        return f"app:{self.app_id}" if self.is_app else f"delegated:{self.user_principal_name}"


class TokenRefused(Exception):
    """The token is missing, unknown, expired, revoked or meant for another audience; the text says which. Or it lacks
    `claims`, which are the challenge."""

    def __init__(self, reason: str, claims: str | None = None) -> None:
        super().__init__(reason)
        self.claims = claims


@dataclass(frozen=True)
class _Issued:
    audience: str
    expires: float
    principal: Principal


class TokenBook:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, _Issued] = {}

    def issue(self, audience: str, principal: Principal, lifetime: int, claims: dict[str, Any]) -> str:
        """A signed JWT for this audience; `claims` come on top of the standard ones."""
        now = int(self._clock())
        times = {"iat": now, "nbf": now, "exp": now + lifetime}
        token = self.sign({"aud": audience, **times, **claims, "uti": secrets.token_urlsafe(16)})
        if len(self._issued) >= MAX_HELD_TOKENS:
            self._issued.clear()
        self._issued[token] = _Issued(audience, now + lifetime, principal)
        return token

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, _key(), "RS256", {"kid": KEY_ID})

    def check(self, authorization: str | None, audience: str) -> Principal:
        """The principal behind an Authorization header; a token that is altered or not from here is unknown."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("Access token is empty.")
        issued = self._issued.get(token.strip())
        if issued is None:
            raise TokenRefused("Access token validation failure. Invalid signature.")
        if issued.audience != audience:
            raise TokenRefused("Access token validation failure. Invalid audience.")
        if issued.expires <= self._clock():
            raise TokenRefused("Lifetime validation failed, the token is expired.")
        return issued.principal

    def revoke_all(self) -> None:
        self._issued.clear()


@cache
def _key() -> rsa.RSAPrivateKey:
    """One for all tenants of this process: making it takes a tenth of a second."""
    return rsa.generate_private_key(65537, 2048)


def public_keys() -> dict[str, Any]:
    """The JSON Web Key Set with which anybody can check a token from here."""
    key = RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
    return {"keys": [{**key, "kid": KEY_ID, "use": "sig"}]}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def client_info(object_id: str, tenant_id: str) -> str:
    """The client_info of a token answer, from which MSAL makes the account's key."""
    return _base64url(json.dumps({"uid": object_id, "utid": tenant_id}).encode())
