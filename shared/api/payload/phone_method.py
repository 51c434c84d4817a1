"""JSON that describes one phone method, with the names of Microsoft Graph: phoneType and phoneNumber."""

from shared.api.payload.document import Object, Place, stands_twice
from shared.api.payload.outline import read_json
from shared.core.models import PHONES, Method
from shared.errors import BodyFault, InvalidBody

_TYPE, _NUMBER = "phoneType", "phoneNumber"
_TYPES = {method.lower(): method for method in PHONES}


def parse_phone_method(body: bytes, expected: Method | None) -> tuple[Method, str]:
    """The phoneType and the phoneNumber as written.

    `expected` is the type named in the path: the body may leave it out, or has to agree. Raises InvalidBody.
    """
    document = read_json(body, f"an object with {_NUMBER}")
    if not isinstance(document, Object):
        raise InvalidBody(BodyFault("", f"This must be an object with {_NUMBER}."))
    number = _text(document, _NUMBER)
    phone_type = expected if expected and not document.find(_TYPE) else _method(_text(document, _TYPE))
    if isinstance(phone_type, Method) and expected not in (None, phone_type):
        phone_type = Place().at(_TYPE).fault("The path names another type. The type of a method cannot be changed.")
    if isinstance(number, str) and isinstance(phone_type, Method):
        return phone_type, number
    raise InvalidBody(*(fault for fault in (phone_type, number) if isinstance(fault, BodyFault)))


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
