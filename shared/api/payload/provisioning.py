"""Provisioning plans to requested users: what the `mfa_*` attributes of SailPoint's Entra ID connector mean.

Sources: "Multi-Factor Authentication (MFA) Attributes" and "Multi-Factor Authentication (MFA) Provisioning Policy
Attributes" (documentation.sailpoint.com, Microsoft Entra ID): phones and e-mail are added, set and removed, all other
methods can only be removed. An attribute that is not `mfa_*` is for somebody else: it is named and its value dropped.
"""

import json
import re
from collections.abc import Iterable, Iterator

from shared.api.payload.distinct import Entry, distinct_users, ignored_names
from shared.api.payload.document import ID, UPN, Object, Place, near_miss
from shared.api.payload.envelope import UNSIGNED, Envelope
from shared.api.payload.limit import NO_LIMIT, Limit
from shared.api.payload.names import Name, named, plain_id
from shared.api.payload.provisioning_document import AccountRequest, AttributeRequest, read_json_plan
from shared.api.payload.provisioning_xml import read_xml_plan
from shared.api.payload.rehearsal import IN_QUERY, is_rehearsal
from shared.core.desired import Removal, Requested, RequestedUsers, RequestedValue, is_same_value
from shared.core.models import Method, fold
from shared.core.text import as_shown
from shared.errors import MAX_FAULTS, BodyFault

_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
# Ids are GUIDs or base64url. Guess: nothing else stands in one, nor is one longer.
_METHOD_ID = re.compile(r"[A-Za-z0-9_=-]{1,256}", re.ASCII)

# Ids of one kind of method for one user, and objects in the JSON of one. Guess: nobody has so many.
_MOST_IDS, _MOST_OBJECTS = 100, 20
# Of one value, in one plan. Guess: nobody has so many.
_MOST_SPELLINGS = 20
_OURS = "mfa"
# Longer ones are nobody's here, and are compared as written.
_LONGEST_NAME = 256
_VALUES = {
    "mfa_phoneNumber_mobile": Method.MOBILE,
    "mfa_phoneNumber_alternateMobile": Method.ALTERNATE_MOBILE,
    "mfa_phoneNumber_office": Method.OFFICE,
    "mfa_emailAddress": Method.EMAIL,
}
# The first is documented. Guess: the others are named likewise, after the resource types of Microsoft Graph.
_REMOVABLE = {
    f"mfa_{method}AuthenticationMethod": method
    for method in (
        Method.MICROSOFT_AUTHENTICATOR,
        Method.SOFTWARE_OATH,
        Method.FIDO2,
        Method.WINDOWS_HELLO,
        Method.PLATFORM_CREDENTIAL,
        Method.TEMPORARY_ACCESS_PASS,
    )
}
_METHODS = {fold(name): method for name, method in (_VALUES | _REMOVABLE).items()}
_SETS, _REMOVE = ("add", "set"), "remove"


def parse_plan(body: bytes, limit: Limit = NO_LIMIT, envelope: Envelope = UNSIGNED) -> RequestedUsers:
    """A provisioning plan, XML if it begins with `<`, else JSON; always JSON where the call is signed.

    Raises InvalidBody, TooManyUsers, ParsingTimedOut.
    """
    is_xml = not envelope.is_signed and body.lstrip(_BEFORE_TEXT)[:1] == b"<"
    return distinct_users(map(_entry, read_xml_plan(body, limit) if is_xml else read_json_plan(body, limit, envelope)))


def _entry(request: AccountRequest) -> Entry:
    entry = Entry(request.place, faults=request.faults)
    if not request.is_read:
        return entry
    op = fold(request.op)
    # Without any it was missing, which is a fault already.
    if op not in ("create", "modify") and (op or not request.faults):
        detail = "Only Create and Modify are supported: the webhook manages the methods of an account, not the account."
        entry.faults.append(request.place.at("op").fault(detail))
    identity = _identity(request)
    if isinstance(identity, BodyFault):
        entry.faults.append(identity)
    else:
        entry.name = identity
    ignored: list[str] = []
    asked: dict[Method, list[AttributeRequest]] = {}
    for attribute in request.attributes:
        if attribute.fault is not None:
            entry.faults.append(attribute.fault)
        elif is_rehearsal(attribute.name):
            entry.faults.append(attribute.place.at("name").fault(IN_QUERY))
        elif not (name := _plain(attribute.name)).startswith(_OURS):
            if not _is_identity(attribute, request):
                ignored.append(attribute.name)
        elif fold(attribute.op) == _REMOVE and attribute.has_others and not attribute.has_value:
            detail = "Without value, this removes whatever is registered. Did you mean value?"
            entry.faults.append(attribute.place.fault(detail))
        elif name in _METHODS:
            asked.setdefault(_METHODS[name], []).append(attribute)
        else:
            # The name is not repeated: what stands there by mistake may be a number.
            # Comparing names takes long: what is told no more is not compared.
            is_told = len(entry.faults) <= MAX_FAULTS
            meant = near_miss(name, (*_VALUES, *_REMOVABLE)) if is_told else None
            hint = f"Did you mean {meant}?" if meant else f"Known names: {', '.join((*_VALUES, *_REMOVABLE))}."
            entry.faults.append(attribute.place.at("name").fault(f"Unknown name. {hint}"))
    values: dict[Method, RequestedValue] = {}
    removals: list[Removal] = []
    for method, attributes in asked.items():
        if method in _VALUES.values():
            value = _value(method, attributes, entry.faults)
            if value is not None:
                values[method] = value
        else:
            removals += _removals(method, attributes, entry.faults)
    entry.requested = Requested(values, None, tuple(removals), ignored_names(ignored))
    return entry


