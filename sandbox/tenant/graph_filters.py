"""$filter of users: those with certain names, and those who have a value in an attribute."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .directory import EXTENSION_ATTRIBUTES, LIST_PROPERTIES, User, is_extension, property_named
from .exchange import Refused
from .graph_call import GraphCall
from .tenant import Tenant

_LITERAL = r"'(?:[^']|'')*'"
_IN = re.compile(rf"\s*(\w+)\s+in\s*\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)\s*\)\s*", re.IGNORECASE)
_EQ = re.compile(rf"\s*(\w+)\s+eq\s+({_LITERAL})\s*", re.IGNORECASE)
_HOLDER = "onPremisesExtensionAttributes"
_HELD = re.compile(rf"\s*({_HOLDER}/)?(\w+)(?:\s+ne\s+null|(/\$count)\s+ne\s+0)\s*", re.IGNORECASE)
# Neither compared with null nor counted, by the pages "user resource type" and "Advanced query capabilities …".
_UNFILTERED = ("businessPhones", "isManagementRestricted")


def is_eventual(call: GraphCall) -> bool:
    return {name.lower(): value for name, value in call.headers.items()}.get("consistencylevel") == "eventual"


def filtered(tenant: Tenant, call: GraphCall) -> list[User]:
    """In the directory's own order."""
    expression = call.query["$filter"]
    held = _HELD.fullmatch(expression)
    users = _holders(tenant, call, held) if held else _named(tenant, expression)
    return sorted(_visible(users), key=lambda user: user.id)


def _visible(users: Iterable[User]) -> list[User]:
    found: dict[str, User] = {}
    for user in users:
        if user.hidden_filter_reads > 0:
            user.hidden_filter_reads -= 1
        else:
            found[user.id] = user
    return list(found.values())


def _named(tenant: Tenant, expression: str) -> list[User]:
    """Users whose userPrincipalName or id is one of the literals."""
    found = _IN.fullmatch(expression) or _EQ.fullmatch(expression)
    if found is None or found[1].lower() not in ("userprincipalname", "id"):
        raise Refused(400, "BadRequest", f"Invalid filter clause: {expression}")
    values = [literal[1:-1].replace("''", "'") for literal in re.findall(_LITERAL, found[2])]
    if len(values) > tenant.switches.max_in_values:
        # Guess: the limit and the text; field reports say about 15 values.
        raise Refused(400, "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression.")
    by_id = found[1].lower() == "id"
    users = [(value, tenant.find_user(value)) for value in values]
    return [user for value, user in users if user is not None and (user.id == value.lower()) is by_id]


def _holders(tenant: Tenant, call: GraphCall, asked: re.Match[str]) -> list[User]:
    """Users with a value in an attribute. Graph docs: "List users" for extensions, for the rest "Advanced query
    capabilities on Microsoft Entra ID objects"."""
    if not is_eventual(call) or call.query.get("$count") != "true":
        # Seen (microsoft-graph-docs-contrib, issue 9043). Guess: the same for the count of a list.
        raise Refused(400, "Request_UnsupportedQuery", "Filter operator 'NotEqualsMatch' is not supported.")
    name, is_count = asked[2], asked[3] is not None
    if asked[1]:
        if name not in EXTENSION_ATTRIBUTES or is_count:
            raise _unknown(name)
        return [user for user in tenant.users() if (user.extension_attributes or {}).get(name) is not None]
    if is_extension(name):
        return _holders_of_extension(tenant, name)
    known = property_named(name)
    if known is None:
        raise _unknown(name)
    if known in _UNFILTERED or (known in LIST_PROPERTIES) is not is_count:
        # Seen for businessPhones (microsoft-graph-docs, issue 15033).
        text = f"Unsupported or invalid query filter clause specified for property '{known}' of resource 'User'."
        raise Refused(400, "Request_UnsupportedQuery", text)
    return [user for user in tenant.users() if user.property(known) not in (None, [])]


def _holders_of_extension(tenant: Tenant, name: str) -> list[User]:
    """Guess: a filter does not mind the spelling, as writes do not. Here an extension exists once a user was given
    it."""
    spelt = [(user, key) for user in tenant.users() for key in user.attributes if key.lower() == name.lower()]
    if not spelt:
        raise _unknown(name)
    return [user for user, key in spelt if user.attributes[key] is not None]


def _unknown(name: str) -> Refused:
    """Seen for a property (msgraph-sdk-php, issue 329). Guess: the same for an extension."""
    text = f"Property '{name}' does not exist as a declared property or extension property."
    return Refused(400, "Request_UnsupportedQuery", text)
