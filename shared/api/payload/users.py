"""JSON that names users and says nothing else about them: the directory decides what they should have.

Anything else that stands in an entry is ignored, and its name reported: an HR system adds properties of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from shared.api.payload.distinct import ignored_names
from shared.api.payload.document import NAMES, Object, listed_users, read_json
from shared.api.payload.names import Name, find_name, name_faults
from shared.core.models import Target
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody


@dataclass(frozen=True, slots=True)
class UserList:
    """The distinct users in the caller's order, and how many entries named them.

    `ignored`: names of properties that mean nothing here, of those users whose entries have any.
    """

    targets: tuple[Target, ...]
    entries: int
    ignored: Mapping[Target, tuple[str, ...]] = field(default_factory=dict)


def parse_users(body: bytes) -> UserList:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them."""
    entries: list[Name | BodyFault] = []
    others: dict[int, tuple[str, ...]] = {}
    for i, (place, raw) in enumerate(listed_users(read_json(body, "a JSON list of users"))):
        entries.append(find_name(place, raw))
        if isinstance(raw, Object) and len(raw.pairs) > 1 and (unknown := tuple(raw.others(*NAMES))):
            others[i] = unknown
    faults = {i: entry for i, entry in enumerate(entries) if isinstance(entry, BodyFault)}
    names = {i: entry for i, entry in enumerate(entries) if isinstance(entry, Name)}
    faults |= dict(islice(name_faults(names), MAX_FAULTS + 1))
    if faults:
        raise InvalidBody(*[faults[i] for i in sorted(faults)[: MAX_FAULTS + 1]])
    targets: dict[tuple[str, str], Target] = {}
    ignored: dict[Target, tuple[str, ...]] = {}
    for i, name in names.items():
        # The first of each.
        target = targets.setdefault(name.key, name.target)
        if i in others:
            ignored[target] = (*ignored.get(target, ()), *others[i])
    return UserList(tuple(targets.values()), len(entries), _shown(ignored))


def _shown(ignored: Mapping[Target, tuple[str, ...]]) -> dict[Target, tuple[str, ...]]:
    """Most entries of a list have the same properties: these users share one tuple."""
    shown: dict[tuple[str, ...], tuple[str, ...]] = {}
    for names in ignored.values():
        if names not in shown:
            shown[names] = ignored_names(names)
    return {target: shown[names] for target, names in ignored.items()}
