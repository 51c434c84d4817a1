"""Graph's phoneMethods of a user: who may call, and what the answers look like. The rules are in phones.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import phones
from .directory import Phone
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_users import find_user
from .roles import check_phones
from .tokens import Principal

if TYPE_CHECKING:
    from .tenant import Tenant

PASSWORD_METHOD_ID = "28c10230-6103-485e-b985-444c60001490"
ACTIONS = ("enableSmsSignIn", "disableSmsSignIn")


def answer(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    """Everything below /users/{id}/authentication."""
    user = find_user(call)
    whole_numbers = check_phones(tenant, principal, user, write=call.method != "GET")
    context = f"{call.url_of_version}/$metadata#users('{call.segments[1]}')/authentication"
    rest = call.segments[3:]

    def show(phone_type: str, phone: Phone) -> Json:
        number = phone.number if whole_numbers else tenant.mask(phone.number)
        method_id = phones.METHOD_IDS[phone_type]
        return {"id": method_id, "phoneNumber": number, "phoneType": phone_type, "smsSignInState": phone.sms_state}

    def show_saved(phone_type: str) -> Json:
        saved = show(phone_type, user.phones[phone_type])
        return {"@odata.context": f"{context}/phoneMethods/$entity", **saved}

    match call.method, rest:
        case "GET", ["methods"]:
            return Answer(200, _all_methods(context, [show(*item) for item in phones.visible_phones(user).items()]))
        case "GET", ["phoneMethods"]:
            shown = [show(*item) for item in phones.visible_phones(user).items()]
            return Answer(200, {"@odata.context": f"{context}/phoneMethods", "value": shown})
        case "GET", ["phoneMethods", method_id]:
            phone_type = phones.phone_type_of(method_id)
            phone = phones.visible_phones(user).get(phone_type)
            if phone is None:
                raise Refused(404, "resourceNotFound", "The authentication method was not found.")  # Guess
            return Answer(200, {"@odata.context": f"{context}/phoneMethods/$entity", **show(phone_type, phone)})
        case "POST", ["phoneMethods"]:
            return Answer(201, show_saved(phones.create(tenant, user, call.body())))
        case "PATCH", ["phoneMethods", method_id]:
            phones.update(tenant, user, method_id, call.body())
            return Answer(204)
        case "PUT", ["phoneMethods", method_id] if call.version == "beta":
            # Old copies of the beta page "Update phoneMethod": PUT answers 200 and the object.
            phones.update(tenant, user, method_id, call.body())
            return Answer(200, show_saved(phones.phone_type_of(method_id)))
        case "DELETE", ["phoneMethods", method_id]:
            phones.delete(tenant, user, method_id)
            return Answer(204)
        case "POST", ["phoneMethods", method_id, action] if action in ACTIONS:
            phones.switch_sms_sign_in(tenant, user, method_id, enable=action == "enableSmsSignIn")
            return Answer(204)
        case _, ["phoneMethods"] | ["phoneMethods", _]:
            raise Refused(405, "UnknownError", f"The method {call.method} is not allowed here.")  # Guess: code, text
    raise Refused(404, "UnknownError", "No HTTP resource was found that matches the request URI.")


def _all_methods(context: str, shown_phones: list[Json]) -> Json:
    password: Json = {"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD_METHOD_ID}
    listed = [{"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", **phone} for phone in shown_phones]
    return {"@odata.context": f"{context}/methods", "value": [password, *listed]}
