"""A body that names no user but whom a job lists itself: `{"group": "<object id>"}` or `{"scope": "everyone"}`."""

import re

from shared.api.payload.beside import word_fault
from shared.api.payload.document import NAMES, Object, Place
from shared.api.payload.envelope import SCOPES, Envelope
from shared.api.payload.limit import Limit
from shared.api.payload.outline import WRAPPERS, read_outline
from shared.errors import BodyFault, InvalidBody
from shared.services import EVERYONE

# A longer body holds a list.
LONGEST = 4096
_GROUP, _SCOPE = SCOPES
_NOT_EVERYONE = f'{_SCOPE} can only be "{EVERYONE}". For a group, send {{"{_GROUP}": "<object id>"}}.'
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def find_scope(body: bytes, expected: str, limit: Limit, envelope: Envelope) -> str:
    """EVERYONE, the id of a group, or "" where the body names users. Raises InvalidBody, TooManyUsers."""
    document = read_outline(body, expected, WRAPPERS, limit, envelope) if len(body) <= LONGEST else None
    if not isinstance(document, Object) or any(map(document.find, NAMES)):
        return ""
    given = [pair for name in SCOPES for pair in document.find(name)]
    if not given:
        return ""
    # Beside a list it would be passed over: somebody means something else than we do.
    faults = [
        (None if envelope.is_signed else word_fault(Place().at(key), key, envelope))
        or Place().at(key).fault("This cannot be combined with group or scope.")
        for key in document.others(*SCOPES)
    ]
    if len(given) > 1:
        faults.append(BodyFault("", "Give one group or one scope."))
    key, value = given[0]
    fault = _fault(key.lower(), value)
    if fault is not None:
        faults.append(Place().at(key).fault(fault))
    if faults:
        raise InvalidBody(*faults)
    return str(value).lower()


def _fault(name: str, value: object) -> str | None:
    if name == _GROUP:
        is_id = isinstance(value, str) and _GUID.fullmatch(value)
        return None if is_id else "This must be the object id of a group, a GUID."
    return None if value == EVERYONE else _NOT_EVERYONE
