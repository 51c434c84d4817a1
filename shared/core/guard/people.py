"""Users whom nothing may touch. Pure; who they are is read by the directory."""

from collections.abc import Container
from dataclasses import dataclass, replace

from shared.core.codes import Code
from shared.core.models import ServiceAccount, Stop, User

_SERVICE_ACCOUNT = Stop(Code.SERVICE_ACCOUNT, "This is the webhook's own sign-in account.")
_IN_GROUP = Stop(Code.PROTECTED_USER, "This user is a member of the protected group.")
_ADMINISTRATOR = Stop(
    Code.PROTECTED_USER,
    "This user is an administrator: the user holds a directory role or may activate one, or is a member or an owner of "
    "a role-assignable group. PROTECT_ADMINISTRATORS protects them.",
)
_RESTRICTED = Stop(
    Code.PROTECTED_USER,
    "This user is in a restricted management administrative unit. PROTECT_ADMINISTRATORS protects its members.",
)
_OUT_OF_SCOPE = Stop(Code.OUT_OF_SCOPE, "This user is not a member of the group that ALLOWED_GROUP_ID names.")


@dataclass(frozen=True, slots=True)
class Guarded:
    """Object ids of those whom a guard knows; a Stop where they cannot be read just now. `allowed` None: everybody."""

    protected: Container[str] | Stop = frozenset()
    administrators: Container[str] | Stop = frozenset()
    allowed: Container[str] | Stop | None = None


def exempt(user: User, account: ServiceAccount | None, guarded: Guarded) -> Stop | None:
    """Why this user must not be touched, whatever is desired."""
    if account is not None and account.is_user(user):
        return _SERVICE_ACCOUNT
    protection = protection_of(user, guarded)
    if protection is not None or guarded.allowed is None:
        return protection
    if isinstance(guarded.allowed, Stop):
        return _unknown(guarded.allowed, "in the group that ALLOWED_GROUP_ID names")
    return None if user.id in guarded.allowed else _OUT_OF_SCOPE


def protection_of(user: User, guarded: Guarded) -> Stop | None:
    """Why this user is neither to be changed nor shown. A list that cannot be read protects everybody."""
    if user.restricted:
        return _RESTRICTED
    unread: Stop | None = None
    for ids, stop in ((guarded.protected, _IN_GROUP), (guarded.administrators, _ADMINISTRATOR)):
        if isinstance(ids, Stop):
            unread = unread or ids
        elif user.id in ids:
            return stop
    return None if unread is None else _unknown(unread, "protected")


def _unknown(unread: Stop, what: str) -> Stop:
    """The code stays, since throttling and silence are temporary."""
    message = (
        f"The webhook could not find out whether this user is {what}, so it writes and shows nothing. {unread.message}"
    )
    return replace(unread, message=message)
