"""SMS sign-in: which smsSignInState a mobile phone has under the tenant's policy, and the two actions that change it.

Two switches are the policy: `sms_allowed` (None: each user's word smsSignInAllowed decides) and
`sms_auto_registration`. The number of a soft-deleted user stays taken: RealmJoin's runbook
set-or-remove-mobile-phone-MFA met that.
"""

from __future__ import annotations

from itertools import chain

from .directory import Phone, User
from .exchange import Refused
from .methods import no_such_method, remember_phones
from .shown import is_allowed, shown_state
from .tenant import Tenant


def state_after_save(tenant: Tenant, user: User, earlier: Phone | None, number: str) -> str:
    """The state of a mobile phone that was added or changed.

    "Create phoneMethod" and "Update phoneMethod": where policy allows SMS sign-in, Graph tries to register the number.
    Guess: where it does not try, a new number is not enabled, and a number that stays the same keeps its state.
    """
    if not is_allowed(tenant.switches, user):
        return "notAllowedByPolicy"
    if tenant.switches.sms_auto_registration:
        return _registered_state(tenant, user, number)
    if earlier is not None and earlier.number == number:
        return shown_state(tenant.switches, user, earlier)
    return "notEnabled"


def switch_sign_in(tenant: Tenant, user: User, phone_type: str, *, enable: bool, by_upn: bool) -> None:
    """The actions enableSmsSignIn and disableSmsSignIn; `by_upn`: the request names the user by UPN, not by id.

    "phoneAuthenticationMethod: enableSmsSignIn": the phone is a mobile, the policy allows it, the number is unique.
    """
    phone = user.phones.get(phone_type)
    if phone is None:
        raise no_such_method(phone_type)
    if phone_type != "mobile" or (enable and not is_allowed(tenant.switches, user)):
        raise Refused(400, "badRequest", "SMS sign-in is not possible for this phone.")  # Guess: code and text
    if enable and _is_ignored(tenant, by_upn):
        return
    remember_phones(tenant, user)
    state = _registered_state(tenant, user, phone.number) if enable else "notEnabled"
    user.phones[phone_type] = Phone(phone.number, state)
    if state == "phoneNumberNotUnique" and tenant.switches.enable_not_unique_status is not None:
        raise not_unique(tenant.switches.enable_not_unique_status)  # Guess: the status; the page names only 204


def not_unique(status: int) -> Refused:
    return Refused(status, "phoneNumberNotUnique", "The phone number is used for sign-in by another user.")


def _is_ignored(tenant: Tenant, by_upn: bool) -> bool:
    """Reported once (microsoft-graph-docs 13328): 204 and nothing done for a UPN, while the object id worked."""
    return tenant.switches.enable_ignored or (by_upn and tenant.switches.enable_ignored_by_upn)


def _registered_state(tenant: Tenant, user: User, number: str) -> str:
    taken = any(
        other is not user and other.phones["mobile"].sms_state == "ready" and other.phones["mobile"].number == number
        for other in chain(tenant.users(), tenant.deleted_users())
        if "mobile" in other.phones
    )
    return "phoneNumberNotUnique" if taken else "ready"
