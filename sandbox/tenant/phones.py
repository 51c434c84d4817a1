"""The rules of the phone authentication methods: what may be added, changed and deleted. SMS sign-in is in sms.py.

The page names are those of the Graph reference. The texts and codes of most refusals are not documented.
"""

from __future__ import annotations

import re
from typing import Any

from .directory import Phone, User
from .exchange import Refused
from .kinds import METHOD_IDS, PHONE_TYPES
from .methods import check_default, forget_default, no_such_method, remember_phones
from .sms import not_unique, state_after_save
from .tenant import Tenant

# Guess: the documented form, read strictly. The page says that numbers which do not match are rejected, not how.
NUMBER = re.compile(r"\+[1-9][0-9]{0,2} [0-9]{4,15}(x[0-9]{1,10})?")


def phone_type_of(method_id: str) -> str:
    try:
        return PHONE_TYPES[method_id.lower()]
    except KeyError:
        raise no_such_method(method_id) from None


def create(tenant: Tenant, user: User, body: Any) -> str:
    """POST: add the phone and return its phoneType."""
    phone_type, number = _read(body)
    if phone_type is None:
        raise Refused(400, "badRequest", "The phoneType is missing.")  # Guess: code and text
    _check_source(user, phone_type)
    if phone_type in user.phones:
        # Guess: the status. "Create phoneMethod" says only that a user has one phone of each type.
        raise Refused(tenant.switches.duplicate_status, "badRequest", f"The user already has a {phone_type} phone.")
    if phone_type == "alternateMobile" and "mobile" not in user.phones:
        # Guess: code and text. The page "phoneAuthenticationMethod resource type" has the rule.
        raise Refused(400, "badRequest", "An alternateMobile needs a mobile phone first.")
    _save(tenant, user, phone_type, number)
    return phone_type


def update(tenant: Tenant, user: User, method_id: str, body: Any) -> None:
    """PATCH: change the number in place."""
    own_type = phone_type_of(method_id)
    phone_type, number = _read(body)
    if own_type not in user.phones:
        raise no_such_method(method_id)  # Guess: 404, and not an upsert
    if phone_type not in (None, own_type):
        raise Refused(400, "badRequest", "The phoneType of a method cannot change.")  # Guess: code and text
    _check_source(user, own_type)
    _save(tenant, user, own_type, number)


def delete(tenant: Tenant, user: User, method_id: str) -> None:
    phone_type = phone_type_of(method_id)
    if phone_type not in user.phones:
        raise no_such_method(method_id)
    _check_source(user, phone_type)
    check_default(tenant, user, phone_type)
    if phone_type == "mobile" and "alternateMobile" in user.phones:
        # Guess: code and text. The page "Delete phoneAuthenticationMethod" has the rule.
        raise Refused(400, "badRequest", "The mobile phone cannot be deleted while an alternateMobile exists.")
    remember_phones(tenant, user)
    del user.phones[phone_type]
    forget_default(user, phone_type)


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


def _check_source(user: User, phone_type: str) -> None:
    """The page "Pre-populate user authentication contact information for SSPR": the office phone of a user who is
    synchronised from the local directory can be set there only. Guess: the refusal is the one that Graph was seen to
    give for the user's own properties (azure-docs 78115)."""
    if phone_type == "office" and user.property("onPremisesSyncEnabled"):
        text = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
        raise Refused(400, "badRequest", f"{text}currently undergoing migration.")


def _save(tenant: Tenant, user: User, phone_type: str, number: str) -> None:
    remember_phones(tenant, user)
    if phone_type != "mobile":
        user.phones[phone_type] = Phone(number, "notSupported")
        return
    state = state_after_save(tenant, user, user.phones.get("mobile"), number)
    user.phones[phone_type] = Phone(number, state)
    if state == "phoneNumberNotUnique" and tenant.switches.not_unique_status is not None:
        # Guess: "Create phoneMethod" has only the state. RealmJoin's runbook met a 409 although the number was saved.
        raise not_unique(tenant.switches.not_unique_status)
