"""Graph's report of who has registered which authentication methods: reports/authenticationMethods."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .directory import User
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_pages import page
from .roles import READ_REPORTS, REPORT_READERS, check_reader
from .tenant import Tenant
from .tokens import Principal

_PHONES = {"mobile": "mobilePhone", "alternateMobile": "alternateMobilePhone", "office": "officePhone"}
# Guess: which of the words that were seen goes with which kind; the page "userRegistrationDetails" lists no values.
_KINDS = {
    "microsoftAuthenticator": "microsoftAuthenticatorPush",
    "softwareOath": "softwareOneTimePasscode",
    "fido2": "passKeyDeviceBound",
    "windowsHelloForBusiness": "windowsHelloForBusiness",
    "platformCredential": "macOsSecureEnclaveKey",
    "temporaryAccessPass": "temporaryAccessPass",
}
_REGISTERED = re.compile(r"methodsRegistered/any\(\s*(\w+)\s*:\s*\1 eq '(\w+)'\s*\)")


def answer(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    match call.segments[2:]:
        case ["userRegistrationDetails"]:
            _check(tenant, principal)
            return _listed(tenant, call)
        case ["userRegistrationDetails", user_id]:
            _check(tenant, principal)
            user = tenant.find_user(user_id)
            if user is None or user.id != user_id.lower() or not reported(user):
                raise Refused(404, "ResourceNotFound", f"No record found for key '{user_id}'.")
            return Answer(200, _details(user))
    raise Refused(400, "BadRequest", f"Resource not found for the segment '{call.segments[-1]}'.")


def reported(user: User) -> list[str]:
    """What the report says of a user: the methods of now, unless it lags behind. Who has none is left out of it."""
    if user.reported_methods is not None:
        return user.reported_methods
    found = [_PHONES[kind] for kind in _PHONES if kind in user.phones]
    found += ["email"] if user.email is not None else []
    return list(dict.fromkeys([*found, *(_KINDS[method.kind] for method in user.methods.values())]))


def _check(tenant: Tenant, principal: Principal) -> None:
    # Guess: the code and the text, as the directory has them.
    check_reader(tenant, principal, READ_REPORTS, REPORT_READERS)
    if not tenant.switches.premium_licence:
        text = "Neither tenant is B2C or tenant doesn't have premium license"
        raise Refused(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)


def _listed(tenant: Tenant, call: GraphCall) -> Answer:
    users = [user for user in tenant.users() if reported(user)]
    asked = call.query.get("$filter")
    if asked is not None:
        found = _REGISTERED.fullmatch(asked.strip())
        if found is None:
            raise Refused(400, "BadRequest", f"Invalid filter clause: {asked}")
        users = [user for user in users if found[2] in reported(user)]
    names = [name.strip() for name in call.query["$select"].split(",")] if call.query.get("$select") else None
    context = f"{call.url_of_version}/$metadata#reports/authenticationMethods/userRegistrationDetails"

    def show(user: User) -> Json:
        details = _details(user)
        return {name: details.get(name) for name in names or details}

    return page(tenant, call, context, users, show)


def _details(user: User) -> Json:
    methods = reported(user)
    is_capable = any(method not in ("email", "securityQuestion") for method in methods)
    return {
        "id": user.id,
        "userPrincipalName": user.user_principal_name,
        "userDisplayName": user.attributes.get("displayName"),
        "userType": str(user.attributes.get("userType", "member")).lower(),
        "isAdmin": bool(user.roles),
        "isMfaCapable": is_capable,
        "isMfaRegistered": is_capable,
        "isPasswordlessCapable": any(method.startswith("passKey") for method in methods),
        "methodsRegistered": methods,
        "lastUpdatedDateTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
