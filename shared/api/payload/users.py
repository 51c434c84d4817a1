"""JSON that names users and says nothing else about them: the directory decides what they should have.

Anything else that stands in an entry is ignored, and its name reported: an HR system adds properties of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.api.payload.distinct import ignored_names
from shared.api.payload.document import NAMES, Object
from shared.api.payload.envelope import SCOPES, UNSIGNED, Envelope
from shared.api.payload.limit import NO_LIMIT, Limit
from shared.api.payload.names import Name, find_name, name_fault
from shared.api.payload.outline import listed_users
from shared.api.payload.scope import find_scope
from shared.core.models import Target
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody


@dataclass(frozen=True, slots=True)
class UserList:
    """The distinct users in the caller's order, and how many entries named them.

    `ignored`: names of properties that mean nothing here, of those users whose entries have any. `scope`: no user is
    named, but whom the job lists (`scope.py`).
    """

    targets: tuple[Target, ...]
    entries: int
    ignored: Mapping[Target, tuple[str, ...]] = field(default_factory=dict)
    scope: str = ""


_EXPECTED = "a JSON list of users"


def parse_users(body: bytes, limit: Limit = NO_LIMIT, envelope: Envelope = UNSIGNED) -> UserList:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them, TooManyUsers, ParsingTimedOut."""
    scope = find_scope(body, _EXPECTED, limit, envelope)
    if scope:
        return UserList((), 0, scope=scope)
    return distinct_names(
        (find_name(place, raw), tuple(raw.others(*NAMES)) if isinstance(raw, Object) and len(raw.pairs) > 1 else ())
        for place, raw in listed_users(body, _EXPECTED, limit, envelope, SCOPES)
    )


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
