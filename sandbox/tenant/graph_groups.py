"""Graph's groups: the role-assignable ones, members and owners."""

from __future__ import annotations

import re

from .directory import Group, transitive_members
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_pages import page
from .graph_users import not_found, selected_properties, show_user
from .roles import READ_GROUPS, check_directory
from .tenant import Tenant
from .tokens import Principal

_ASSIGNABLE = re.compile(r"\s*isAssignableToRole\s+eq\s+(true|false)\s*")


def list_groups(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    check_directory(principal, READ_GROUPS)
    asked = call.query.get("$filter")
    found = _ASSIGNABLE.fullmatch(asked) if asked is not None else None
    if asked is not None and found is None:
        raise Refused(400, "BadRequest", f"Invalid filter clause: {asked}")
    groups = [
        group for group in tenant.groups.values() if found is None or group.role_assignable is (found[1] == "true")
    ]
    names = [name.strip() for name in call.query.get("$select", "id,displayName,isAssignableToRole").split(",")]

    def show(group: Group) -> Json:
        known = {
            "id": group.id,
            "displayName": group.display_name,
            # "If not set, the default is null" in answers without $select; guess: the same with it.
            "isAssignableToRole": group.role_assignable or None,
        }
        return {name: known.get(name) for name in names}

    return page(tenant, call, f"{call.url_of_version}/$metadata#groups", groups, show)


def list_transitive_members(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    """Users and groups, or with the cast microsoft.graph.user only users."""
    group = _group(tenant, call, principal)
    only_users = call.segments[3:] == ["microsoft.graph.user"]
    if call.segments[3:] and not only_users:
        raise Refused(400, "Request_UnsupportedQuery", "The cast to this type is not supported here.")
    return _objects(tenant, call, transitive_members(tenant.groups, group), only_users=only_users)


def list_owners(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    """Users and service principals."""
    return _objects(tenant, call, _group(tenant, call, principal).owners, only_users=False)


def _group(tenant: Tenant, call: GraphCall, principal: Principal) -> Group:
    check_directory(principal, READ_GROUPS)
    group = tenant.groups.get(call.segments[1].lower())
    if group is None:
        raise not_found(call.segments[1])
    return group


def _objects(tenant: Tenant, call: GraphCall, ids: list[str], *, only_users: bool) -> Answer:
    selected = selected_properties(call)
    others = {group.id: ("group", group.display_name) for group in tenant.groups.values()}
    others |= {app.object_id: ("servicePrincipal", app.display_name) for app in tenant.apps.values()}
    shown: list[Json] = []
    for member in ids:
        user = tenant.find_user(member)
        if user is not None:
            typed: Json = {} if only_users else {"@odata.type": "#microsoft.graph.user"}
            shown.append({**typed, **show_user(user, selected)})
        elif not only_users and member in others:
            kind, name = others[member]
            shown.append({"@odata.type": f"#microsoft.graph.{kind}", "id": member, "displayName": name})
    context = f"{call.url_of_version}/$metadata#{'users' if only_users else 'directoryObjects'}"
    return page(tenant, call, context, shown, lambda item: item)
