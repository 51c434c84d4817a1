"""JSON in which the caller itself says what its users should have."""

from itertools import islice

from shared.api.payload.distinct import Entry, distinct_users
from shared.api.payload.document import ID, NAMES, UPN, Object, Place, near_miss, stands_twice
from shared.api.payload.envelope import UNSIGNED, Envelope
from shared.api.payload.limit import NO_LIMIT, Limit
from shared.api.payload.names import find_name, given_id
from shared.api.payload.outline import listed_users
from shared.core.desired import GivenId, Requested, RequestedUsers, RequestedValue
from shared.core.models import Method
from shared.errors import MAX_FAULTS, BodyFault

_TEXTS = (Method.MOBILE, Method.ALTERNATE_MOBILE, Method.OFFICE, Method.EMAIL)
_SMS = Method.SMS_SIGN_IN
_WANTED = ", ".join((*_TEXTS, _SMS))


def parse_values(body: bytes, limit: Limit = NO_LIMIT, envelope: Envelope = UNSIGNED) -> RequestedUsers:
    """Entries like those of `parse_users`, with any of mobile, alternateMobile, office, email (a string, or null to
    remove it) and smsSignIn (true or false).

    Nothing else may stand in an entry: a misspelt property that is passed over looks like success. Raises InvalidBody,
    TooManyUsers, ParsingTimedOut.
    """
    entries = listed_users(body, "JSON with users and their values", limit, envelope, is_strict=True)
    return distinct_users(_entry(place, raw) for place, raw in entries)


def _entry(place: Place, raw: object) -> Entry:
    entry = Entry(place)
    name = find_name(place, raw)
    if isinstance(name, BodyFault):
        entry.faults.append(name)
    else:
        entry.name = name
    if not isinstance(raw, Object):
        if not entry.faults:
            entry.faults.append(place.fault(f"This sets nothing: an object with any of {_WANTED} is expected."))
        return entry
    entry.faults += _unknown(place, raw)
    entry.given_id = _given_id(entry, raw)
    values: dict[Method, RequestedValue] = {}
    sms_sign_in = None
    given = False
    for method in (*_TEXTS, _SMS):
        found = raw.find(method)
        given = given or bool(found)
        if len(found) > 1:
            entry.faults.append(place.fault(stands_twice(method, len(found))))
            continue
        for key, value in found:
            read = _switch(place.at(key), value) if method is _SMS else _value(place.at(key), value)
            if isinstance(read, BodyFault):
                entry.faults.append(read)
            elif isinstance(read, bool):
                sms_sign_in = read
            else:
                values[method] = read
    if not given and not entry.faults:
        entry.faults.append(place.fault(f"This sets nothing: at least one of {_WANTED} is expected."))
    entry.requested = Requested(values, sms_sign_in)
    return entry


def _given_id(entry: Entry, raw: Object) -> GivenId | None:
    if entry.name is None or entry.name.kind == ID:
        return None
    ids = raw.find(ID)
    if len(ids) > 1:
        entry.faults.append(entry.place.fault(stands_twice(ID, len(ids))))
        return None
    return next((given_id(entry.place.at(key), value) for key, value in ids), None)


def _unknown(place: Place, raw: Object) -> list[BodyFault]:
    """The key is in the pointer only: what stands there by mistake may be a number."""
    faults = []
    for key in islice(raw.others(*NAMES, *_TEXTS, _SMS), MAX_FAULTS + 1):
        meant = near_miss(key, (UPN, *_TEXTS, _SMS))
        hint = f"Did you mean {meant}?" if meant else f"Known names: {', '.join(NAMES)}, {_WANTED}."
        faults.append(place.at(key).fault(f"Unknown property. {hint}"))
    return faults


def _value(place: Place, value: object) -> RequestedValue | BodyFault:
    if value is None:
        return RequestedValue(None)
    if not isinstance(value, str):
        return place.fault("This must be a string, or null to remove it. A number would lose its plus sign and zeros.")
    if not value.strip():
        return place.fault("This is empty. To remove the value, send null. To leave it alone, leave the property out.")
    return RequestedValue(value.strip())


def _switch(place: Place, value: object) -> bool | BodyFault:
    if isinstance(value, bool):
        return value
    if value is None:
        return place.fault(
            "This must be true or false. null could mean off or leave alone. To leave it alone, leave the property out."
        )
    return place.fault("This must be true or false.")
