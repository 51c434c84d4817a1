"""What all authentication methods have in common: the default method, and writes that do not show at once."""

from __future__ import annotations

from .directory import Method, Phone, User
from .exchange import Refused
from .kinds import METHOD_IDS
from .tenant import Tenant


def visible_phones(user: User) -> dict[str, Phone]:
    """The phones as a read sees them now; a recent write may not show yet."""
    if user.earlier_reads > 0:
        user.earlier_reads -= 1
        return user.earlier_phones
    return user.phones


def remember_phones(tenant: Tenant, user: User) -> None:
    """Called before every write of a phone."""
    if tenant.switches.write_lag_reads > 0 and user.earlier_reads == 0:
        user.earlier_phones = dict(user.phones)
        user.earlier_reads = tenant.switches.write_lag_reads


def visible_others(user: User) -> tuple[str | None, dict[str, Method]]:
    """The e-mail address and the delete-only methods as a read sees them now."""
    if user.earlier_other_reads > 0:
        user.earlier_other_reads -= 1
        return user.earlier_email, user.earlier_methods
    return user.email, user.methods


def remember_others(tenant: Tenant, user: User) -> None:
    """Called before every write of the e-mail address and before every removal of a delete-only method."""
    if tenant.switches.write_lag_reads > 0 and user.earlier_other_reads == 0:
        user.earlier_email, user.earlier_methods = user.email, dict(user.methods)
        user.earlier_other_reads = tenant.switches.write_lag_reads


def check_default(tenant: Tenant, user: User, name: str) -> None:
    """Refuse to delete the default method; `name` is its phoneType, or the id of a delete-only method.

    Both texts were seen live (microsoft-graph-docs 18091 of 2022, for a phone, and 14470 of 2021). The second one says
    that the default can go when it is the only method, and Microsoft's MSIdentityTools rely on that.
    Guess: the e-mail address counts as another method, the password does not.
    """
    if user.default_method != name:
        return
    is_last = len(user.phones) + len(user.methods) + (user.email is not None) == 1
    if is_last and tenant.switches.last_default_deletable:
        return
    if name in METHOD_IDS:
        text = (
            f"The requested authentication method id of [{METHOD_IDS[name]}] matches the user's current default "
            "authentication method, and cannot be deleted until the default authentication method is changed"
        )
    else:  # Guess: which text belongs to which kind
        text = (
            "Cannot delete default method with other methods configured. Please change default method before deletion."
        )
    raise Refused(400, "badRequest", text)


def forget_default(user: User, name: str) -> None:
    """The method is gone. Guess: the user has no default method then."""
    if user.default_method == name:
        user.default_method = None


def no_such_method(method_id: str) -> Refused:
    # Guess: code and text.
    return Refused(404, "resourceNotFound", f"The authentication method [{method_id}] was not found.")


def not_allowed(method: str) -> Refused:
    # Guess: status, code and text, for a collection that exists and a verb that it does not have.
    return Refused(405, "UnknownError", f"The method {method} is not allowed here.")
