"""Graph's users: single reads, $filter, $select and paging."""

from __future__ import annotations

from .directory import DEFAULT_PROPERTIES, User, is_extension, property_named
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_filters import filtered, is_eventual
from .graph_pages import page
from .roles import READ_USERS, check_directory
from .tenant import Tenant
from .tokens import Principal


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
    found = filtered(tenant, call) if "$filter" in call.query else list(tenant.users())
    named = f"({','.join(selected)})" if selected else ""
    context = f"{call.url_of_version}/$metadata#users{named}"
    shown = page(tenant, call, context, found, lambda user: show_user(user, selected))
    if call.query.get("$count") == "true" and isinstance(shown.body, dict):
        shown.body["@odata.count"] = len(found)
    return shown


def _refuse_count(call: GraphCall) -> None:
    """Graph docs, "Advanced query capabilities on Microsoft Entra ID objects"."""
    if not is_eventual(call):
        text = "$count is not currently supported without the header ConsistencyLevel: eventual."
        raise Refused(400, "Request_UnsupportedQuery", text)


def _refuse_restricted(selected: list[str] | None, *, refused: bool) -> None:
    """Guess: as other properties that only single reads show; the page "user resource type" does not say."""
    if refused and "isManagementRestricted" in (selected or ()):
        text = "The property 'isManagementRestricted' cannot be selected here."
        raise Refused(400, "BadRequest", text)


def show_user(user: User, selected: list[str] | None) -> Json:
    shown: Json = {}
    for name in selected or DEFAULT_PROPERTIES:
        if is_extension(name):
            # A value only under the spelling with which it was written, told under that of the definition
            # (microsoft-graph-docs, issue 16908). One that is not set is left out.
            shown |= {user.defined(name): value} if (value := user.property(name)) is not None else {}
        elif name not in user.absent:
            shown[name] = user.property(name)
    return shown


def selected_properties(call: GraphCall) -> list[str] | None:
    if not call.query.get("$select"):
        return None
    names: list[str] = []
    for asked in call.query["$select"].split(","):
        name = property_named(asked.strip())
        if name is None:
            text = "Parsing OData Select and Expand failed: Could not find a property named "
            raise Refused(400, "BadRequest", f"{text}'{asked.strip()}' on type 'microsoft.graph.user'.")
        names.append(name)
    return names
