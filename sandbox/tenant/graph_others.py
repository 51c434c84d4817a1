"""Graph's collections of the methods that an administrator can only see and remove: Authenticator, FIDO2 and the like.

Their pages "List", "Get" and "Delete": 200, 200 and 204. The ids of some are no GUIDs: case counts in them.
"""

from __future__ import annotations

from .directory import Method
from .exchange import Json, Refused
from .graph_call import Answer, MethodsCall
from .kinds import Kind
from .methods import check_default, forget_default, no_such_method, not_allowed, remember_others, visible_others
from .tenant import Tenant


def answer(tenant: Tenant, asked: MethodsCall, kind: Kind) -> Answer:
    user = asked.user
    context = f"{asked.context}/{kind.collection}"
    match asked.call.method, asked.rest:
        case "GET", []:
            _, methods = visible_others(user)
            shown = [show(method) for method in methods.values() if method.kind == kind.name]
            return Answer(200, {"@odata.context": context, "value": shown})
        case "GET", [method_id]:
            _, methods = visible_others(user)
            found = _find(methods, kind, method_id)
            return Answer(200, {"@odata.context": f"{context}/$entity", **show(found)})
        case "DELETE", [method_id]:
            found = _find(user.methods, kind, method_id)
            check_default(tenant, user, found.id)
            remember_others(tenant, user)
            del user.methods[found.id]
            forget_default(user, found.id)
            return Answer(204)
        case _, [] | [_]:
            raise not_allowed(asked.call.method)
    raise Refused(404, "UnknownError", "No HTTP resource was found that matches the request URI.")


def show(method: Method) -> Json:
    """Guess: without @odata.type, as Graph leaves it out where the collection's type says it all."""
    return {"id": method.id, **method.properties}


def _find(methods: dict[str, Method], kind: Kind, method_id: str) -> Method:
    found = methods.get(method_id) or methods.get(method_id.lower())  # Guess: a GUID is known in any case
    if found is None or found.kind != kind.name:
        raise no_such_method(method_id)
    return found
