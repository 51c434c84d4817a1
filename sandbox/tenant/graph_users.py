"""Graph's users: single reads, $filter, $select and paging."""

from __future__ import annotations

import re

from .directory import DEFAULT_PROPERTIES, User, is_property
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_pages import page
from .roles import READ_USERS, check_directory
from .tenant import Tenant
from .tokens import Principal

_LITERAL = r"'(?:[^']|'')*'"
_FILTER_IN = re.compile(rf"\s*(\w+)\s+in\s*\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)\s*\)\s*", re.IGNORECASE)
_FILTER_EQ = re.compile(rf"\s*(\w+)\s+eq\s+({_LITERAL})\s*", re.IGNORECASE)


def not_found(name: str) -> Refused:
    text = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    return Refused(404, "Request_ResourceNotFound", text)


def find_user(call: GraphCall) -> User:
    """The user that the path names."""
    # "Get user": a name that starts with $ must be written /users('$...'). Guess: %24 in the plain form is no better.
    if call.segments[1].startswith("$") and not call.key_in_brackets:
        raise Refused(400, "BadRequest", f"Resource not found for the segment '{call.segments[1]}'.")
    if call.user is None:
        raise not_found(call.segments[1])
    return call.user


def get_user(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    check_directory(principal, READ_USERS)
    user = find_user(call)
    selected = selected_properties(call)
    _refuse_restricted(selected, refused=tenant.switches.restricted_refused == "always")
    named = f"({','.join(selected)})" if selected else ""
    context = f"{call.url_of_version}/$metadata#users{named}/$entity"
    return Answer(200, {"@odata.context": context, **show_user(user, selected)})


def list_users(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    check_directory(principal, READ_USERS)
    selected = selected_properties(call)
    _refuse_restricted(selected, refused=tenant.switches.restricted_refused is not None)
    if call.query.get("$count") == "true":
        _refuse_count(call)
    found = _filtered(tenant, call.query["$filter"]) if "$filter" in call.query else list(tenant.users())
    named = f"({','.join(selected)})" if selected else ""
    context = f"{call.url_of_version}/$metadata#users{named}"
    shown = page(tenant, call, context, found, lambda user: show_user(user, selected))
    if call.query.get("$count") == "true" and isinstance(shown.body, dict):
        shown.body["@odata.count"] = len(found)
    return shown


def _refuse_count(call: GraphCall) -> None:
    """Graph docs, "Advanced query capabilities on Microsoft Entra ID objects"."""
    if {name.lower(): value for name, value in call.headers.items()}.get("consistencylevel") != "eventual":
        text = "$count is not currently supported without the header ConsistencyLevel: eventual."
        raise Refused(400, "Request_UnsupportedQuery", text)


def _refuse_restricted(selected: list[str] | None, *, refused: bool) -> None:
    """Guess: as other properties that only single reads show; the page "user resource type" does not say."""
    if refused and "isManagementRestricted" in (selected or ()):
        text = "The property 'isManagementRestricted' cannot be selected here."
        raise Refused(400, "BadRequest", text)


def show_user(user: User, selected: list[str] | None) -> Json:
    return {name: user.property(name) for name in selected or DEFAULT_PROPERTIES if name not in user.absent}


def selected_properties(call: GraphCall) -> list[str] | None:
    if not call.query.get("$select"):
        return None
    names = [name.strip() for name in call.query["$select"].split(",")]
    for name in names:
        if not is_property(name):
            text = "Parsing OData Select and Expand failed: Could not find a property named "
            raise Refused(400, "BadRequest", f"{text}'{name}' on type 'microsoft.graph.user'.")
    return names


def _filtered(tenant: Tenant, expression: str) -> list[User]:
    """Users whose userPrincipalName or id is one of the literals, in the directory's own order."""
    found = _FILTER_IN.fullmatch(expression) or _FILTER_EQ.fullmatch(expression)
    if found is None or found[1].lower() not in ("userprincipalname", "id"):
        raise Refused(400, "BadRequest", f"Invalid filter clause: {expression}")
    values = [literal[1:-1].replace("''", "'") for literal in re.findall(_LITERAL, found[2])]
    if len(values) > tenant.switches.max_in_values:
        # Guess: the limit and the text; field reports say about 15 values.
        raise Refused(400, "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression.")
    by_id = found[1].lower() == "id"
    users: dict[str, User] = {}
    for value in values:
        user = tenant.find_user(value)
        if user is None or (user.id == value.lower()) is not by_id:
            continue
        if user.hidden_filter_reads > 0:
            user.hidden_filter_reads -= 1
            continue
        users[user.id] = user
    return sorted(users.values(), key=lambda user: user.id)
