"""What App Service does with a request before the Functions host sees it: the caller's address, and App Service
Authentication (Microsoft Learn, "Work with user identities in Azure App Service authentication").

The Functions host alone, as it was run here, does neither: it hands on whatever X-MS-CLIENT-PRINCIPAL-* a caller sends.
"""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from sandbox.host.app_service import AppService
from sandbox.host.limits import Refused

# No caller can set these: they are there only if App Service has set them.
OWN_HEADERS = ("x-ms-client-principal", "x-ms-token-")
_SCHEMAS = "http://schemas.microsoft.com/identity/claims/"
# As claims are renamed on their way into X-MS-CLIENT-PRINCIPAL; the others keep the name that they have in the token.
_CLAIM_TYPES = {
    "oid": f"{_SCHEMAS}objectidentifier",
    "tid": f"{_SCHEMAS}tenantid",
    "sub": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
}

Headers = list[tuple[str, str]]


class FrontEnd:
    def __init__(self, service: AppService) -> None:
        self._tokens = None
        if service.authenticates:
            # Takes a moment to import, which few hosts here need.
            from sandbox.host.bearer_tokens import BearerTokens

            self._tokens = BearerTokens(service)

    async def headers(self, request: web.BaseRequest) -> Headers:
        """What the host gets. Raises Refused."""
        claims = await self._claims(request)
        return [*_sent(request), ("X-Forwarded-For", _forwarded_for(request)), *(_principal(claims) if claims else ())]

    async def _claims(self, request: web.BaseRequest) -> dict[str, Any] | None:
        """Of the bearer token; None without one. Guess: a token that is not good is 401, although anonymous callers are
        let through; Guess: 500 if it cannot be checked."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if self._tokens is None or scheme.lower() != "bearer":
            return None
        from sandbox.host.bearer_tokens import KeysUnavailable, TokenRefused

        try:
            return await asyncio.to_thread(self._tokens.claims, token.strip())
        except TokenRefused as error:
            raise Refused(401) from error
        except KeysUnavailable as error:
            raise Refused(500) from error


def _sent(request: web.BaseRequest) -> Iterator[tuple[str, str]]:
    for name, value in request.headers.items():
        if not name.lower().startswith(OWN_HEADERS) and name.lower() != "x-forwarded-for":
            yield name, value


def _forwarded_for(request: web.BaseRequest) -> str:
    """The caller's address and port behind whatever the caller sent. Guess: in one header, with a comma."""
    assert request.transport is not None  # noqa: S101 - for the type checker: the caller is connected
    host, port = request.transport.get_extra_info("peername")[:2]
    return ", ".join([*request.headers.getall("X-Forwarded-For", []), f"{host}:{port}"])


def _principal(claims: dict[str, Any]) -> Headers:
    described = {
        "auth_typ": "aad",
        "claims": [
            {"typ": _CLAIM_TYPES.get(name, name), "val": str(item)}
            for name, value in claims.items()
            for item in (value if isinstance(value, list) else [value])
        ],
        "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    }
    return [
        ("X-MS-CLIENT-PRINCIPAL", base64.b64encode(json.dumps(described).encode()).decode()),
        ("X-MS-CLIENT-PRINCIPAL-ID", str(claims.get("oid", claims["sub"]))),
        ("X-MS-CLIENT-PRINCIPAL-IDP", "aad"),
    ]
