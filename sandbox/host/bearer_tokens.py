"""App Service Authentication's check of access tokens, with the public keys that Entra gives to everybody."""

import os
import ssl
from typing import Any

import jwt

from sandbox.host.app_service import AppService

# github.com/Azure/azure-mobile-apps-net-server/issues/137: for clocks that differ.
_GRACE_S = 300


class KeysUnavailable(Exception):
    """Entra gives no keys to check a token with."""


class TokenRefused(Exception):
    """The token is expired, altered, of another issuer or audience, or none at all."""


class BearerTokens:
    def __init__(self, service: AppService) -> None:
        self._service = service
        trust = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
        keys = f"{service.issuer.removesuffix('/v2.0')}/discovery/v2.0/keys"
        self._keys = jwt.PyJWKClient(keys, timeout=10, ssl_context=trust)

    def claims(self, token: str) -> dict[str, Any]:
        """Of a token that is good. Raises KeysUnavailable and TokenRefused."""
        try:
            return jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=["RS256"],
                audience=[self._service.client_id, f"api://{self._service.client_id}"],
                issuer=self._service.issuer,
                leeway=_GRACE_S,
                options={"require": ["exp", "sub"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise KeysUnavailable from error
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenRefused from error
