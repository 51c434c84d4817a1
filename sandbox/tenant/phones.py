"""The rules of the phone authentication methods: what may be added, changed and deleted.

The page names are those of the Graph reference. The texts and codes of most refusals are not documented.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from .directory import Phone, User
from .exchange import Refused

if TYPE_CHECKING:
    from .tenant import Tenant

# The fixed ids of the page "phoneAuthenticationMethod resource type".
METHOD_IDS = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
PHONE_TYPES = {method_id: phone_type for phone_type, method_id in METHOD_IDS.items()}

# Guess: the documented form, read strictly. The page says that numbers which do not match are rejected, not how.
NUMBER = re.compile(r"\+[1-9][0-9]{0,2} [0-9]{4,15}(x[0-9]{1,10})?")


def masked(number: str) -> str:
    """What an Authentication Administrator sees.

    Guess: every digit but the last two is an X, as in the sign-in logs. "List phoneMethods" only says "masked".
    """
    keep = len(number) - 2
    return "".join("X" if char.isdigit() and place < keep else char for place, char in enumerate(number))


def visible_phones(user: User) -> dict[str, Phone]:
    """The phones as a read sees them now; a recent write may not show yet."""
    if user.earlier_reads > 0:
        user.earlier_reads -= 1
        return user.earlier_phones
    return user.phones


def phone_type_of(method_id: str) -> str:
    try:
        return PHONE_TYPES[method_id.lower()]
    except KeyError:
        raise _no_such_method(method_id) from None


def create(tenant: Tenant, user: User, body: Any) -> str:
    """POST: add the phone and return its phoneType."""
    phone_type, number = _read(body)
    if phone_type is None:
        raise Refused(400, "badRequest", "The phoneType is missing.")  # Guess: code and text
    if phone_type in user.phones:
        # Guess: the status. "Create phoneMethod" says only that a user has one phone of each type.
        raise Refused(tenant.switches.duplicate_status, "badRequest", f"The user already has a {phone_type} phone.")
    if phone_type == "alternateMobile" and "mobile" not in user.phones:
        raise Refused(400, "badRequest", "An alternateMobile needs a mobile phone first.")  # Guess: code and text
    _save(tenant, user, phone_type, number)
    return phone_type


def update(tenant: Tenant, user: User, method_id: str, body: Any) -> None:
    """PATCH: change the number in place."""
    own_type = phone_type_of(method_id)
    phone_type, number = _read(body)
    if own_type not in user.phones:
        raise _no_such_method(method_id)  # Guess: 404, and not an upsert
    if phone_type not in (None, own_type):
        raise Refused(400, "badRequest", "The phoneType of a method cannot change.")  # Guess: code and text
    _save(tenant, user, own_type, number)


def delete(tenant: Tenant, user: User, method_id: str) -> None:
    phone_type = phone_type_of(method_id)
    if phone_type not in user.phones:
        raise _no_such_method(method_id)
    if user.default_method == phone_type:
        # Seen live in 2022 (microsoft-graph-docs 18091). Guess: it holds even for the only method.
        raise Refused(
            400,
            "badRequest",
            f"The requested authentication method id of [{METHOD_IDS[phone_type]}] matches the user's current default "
            "authentication method, and cannot be deleted until the default authentication method is changed",
        )
    if phone_type == "mobile" and "alternateMobile" in user.phones:
        # Guess: code and text. The page "phoneAuthenticationMethod resource type" has the rule.
        raise Refused(400, "badRequest", "The mobile phone cannot be deleted while an alternateMobile exists.")
    _remember_earlier(tenant, user)
    del user.phones[phone_type]


def switch_sms_sign_in(tenant: Tenant, user: User, method_id: str, *, enable: bool) -> None:
    """The actions enableSmsSignIn and disableSmsSignIn of the mobile phone."""
    phone_type = phone_type_of(method_id)
    if phone_type not in user.phones:
        raise _no_such_method(method_id)
    if phone_type != "mobile" or (enable and not user.sms_sign_in_allowed):
        raise Refused(400, "badRequest", "SMS sign-in is not possible for this phone.")  # Guess: code and text
    _remember_earlier(tenant, user)
    phone = user.phones[phone_type]
    state = _registered_state(tenant, user, phone.number) if enable else "notEnabled"
    user.phones[phone_type] = Phone(phone.number, state)
    if state == "phoneNumberNotUnique":
        raise _not_unique(409)  # Guess


def _read(body: Any) -> tuple[str | None, str]:
    if not isinstance(body, dict):
        raise Refused(400, "badRequest", "Unable to read JSON request payload.")
    if "smsSignInState" in body:
        raise Refused(400, "badRequest", "smsSignInState is read-only.")  # Guess: code and text
    phone_type, number = body.get("phoneType"), body.get("phoneNumber")
    if phone_type is not None and phone_type not in METHOD_IDS:
        raise Refused(400, "badRequest", "The phoneType is not one of mobile, alternateMobile, office.")  # Guess
    if not isinstance(number, str) or NUMBER.fullmatch(number) is None:
        raise Refused(400, "badRequest", "The phone number is not in the format +<country code> <number>x<extension>.")
    return phone_type, number


def _save(tenant: Tenant, user: User, phone_type: str, number: str) -> None:
    _remember_earlier(tenant, user)
    if phone_type != "mobile":
        user.phones[phone_type] = Phone(number, "notSupported")
        return
    state = _registered_state(tenant, user, number) if user.sms_sign_in_allowed else "notAllowedByPolicy"
    user.phones[phone_type] = Phone(number, state)
    if state == "phoneNumberNotUnique" and tenant.switches.not_unique_status is not None:
        raise _not_unique(tenant.switches.not_unique_status)  # Guess: some tenants answer so; the number stays saved


def _registered_state(tenant: Tenant, user: User, number: str) -> str:
    """ "Create phoneMethod": the number is registered for sign-in if nobody else signs in with it."""
    taken = any(
        other is not user and other.phones["mobile"].sms_state == "ready" and other.phones["mobile"].number == number
        for other in tenant.users()
        if "mobile" in other.phones
    )
    return "phoneNumberNotUnique" if taken else "ready"


def _remember_earlier(tenant: Tenant, user: User) -> None:
    if tenant.switches.write_lag_reads > 0 and user.earlier_reads == 0:
        user.earlier_phones = copy.deepcopy(user.phones)
        user.earlier_reads = tenant.switches.write_lag_reads


def _no_such_method(method_id: str) -> Refused:
    # Guess: code and text.
    return Refused(404, "resourceNotFound", f"The authentication method [{method_id}] was not found.")


def _not_unique(status: int) -> Refused:
    return Refused(status, "phoneNumberNotUnique", "The phone number is used for sign-in by another user.")
