"""Entries to distinct users with what is requested for each, or every reason why not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from shared.api.payload.document import Place, shown_name
from shared.api.payload.names import Name, name_fault
from shared.core.desired import GivenId, Requested, RequestedUsers, asks_the_same
from shared.core.models import Target
from shared.core.reason import name_without_numbers
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody

_MOST_IGNORED = 20
# Of a longer name no more is looked at. An answer has less of it.
_LONGEST_NAME = 128


@dataclass(slots=True)
class Entry:
    """What one entry asks for, and what is wrong with it. Without a name or a request it has a fault. `given_id` stands
    beside the name."""

    place: Place
    name: Name | None = None
    given_id: GivenId | None = None
    requested: Requested | None = None
    faults: list[BodyFault] = field(default_factory=list)


def distinct_users(entries: Iterable[Entry]) -> RequestedUsers:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them."""
    entries = list(_until_too_many_faults(entries))
    firsts: dict[tuple[str, str], Entry] = {}
    users: dict[Target, Requested] = {}
    ids: dict[Target, GivenId] = {}
    for entry in entries:
        if entry.faults or entry.name is None or entry.requested is None:
            continue
        first = firsts.setdefault(entry.name.key, entry)
        if first.name is None or first.requested is None:
            continue
        target = first.name.target
        known = users.setdefault(target, entry.requested)
        if not asks_the_same(first.requested, entry.requested):
            entry.faults.append(_contradiction(entry, first, "different values"))
        elif entry.given_id is not None and ids.setdefault(target, entry.given_id).id != entry.given_id.id:
            entry.faults.append(_contradiction(entry, first, "another id"))
        elif first is not entry:
            users[target] = replace(known, ignored=ignored_names((*known.ignored, *entry.requested.ignored)))
    faults = [fault for entry in entries for fault in entry.faults]
    if faults:
        raise InvalidBody(*faults[: MAX_FAULTS + 1])
    spots = {first.name.target: first.place.spot for first in firsts.values() if first.name is not None}
    return RequestedUsers(users, len(entries), spots, ids)


def _until_too_many_faults(entries: Iterable[Entry]) -> Iterator[Entry]:
    """More faults than can be reported are not looked for."""
    faults = 0
    for entry in entries:
        if entry.name is not None and (fault := name_fault(entry.name)):
            entry.faults.insert(0, fault)
        yield entry
        faults += len(entry.faults)
        if faults > MAX_FAULTS:
            return


def _contradiction(entry: Entry, first: Entry, what: str) -> BodyFault:
    return entry.place.fault(
        f"This user was named before, in {first.place.spot.shown}, with {what}. It is not clear which entry counts."
    )


def ignored_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names once each, in order, fit for an answer, and for a job that stores them: every user's result repeats
    them. A name that was meant as a number is masked."""
    shown = tuple(dict.fromkeys(shown_name(name_without_numbers(name[:_LONGEST_NAME])) for name in names))
    more = len(shown) - _MOST_IGNORED
    return shown if more <= 0 else (*shown[:_MOST_IGNORED], "…")
