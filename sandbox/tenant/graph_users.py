"""Graph's users and group members: single reads, $filter, $select and paging."""

from __future__ import annotations

import re
from typing import Any

from .directory import DEFAULT_PROPERTIES, User, is_property, transitive_members
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .roles import READ_GROUPS, READ_USERS, check_directory
from .tenant import Tenant
from .tokens import Principal

_LITERAL = r"'(?:[^']|'')*'"
_FILTER_IN = re.compile(rf"\s*(\w+)\s+in\s*\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)\s*\)\s*", re.IGNORECASE)
_FILTER_EQ = re.compile(rf"\s*(\w+)\s+eq\s+({_LITERAL})\s*", re.IGNORECASE)
MAX_PAGE = 999


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


def get_user(call: GraphCall, principal: Principal) -> Answer:
    check_directory(principal, READ_USERS)
    user = find_user(call)
    selected = _selected(call)
    named = f"({','.join(selected)})" if selected else ""
    context = f"{call.url_of_version}/$metadata#users{named}/$entity"
    return Answer(200, {"@odata.context": context, **show_user(user, selected)})


def list_users(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    check_directory(principal, READ_USERS)
    selected = _selected(call)
    found = _filtered(tenant, call.query["$filter"]) if "$filter" in call.query else list(tenant.users())
    named = f"({','.join(selected)})" if selected else ""
    context = f"{call.url_of_version}/$metadata#users{named}"
    return _page(tenant, call, context, [show_user(user, selected) for user in _slice(tenant, call, found)], len(found))


def list_transitive_members(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    """Users and groups, or with the cast microsoft.graph.user only users."""
    check_directory(principal, READ_GROUPS)
    group = tenant.groups.get(call.segments[1].lower())
    if group is None:
        raise not_found(call.segments[1])
    only_users = call.segments[3:] == ["microsoft.graph.user"]
    if call.segments[3:] and not only_users:
        raise Refused(400, "Request_UnsupportedQuery", "The cast to this type is not supported here.")
    selected = _selected(call)
    members: list[Json] = []
    for member in transitive_members(tenant.groups, group):
        if member in tenant.groups:
            nested: Json = {"id": member, "displayName": tenant.groups[member].display_name}
            if not only_users:
                members.append({"@odata.type": "#microsoft.graph.group", **nested})
        elif (user := tenant.find_user(member)) is not None:
            kind: Json = {} if only_users else {"@odata.type": "#microsoft.graph.user"}
            members.append({**kind, **show_user(user, selected)})
    context = f"{call.url_of_version}/$metadata#{'users' if only_users else 'directoryObjects'}"
    return _page(tenant, call, context, _slice(tenant, call, members), len(members))


def show_user(user: User, selected: list[str] | None) -> Json:
    return {name: user.property(name) for name in selected or DEFAULT_PROPERTIES if name not in user.absent}


def _selected(call: GraphCall) -> list[str] | None:
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


def _slice(tenant: Tenant, call: GraphCall, everything: list[Any]) -> list[Any]:
    start, size = _window(tenant, call)
    return everything[start : start + size]


def _window(tenant: Tenant, call: GraphCall) -> tuple[int, int]:
    try:
        size = int(call.query.get("$top", tenant.switches.page_size))
        start = int(call.query.get("$skiptoken", "sandbox-0").removeprefix("sandbox-"))
    except ValueError:
        raise Refused(400, "BadRequest", "Invalid page size or skip token specified.") from None
    if not 1 <= size <= MAX_PAGE:
        raise Refused(400, "BadRequest", f"Invalid page size specified: '{size}'. Must be between 1 and 999 inclusive.")
    return start, size


def _page(tenant: Tenant, call: GraphCall, context: str, page: list[Json], total: int) -> Answer:
    start, size = _window(tenant, call)
    body: Json = {"@odata.context": context}
    if start + size < total:
        kept = [
            part
            for part in call.target.partition("?")[2].split("&")
            if part and not part.lower().startswith(("$skiptoken", "%24skiptoken"))
        ]
        path = call.target.partition("?")[0]
        body["@odata.nextLink"] = f"https://{call.host}{path}?{'&'.join([*kept, f'$skiptoken=sandbox-{start + size}'])}"
    return Answer(200, {**body, "value": page})