def _is_identity(attribute: AttributeRequest, request: AccountRequest) -> bool:
    return not request.native_identity and _plain(attribute.name) == fold(UPN)


def _plain(name: str) -> str:
    """The name for comparison. What cannot be seen in it must not make it a name of another system, whose attributes
    are passed over: a removal would seem to be done."""
    return fold(as_shown(name) if len(name) <= _LONGEST_NAME else name)


def _identity(request: AccountRequest) -> Name | BodyFault:
    if request.native_identity:
        kind = ID if plain_id(request.native_identity) else UPN
        return named(request.place, "nativeIdentity", kind, request.native_identity)
    if fold(request.op) != "create":
        # A Modify with this attribute renames a user.
        return request.place.fault(
            "nativeIdentity is missing. Give the object id or the userPrincipalName of the user."
        )
    found = [attribute for attribute in request.attributes if _is_identity(attribute, request)]
    if len(found) != 1 or not isinstance(found[0].value, str) or fold(found[0].op) not in _SETS:
        return request.place.fault(
            "This names no user. Give nativeIdentity, or one attribute userPrincipalName with a string value."
        )
    return named(found[0].place, "value", UPN, found[0].value)


def _value(method: Method, attributes: list[AttributeRequest], faults: list[BodyFault]) -> RequestedValue | None:
    """What a phone or e-mail attribute comes to: Remove of the old and Add of the new is one change."""
    first: dict[str, RequestedValue] = {}
    spellings = set[RequestedValue]()
    for attribute in attributes:
        op = _op(attribute)
        if isinstance(op, BodyFault):
            faults.append(op)
            continue
        text = _text(attribute, op)
        if isinstance(text, BodyFault):
            faults.append(text)
            continue
        value = RequestedValue(text) if op != _REMOVE else RequestedValue(None, present=text)
        known = first.setdefault(op, value)
        if value in spellings:
            continue
        spellings.add(value)
        if len(spellings) > _MOST_SPELLINGS or not is_same_value(method, known, value):
            detail = "This attribute is given twice with different values, but it can hold only one."
            faults.append(attribute.place.fault(detail))
    return first.get("set") or first.get(_REMOVE)


def _op(attribute: AttributeRequest) -> str | BodyFault:
    """`set` or `remove`."""
    op = fold(attribute.op)
    if op in _SETS:
        return "set"
    if op == _REMOVE:
        return _REMOVE
    return attribute.place.at("op").fault("This must be Add, Set or Remove.")


def _text(attribute: AttributeRequest, op: str) -> str | BodyFault | None:
    place, value = attribute.place.at("value"), attribute.value
    if isinstance(value, list):
        if len(value) != 1:
            return place.fault("This attribute takes one value, but the list has none or several.")
        value = value[0]
    if value is None and not isinstance(attribute.value, list):
        if op != _REMOVE:
            return attribute.place.fault("value is missing. To remove the method, use Remove.")
        detail = "This is null. To remove whatever is registered, leave value out."
        return place.fault(detail) if attribute.has_value else None
    if not isinstance(value, str) or not value.strip():
        return place.fault("This must be a string and must not be empty.")
    return value.strip()


def _removals(method: Method, attributes: list[AttributeRequest], faults: list[BodyFault]) -> list[Removal]:
    removals: dict[Removal, None] = {}
    named = 0
    for attribute in attributes:
        op = _op(attribute)
        if op != _REMOVE:
            detail = "Users register this method themselves. It can only be removed."
            faults.append(op if isinstance(op, BodyFault) else attribute.place.at("op").fault(detail))
            continue
        place, value = attribute.place.at("value"), attribute.value
        if value == []:
            faults.append(place.fault("The list is empty. To remove all of them, leave value out."))
        ids: Iterable[str | BodyFault | None] = _ids(place, value) if attribute.has_value else (None,)
        for method_id in ids:
            named += 1
            if named > _MOST_IDS:
                faults.append(place.fault(f"More than {_MOST_IDS} methods of one kind are named for this user."))
                return []
            if isinstance(method_id, BodyFault):
                faults.append(method_id)
            else:
                removals[Removal(method, method_id)] = None
    everything = Removal(method)
    return [everything] if everything in removals else list(removals)


def _ids(place: Place, value: object) -> Iterator[str | BodyFault]:
    """The ids in a value: one, a JSON text that holds one, or a list of either."""
    items = value if isinstance(value, list) else [value]
    for item in items:
        method_id = _embedded_id(item)
        if method_id is not None and _METHOD_ID.fullmatch(method_id):
            yield method_id
        else:
            yield place.fault(
                "This names no method. Give its id, or JSON that contains the id. To remove all of them, leave value "
                "out."
            )


def _embedded_id(item: object) -> str | None:
    if isinstance(item, str) and item.lstrip().startswith("{"):
        if item.count("{") > _MOST_OBJECTS:
            return None
        try:
            item = json.loads(item, object_pairs_hook=Object)
        except (ValueError, RecursionError):
            return None
    if isinstance(item, Object):
        found = item.find("id")
        item = found[0][1] if len(found) == 1 else None
    return item.strip() if isinstance(item, str) else None
