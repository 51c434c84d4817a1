"""JSON that names users and says nothing else about them: the directory decides what they should have.

Anything else that stands in an entry is passed over: an HR system adds properties of its own.
"""

from dataclasses import dataclass
from itertools import islice

from shared.api.payload.document import listed_users, read_json
from shared.api.payload.names import Name, find_name, name_faults
from shared.core.models import Target
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody


@dataclass(frozen=True, slots=True)
class UserList:
    """The distinct users in the caller's order, and how many entries named them."""

    targets: tuple[Target, ...]
    entries: int


def parse_users(body: bytes) -> UserList:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them."""
    entries = [find_name(place, raw) for place, raw in listed_users(read_json(body, "a JSON list of users"))]
    faults = {i: entry for i, entry in enumerate(entries) if isinstance(entry, BodyFault)}
    names = {i: entry for i, entry in enumerate(entries) if isinstance(entry, Name)}
    faults |= dict(islice(name_faults(names), MAX_FAULTS + 1))
    if faults:
        raise InvalidBody(*[faults[i] for i in sorted(faults)[: MAX_FAULTS + 1]])
    targets: dict[tuple[str, str], Target] = {}
    for name in names.values():
        # The first of each.
        targets.setdefault(name.key, name.target)
    return UserList(tuple(targets.values()), len(entries))
