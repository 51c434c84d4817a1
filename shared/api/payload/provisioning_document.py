"""A provisioning plan as it stands in a document, XML or JSON, before it is understood."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from shared.api.payload.beside import word_faults
from shared.api.payload.document import Object, Place, near_miss, stands_twice
from shared.api.payload.envelope import Envelope
from shared.api.payload.limit import Limit
from shared.api.payload.outline import listed, read_outline
from shared.errors import BodyFault, InvalidBody

ACCOUNT_KEYS = ("op", "nativeIdentity")
ATTRIBUTE_KEYS = ("name", "op", "value")
# In one plan, as many as the limit of XML lets through. Guess: no real plan comes near it.
_MOST_ATTRIBUTES = 50_000
_REQUESTS, _ATTRIBUTES = "accountRequests", "attributeRequests"


@dataclass(frozen=True, slots=True)
class AttributeRequest:
    """`value` is not shown: one of them may be a password. `has_value`: there is one, though it may be null.
    `has_others`: keys, elements or text that are not known stand beside it.
    """

    place: Place
    name: str
    op: str
    value: object = field(default=None, repr=False)
    has_value: bool = False
    has_others: bool = False
    fault: BodyFault | None = None


@dataclass(slots=True)
class AccountRequest:
    """`is_read`: else it is nothing but its faults."""

    place: Place
    op: str = ""
    native_identity: str = ""
    attributes: list[AttributeRequest] = field(default_factory=list)
    faults: list[BodyFault] = field(default_factory=list)
    is_read: bool = True


def misspelt(keys: Iterable[str], known: tuple[str, ...]) -> str | None:
    """The known key that one of these was meant to be: a Remove without its value would remove more than meant."""
    return next((meant for meant in (near_miss(key, known) for key in keys) if meant), None)


def read_json_plan(body: bytes, limit: Limit, envelope: Envelope) -> Iterator[AccountRequest]:
    """Names of keys in any case; other keys than those of the plan are passed over, unless they are of a signed call.
    Faults of the plan as a whole come first, as a request that is not read.

    Raises InvalidBody, TooManyUsers, ParsingTimedOut.
    """
    document = read_outline(body, "a provisioning plan (JSON or XML)", (_REQUESTS.lower(),), limit, envelope)
    plan = document if isinstance(document, Object) else Object([])
    found = plan.find(_REQUESTS)
    faults = [] if envelope.is_signed else list(word_faults(plan, envelope))
    if len(found) != 1:
        detail = stands_twice(_REQUESTS, len(found)) if found else f"An object with {_REQUESTS} is expected."
        raise InvalidBody(BodyFault("", detail), *faults)
    key, requests = found[0]
    accounts = _accounts(listed(Place().at(key), requests))
    return chain([AccountRequest(Place(), faults=faults, is_read=False)], accounts) if faults else accounts


def _accounts(entries: Iterator[tuple[Place, object]]) -> Iterator[AccountRequest]:
    left = _MOST_ATTRIBUTES
    for place, raw in entries:
        account = _account(place, raw, left)
        left -= len(account.attributes)
        yield account


def _account(place: Place, raw: object, most: int) -> AccountRequest:
    account = AccountRequest(place)
    if not isinstance(raw, Object):
        account.faults.append(place.fault(f"An object with op, nativeIdentity and {_ATTRIBUTES} is expected."))
        account.is_read = False
        return account
    meant = misspelt(raw.others(*ACCOUNT_KEYS, _ATTRIBUTES), (*ACCOUNT_KEYS, _ATTRIBUTES))
    if meant:
        account.faults.append(place.fault(f"Unknown key. Did you mean {meant}?"))
    account.op = _text(place, raw, "op", account.faults)
    account.native_identity = _text(place, raw, "nativeIdentity", account.faults, optional=True)
    found = raw.find(_ATTRIBUTES)
    if len(found) != 1:
        detail = stands_twice(_ATTRIBUTES, len(found)) if found else f"{_ATTRIBUTES} is missing."
        account.faults.append(place.fault(detail))
        return account
    key, attributes = found[0]
    listing = attributes if isinstance(attributes, list) else [attributes]
    base = place.at(key)
    if len(listing) > most:
        raise InvalidBody(base.fault(f"Up to here the plan has more than {_MOST_ATTRIBUTES:,} attributes."))
    for index, item in enumerate(listing):
        account.attributes.append(_attribute(base.at(index) if listing is attributes else base, item))
    return account


def _attribute(place: Place, raw: object) -> AttributeRequest:
    if not isinstance(raw, Object):
        fault = place.fault("An object with name, op and value is expected.")
        return AttributeRequest(place, "", "", fault=fault)
    faults: list[BodyFault] = []
    name = _text(place, raw, "name", faults)
    op = _text(place, raw, "op", faults)
    values = raw.find("value")
    others = list(raw.others(*ATTRIBUTE_KEYS))
    meant = misspelt(others, ATTRIBUTE_KEYS)
    if meant:
        faults.append(place.fault(f"Unknown key. Did you mean {meant}?"))
    elif len(values) > 1:
        faults.append(place.fault(stands_twice("value", len(values))))
    value = values[0][1] if values else None
    return AttributeRequest(place, name, op, value, bool(values), bool(others), faults[0] if faults else None)


def _text(place: Place, raw: Object, name: str, faults: list[BodyFault], *, optional: bool = False) -> str:
    found = raw.find(name)
    if len(found) > 1:
        faults.append(place.fault(stands_twice(name, len(found))))
    elif not found and not optional:
        faults.append(place.fault(f"{name} is missing."))
    for key, value in found[:1]:
        if isinstance(value, str):
            return value.strip()
        if value is not None or not optional:
            faults.append(place.at(key).fault("This must be a string."))
    return ""
