"""What stands in front of the host; front_end.py does it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AppService:
    """With both, App Service Authentication is on, as infra/modules/function-app.bicep sets it: Microsoft Entra is the
    only provider, anonymous callers are let through, and tokens of this issuer for this app registration are checked.
    """

    client_id: str = ""
    issuer: str = ""

    @property
    def authenticates(self) -> bool:
        return bool(self.client_id and self.issuer)


UNAUTHENTICATED = AppService()
