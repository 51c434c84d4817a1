"""Graph's emailMethods of a user: one address, for resetting the password only. Nothing of it is masked: the pages
"List emailMethods" and "Get emailAuthenticationMethod" say nothing of the kind."""

from __future__ import annotations

import re
from typing import Any

from .exchange import Json, Refused
from .graph_call import Answer, MethodsCall
from .kinds import EMAIL_ID
from .methods import no_such_method, not_allowed, remember_others, visible_others
from .tenant import Tenant

# Guess: the form. "_test@test._" was taken until January 2021 and then no longer (microsoft-graph-docs 11160).
ADDRESS = re.compile(r"[^@\s]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")


def answer(tenant: Tenant, asked: MethodsCall) -> Answer:
    call, user = asked.call, asked.user
    context = f"{asked.context}/emailMethods"
    match call.method, asked.rest:
        case "GET", []:
            address, _ = visible_others(user)
            return Answer(200, {"@odata.context": context, "value": [show(address)] if address is not None else []})
        case "GET", [method_id]:
            address, _ = visible_others(user)
            _check_exists(address, method_id)
            return Answer(200, {"@odata.context": f"{context}/$entity", **show(address)})
        case "POST", []:
            # "Create emailMethod": 201, and a user may only have one.
            address = _read(call.body())
            if user.email is not None:
                # Guess: the status, like that of a second phone of one type.
                raise Refused(tenant.switches.duplicate_status, "badRequest", "The user already has an email method.")
            remember_others(tenant, user)
            user.email = address
            return Answer(201, {"@odata.context": f"{context}/$entity", **show(address)})
        case "PATCH", [method_id]:
            # "Update emailAuthenticationMethod": 204 without a body. Guess: a missing one is 404, and not an upsert.
            address = _read(call.body())
            _check_exists(user.email, method_id)
            remember_others(tenant, user)
            user.email = address
            return Answer(204)
        case "DELETE", [method_id]:
            # "Delete emailAuthenticationMethod": 204.
            _check_exists(user.email, method_id)
            remember_others(tenant, user)
            user.email = None
            return Answer(204)
        case _, [] | [_]:
            raise not_allowed(call.method)
    raise Refused(404, "UnknownError", "No HTTP resource was found that matches the request URI.")


def show(address: str | None) -> Json:
    return {"id": EMAIL_ID, "emailAddress": address}


def _check_exists(address: str | None, method_id: str) -> None:
    if address is None or method_id.lower() != EMAIL_ID:
        raise no_such_method(method_id)


def _read(body: Any) -> str:
    address = body.get("emailAddress") if isinstance(body, dict) else None
    if not isinstance(address, str) or ADDRESS.fullmatch(address) is None:
        raise Refused(400, "badRequest", "The email address is not valid.")  # Guess: code and text
    return address
