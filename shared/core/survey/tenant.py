"""What holds for a tenant as a whole, and for whom Microsoft's own SMS and voice end when.

Microsoft Learn, "SMS and voice retirement": 1 February 2027, for Global Administrators and external users 1 July 2027.
"""

from collections.abc import Container
from dataclasses import dataclass, field

from shared.core.report import Json

ENDS_ON, ENDS_LATER_ON = "2027-02-01", "2027-07-01"
# The role of that name has the same id in every tenant (Microsoft Learn, "Microsoft Entra built-in roles").
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"


@dataclass(frozen=True, slots=True)
class Audience(Container[str]):
    """Users by object id: these, or everybody but these."""

    ids: frozenset[str] = frozenset()
    everybody: bool = False

    def __contains__(self, user_id: object) -> bool:
        return (user_id in self.ids) is not self.everybody


@dataclass(frozen=True, slots=True)
class Note:
    """Why columns are empty, or what readers must know about them."""

    columns: tuple[str, ...]
    code: str
    detail: str

    def as_json(self) -> Json:
        return {"columns": list(self.columns), "code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whom SMS and voice are for, and who is or may become a Global Administrator. None: Graph does not tell."""

    sms: Audience | None = None
    voice: Audience | None = None
    administrators: Audience | None = None
    notes: tuple[Note, ...] = field(default=())


def retires_on(user_id: str, tenant: Tenant, *, is_external: bool) -> str | None:
    """For a user who has a phone registered. None: SMS and voice are not for this user, or something is not known."""
    if not any(audience is not None and user_id in audience for audience in (tenant.sms, tenant.voice)):
        return None
    if is_external:
        return ENDS_LATER_ON
    if tenant.administrators is None:
        return None
    return ENDS_LATER_ON if user_id in tenant.administrators else ENDS_ON


def audience_json(audience: Audience | None) -> Json | None:
    return None if audience is None else {"everybody": audience.everybody, "ids": sorted(audience.ids)}


def tenant_json(tenant: Tenant) -> Json:
    return {
        "sms": audience_json(tenant.sms),
        "voice": audience_json(tenant.voice),
        "administrators": audience_json(tenant.administrators),
        "notes": [note.as_json() for note in tenant.notes],
    }
