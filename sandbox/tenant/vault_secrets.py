"""Key Vault secrets and their versions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from .exchange import Refused


@dataclass(frozen=True)
class SecretVersion:
    value: str
    created: int
    enabled: bool = True
    exp: int | None = None
    nbf: int | None = None
    version: str = field(default_factory=lambda: uuid.uuid4().hex)

    def attributes(self) -> dict[str, Any]:
        """The attributes of the page "Get Secret"; times are epoch seconds, absent ones are left out."""
        times = {"nbf": self.nbf, "exp": self.exp}
        return {
            "enabled": self.enabled,
            **{name: value for name, value in times.items() if value is not None},
            "created": self.created,
            "updated": self.created,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        }


class SecretStore:
    """Secret names are case-insensitive, the newest version is the current one."""

    def __init__(self) -> None:
        self._versions: dict[str, list[SecretVersion]] = {}

    def add(self, name: str, version: SecretVersion) -> None:
        self._versions.setdefault(name.lower(), []).append(version)

    def delete(self, name: str) -> None:
        """Raises KeyError when there is no such secret."""
        del self._versions[name.lower()]

    def get(self, name: str, version: str) -> SecretVersion:
        """One version, the current one when `version` is empty; refuses what is missing or disabled."""
        found = [held for held in self._versions.get(name.lower(), []) if version in ("", held.version)]
        if not found:
            raise Refused(
                404,
                "SecretNotFound",
                f"A secret with (name/id) {name} was not found in this key vault. "
                "If you recently deleted this secret you may be able to recover it using the correct recovery command.",
            )
        secret = found[-1]
        if not secret.enabled:
            # Expired and not yet valid secrets are still handed out, only disabled ones are not.
            raise Refused(
                403, "Forbidden", "Operation get is not allowed on a disabled secret.", inner="SecretDisabled"
            )
        return secret
