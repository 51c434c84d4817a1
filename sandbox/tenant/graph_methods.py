"""Everything below /users/{id}/authentication: who may call, the list of all methods, and the way to each kind."""

from __future__ import annotations

import json

from . import graph_emails, graph_others, graph_phones
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall, MethodsCall, methods_page
from .graph_users import find_user
from .kinds import ALL_AREAS, COLLECTIONS, DELETE_ONLY, EMAILS, PASSWORD_ID, PHONES
from .methods import no_such_method, not_allowed, visible_others, visible_phones
from .roles import check_methods
from .tenant import Tenant
from .tokens import Principal

FRESH_MFA = '{"access_token":{"amr":{"essential":true,"values":["ngcmfa"]}}}'
_AREAS = {PHONES: "Phone", EMAILS: "Email", "methods": ALL_AREAS} | {
    collection: kind.area for collection, kind in COLLECTIONS.items()
}


def answer(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    user = find_user(call)
    collection = call.segments[3] if len(call.segments) > 3 else ""
    area = _AREAS.get(collection)
    if area is None:
        raise Refused(404, "UnknownError", "No HTTP resource was found that matches the request URI.")
    whole_numbers = check_methods(tenant, principal, user, area, write=call.method != "GET")
    if call.method != "GET" and not principal.is_app and tenant.switches.writes_want_mfa:
        # Microsoft asks whoever manages methods for MFA of the last ten minutes. Guess: where the claims stand.
        raise Refused(403, "accessDenied", "Recent multi-factor authentication is required.", claims=FRESH_MFA)
    context = f"{call.url_of_version}/$metadata#users('{call.segments[1]}')/authentication"
    asked = MethodsCall(call, user, call.segments[4:], context, whole_numbers)
    if collection == PHONES:
        return graph_phones.answer(tenant, asked)
    if collection == EMAILS:
        return graph_emails.answer(tenant, asked)
    if collection == "methods":
        return _all_methods(tenant, asked)
    return graph_others.answer(tenant, asked, COLLECTIONS[collection])


def _all_methods(tenant: Tenant, asked: MethodsCall) -> Answer:
    """ "List methods" and "Get authenticationMethod"; there is nothing else here."""
    context = f"{asked.context}/methods"
    match asked.call.method, asked.rest:
        case "GET", []:
            return methods_page(tenant, asked, context, _shown(tenant, asked))
        case "GET", [method_id]:
            for shown in _shown(tenant, asked):
                if shown["id"] in (method_id, method_id.lower()):
                    return Answer(200, {"@odata.context": f"{context}/$entity", **shown})
            raise no_such_method(method_id)
        case "DELETE", [method_id]:
            # Seen live (msgraph-sdk-powershell 937, microsoft-graph-docs 20928): the message is JSON, the code is
            # UnknownError. Guess: the status.
            where = (
                f"https://mface.windowsazure.com/odata/users('{asked.user.id}')/authentication/methods('{method_id}')"
            )
            message = {
                "Message": f"No HTTP resource was found that matches the request URI '{where}'.",
                "MessageDetail": "No type was found that matches the controller named 'users'.",
            }
            raise Refused(404, "UnknownError", json.dumps(message, separators=(",", ":")))
        case _, [] | [_]:
            raise not_allowed(asked.call.method)
    raise Refused(404, "UnknownError", "No HTTP resource was found that matches the request URI.")


def _shown(tenant: Tenant, asked: MethodsCall) -> list[Json]:
    address, methods = visible_others(asked.user)
    shown: list[Json] = [{"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD_ID}]
    for item in visible_phones(asked.user).items():
        phone = graph_phones.show(tenant, asked, *item)
        shown.append({"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", **phone})
    if address is not None:
        email = graph_emails.show(address)
        shown.append({"@odata.type": "#microsoft.graph.emailAuthenticationMethod", **email})
    for method in methods.values():
        shown.append({"@odata.type": DELETE_ONLY[method.kind].odata_type, **graph_others.show(method)})
    return shown
