"""Graph's directory roles: who holds one now, who may activate one, and which there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .directory import object_id
from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_pages import page
from .roles import (
    ELIGIBLE_ROLE_READERS,
    READ_ELIGIBLE_ROLES,
    READ_ROLES,
    ROLE_READERS,
    ROLE_TEMPLATES,
    check_directory,
    check_reader,
)
from .tenant import Tenant
from .tokens import Principal

_EQUALS = re.compile(r"\s*(principalId|roleDefinitionId)\s+eq\s+'([^']*)'\s*")
_SHOWN = ("id", "principalId", "roleDefinitionId", "directoryScopeId")


def answer(tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
    match call.segments[2:]:
        case ["roleAssignments"]:
            check_reader(tenant, principal, READ_ROLES, ROLE_READERS)
            return _listed(tenant, call, list(_assignments(tenant, eligible=False)))
        case ["roleEligibilityScheduleInstances"]:
            check_reader(tenant, principal, READ_ELIGIBLE_ROLES, ELIGIBLE_ROLE_READERS)
            if not tenant.switches.premium_licence:
                text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
                raise Refused(400, "AadPremiumLicenseRequired", text)
            return _listed(tenant, call, list(_assignments(tenant, eligible=True)))
        case ["roleDefinitions"]:
            check_directory(principal, READ_ROLES)
            return _listed(tenant, call, _definitions(tenant))
    raise Refused(400, "BadRequest", f"Resource not found for the segment '{call.segments[-1]}'.")


def role_id(name: str) -> str:
    return ROLE_TEMPLATES.get(name) or object_id(f"role {name}")


def _assignments(tenant: Tenant, *, eligible: bool) -> Iterator[Json]:
    """Of users, groups and service principals alike; only the id of the principal tells which it is."""
    holders = [
        *((user.id, user.eligible_roles if eligible else user.roles, user.role_scope) for user in tenant.users()),
        *((group.id, group.eligible_roles if eligible else group.roles, "/") for group in tenant.groups.values()),
        *((app.object_id, set[str]() if eligible else app.roles, "/") for app in tenant.apps.values()),
    ]
    for principal_id, roles, scope in holders:
        for name in sorted(roles):
            role = role_id(name)
            assignment = object_id(f"{'eligible' if eligible else 'active'} {role} {principal_id} {scope}")
            yield {"id": assignment, "principalId": principal_id, "roleDefinitionId": role, "directoryScopeId": scope}


def _definitions(tenant: Tenant) -> list[Json]:
    """The built-in roles that have a name here, and those that somebody holds."""
    held = [user.roles | user.eligible_roles for user in tenant.users()]
    held += [group.roles | group.eligible_roles for group in tenant.groups.values()]
    names = set(ROLE_TEMPLATES).union(*held)
    return [
        {"id": role_id(name), "displayName": name, "templateId": role_id(name), "isBuiltIn": name in ROLE_TEMPLATES}
        for name in sorted(names)
    ]


def _listed(tenant: Tenant, call: GraphCall, found: list[Json]) -> Answer:
    # The pages name $filter, $expand and $select. Guess: what they do not name is refused.
    if unknown := call.query.keys() - {"$filter", "$select", "$skiptoken"}:
        raise Refused(400, "BadRequest", f"The query parameter {min(unknown)} is not supported.")
    asked = call.query.get("$filter")
    equals = _EQUALS.fullmatch(asked) if asked is not None else None
    if asked is not None and equals is None:
        raise Refused(400, "BadRequest", f"Invalid filter clause: {asked}")
    if equals is not None:
        found = [entry for entry in found if entry.get(equals[1]) == equals[2]]
    names = call.query["$select"].split(",") if call.query.get("$select") else None
    context = f"{call.url_of_version}/$metadata#roleManagement/directory/{call.segments[-1]}"
    return page(tenant, call, context, found, lambda entry: {name: entry.get(name) for name in names or entry})
