"""JSON that describes one phone method, with the names of Microsoft Graph: phoneType and phoneNumber."""

from collections.abc import Iterator
from itertools import islice

from shared.api.payload.beside import word_fault
from shared.api.payload.document import Object, Place, near_miss, stands_twice
from shared.api.payload.envelope import Envelope
from shared.api.payload.outline import read_json
from shared.core.models import PHONES, Method
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody

_TYPE, _NUMBER = "phoneType", "phoneNumber"
# How the names begin that Graph's own libraries add.
_ANNOTATION = "@odata."
_ENVELOPE = Envelope("", is_signed=False, has_plan=False)
_TYPES = {method.lower(): method for method in PHONES}


def parse_phone_method(body: bytes, expected: Method | None) -> tuple[Method, str]:
    """The phoneType and the phoneNumber as written. Nothing else may be there.

    `expected` is the type named in the path: the body may leave it out, or has to agree. Raises InvalidBody.
    """
    document = read_json(body, f"an object with {_NUMBER}")
    if not isinstance(document, Object):
        raise InvalidBody(BodyFault("", f"This must be an object with {_NUMBER}."))
    number = _text(document, _NUMBER)
    unknown = list(_unknown(document))
    phone_type = expected if expected and not document.find(_TYPE) else _method(_text(document, _TYPE))
    if isinstance(phone_type, Method) and expected not in (None, phone_type):
        phone_type = Place().at(_TYPE).fault("The path names another type. The type of a method cannot be changed.")
    if isinstance(number, str) and isinstance(phone_type, Method) and not unknown:
        return phone_type, number
    raise InvalidBody(*(fault for fault in (phone_type, number) if isinstance(fault, BodyFault)), *unknown)


def _unknown(document: Object) -> Iterator[BodyFault]:
    """What is passed over looks like success. The key is in the pointer only: it may be a number by mistake."""
    unknown = (key for key in document.others(_TYPE, _NUMBER) if not key.startswith(_ANNOTATION))
    for key in islice(unknown, MAX_FAULTS + 1):
        place = Place().at(key)
        meant = near_miss(key, (_TYPE, _NUMBER))
        hint = f"Did you mean {meant}?" if meant else f"Known names: {_TYPE}, {_NUMBER}."
        yield word_fault(place, key, _ENVELOPE) or place.fault(f"Unknown property. {hint}")


def _text(document: Object, name: str) -> str | BodyFault:
    found = document.find(name)
    if len(found) > 1:
        return Place().fault(stands_twice(name, len(found)))
    if not found:
        return Place().fault(f"{name} is missing.")
    ((key, value),) = found
    if not isinstance(value, str) or not value.strip():
        return Place().at(key).fault("This must be a string and must not be empty.")
    return value.strip()


def _method(name: str | BodyFault) -> Method | BodyFault:
    if isinstance(name, BodyFault):
        return name
    return _TYPES.get(name.lower()) or Place().at(_TYPE).fault(f"This must be one of {', '.join(PHONES)}.")
