"""Graph's phoneMethods of a user: what is asked and what the answers look like. The rules are in phones.py, sms.py."""

from __future__ import annotations

from . import phones
from .directory import Phone
from .exchange import Json, Refused
from .graph_call import Answer, MethodsCall, methods_page
from .kinds import METHOD_IDS
from .methods import no_such_method, not_allowed, visible_phones
from .shown import shown_state
from .sms import switch_sign_in
from .tenant import Tenant

ACTIONS = ("enableSmsSignIn", "disableSmsSignIn")


def answer(tenant: Tenant, asked: MethodsCall) -> Answer:
    call, user = asked.call, asked.user
    context = f"{asked.context}/phoneMethods"

    def show_saved(phone_type: str) -> Json:
        return {"@odata.context": f"{context}/$entity", **show(tenant, asked, phone_type, user.phones[phone_type])}

    match call.method, asked.rest:
        case "GET", []:
            shown = [show(tenant, asked, *item) for item in visible_phones(user).items()]
            return methods_page(tenant, asked, context, shown)
        case "GET", [method_id]:
            phone_type = phones.phone_type_of(method_id)
            phone = visible_phones(user).get(phone_type)
            if phone is None:
                raise no_such_method(method_id)
            return Answer(200, {"@odata.context": f"{context}/$entity", **show(tenant, asked, phone_type, phone)})
        case "POST", []:
            return Answer(201, show_saved(phones.create(tenant, user, call.body())))
        case "PATCH", [method_id]:
            # "Update phoneMethod": the text promises an object in the body, its example has none.
            phones.update(tenant, user, method_id, call.body())
            return Answer(204)
        case "PUT", [method_id] if call.version == "beta":
            # Old copies of the beta page "Update phoneMethod": PUT answers 200 and the object.
            phones.update(tenant, user, method_id, call.body())
            return Answer(200, show_saved(phones.phone_type_of(method_id)))
        case "DELETE", [method_id]:
            phones.delete(tenant, user, method_id)
            return Answer(204)
        case "POST", [method_id, action] if action in ACTIONS:
            by_upn = call.segments[1].lower() != user.id
            phone_type = phones.phone_type_of(method_id)
            switch_sign_in(tenant, user, phone_type, enable=action == "enableSmsSignIn", by_upn=by_upn)
            return Answer(204)
        case _, [] | [_]:
            raise not_allowed(call.method)
    raise Refused(404, "UnknownError", "No HTTP resource was found that matches the request URI.")


def show(tenant: Tenant, asked: MethodsCall, phone_type: str, phone: Phone) -> Json:
    number = phone.number if asked.whole_numbers else tenant.mask(phone.number)
    state = shown_state(tenant.switches, asked.user, phone)
    return {"id": METHOD_IDS[phone_type], "phoneNumber": number, "phoneType": phone_type, "smsSignInState": state}
