"""JSON that names users and says nothing else about them: the directory decides what they should have.

Anything else that stands in an entry is ignored, and its name reported: an HR system adds properties of its own. In
place of users it may say whom a job lists itself: `{"group": "<object id>"}` or `{"scope": "everyone"}`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.api.payload.beside import word_fault
from shared.api.payload.distinct import ignored_names
from shared.api.payload.document import NAMES, Object, Place
from shared.api.payload.envelope import SCOPES, UNSIGNED, Envelope
from shared.api.payload.limit import NO_LIMIT, Limit
from shared.api.payload.names import Name, find_name, name_fault
from shared.api.payload.outline import WRAPPERS, listed_users, read_outline
from shared.core.models import Target
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody
from shared.services import EVERYONE

_EXPECTED = "a JSON list of users"
# A longer body holds a list.
LONGEST_SCOPE = 4096
_GROUP, _SCOPE = SCOPES
_NOT_EVERYONE = f'{_SCOPE} can only be "{EVERYONE}". For a group, send {{"{_GROUP}": "<object id>"}}.'
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class UserList:
    """The distinct users in the caller's order, and how many entries named them.

    `ignored`: names of properties that mean nothing here, of those users whose entries have any. `scope`: no user is
    named, but whom the job lists.
    """

    targets: tuple[Target, ...]
    entries: int
    ignored: Mapping[Target, tuple[str, ...]] = field(default_factory=dict)
    scope: str = ""


def parse_users(body: bytes, limit: Limit = NO_LIMIT, envelope: Envelope = UNSIGNED) -> UserList:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them, TooManyUsers, ParsingTimedOut."""
    scope = _scope_of(body, limit, envelope)
    if scope:
        return UserList((), 0, scope=scope)
    return distinct_names(
        (find_name(place, raw), tuple(raw.others(*NAMES)) if isinstance(raw, Object) and len(raw.pairs) > 1 else ())
        for place, raw in listed_users(body, _EXPECTED, limit, envelope, SCOPES)
    )


def _scope_of(body: bytes, limit: Limit, envelope: Envelope) -> str:
    """EVERYONE, the id of a group, or "" where the body names users. Raises InvalidBody, TooManyUsers."""
    document = read_outline(body, _EXPECTED, WRAPPERS, limit, envelope) if len(body) <= LONGEST_SCOPE else None
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
    fault = _scope_fault(key.lower(), value)
    if fault is not None:
        faults.append(Place().at(key).fault(fault))
    if faults:
        raise InvalidBody(*faults)
    return str(value).lower()


def _scope_fault(name: str, value: object) -> str | None:
    if name == _GROUP:
        is_id = isinstance(value, str) and _GUID.fullmatch(value)
        return None if is_id else "This must be the object id of a group, a GUID."
    return None if value == EVERYONE else _NOT_EVERYONE


def distinct_names(entries: Iterable[tuple[Name | BodyFault, tuple[str, ...]]]) -> UserList:
    """What names the user of each entry, with names of properties that mean nothing here. Raises InvalidBody."""
    faults: list[BodyFault] = []
    targets: dict[tuple[str, str], Target] = {}
    ignored: dict[Target, tuple[str, ...]] = {}
    # Most entries of a list have the same properties: these users share one tuple, and all tuples their names.
    shown: dict[tuple[str, ...], tuple[str, ...]] = {}
    same: dict[str, str] = {}
    count = 0
    for name, unknown in entries:
        count += 1
        fault = name if isinstance(name, BodyFault) else name_fault(name)
        if fault is not None:
            faults.append(fault)
            if len(faults) > MAX_FAULTS:
                break
        elif not faults and isinstance(name, Name):
            # The first of each.
            target = targets.setdefault(name.key, name.target)
            if unknown:
                names = (*ignored.get(target, ()), *(same.setdefault(each, each) for each in unknown))
                if names not in shown:
                    shown[names] = ignored_names(names)
                ignored[target] = shown[names]
    if faults:
        raise InvalidBody(*faults)
    return UserList(tuple(targets.values()), count, ignored)
