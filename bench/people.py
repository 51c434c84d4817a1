"""The users of the bench: the same for every contender and every run."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.tenant.tenant import SEEDS

DOMAIN = "contoso.com"
WARM_UP = f"warm.up@{DOMAIN}"
_RANDOM_SEED = 20_261_122
# How many of each twenty. With this seed the first user of the list is a right one, the commonest kind.
_MIX = {"right": 12, "missing": 4, "wrong": 3, "empty": 1}
BLOCK = sum(_MIX.values())
_NAMES_IN_A_FILTER = 15


class Kind(StrEnum):
    RIGHT = "right"  # the mobile method is the attribute's number
    MISSING = "missing"  # an attribute, and no mobile method
    WRONG = "wrong"  # a mobile method with another number
    EMPTY = "empty"  # no attribute

    @property
    def needs_write(self) -> bool:
        return self in (Kind.MISSING, Kind.WRONG)


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is what must be registered in the end, `registered` what is at first."""

    upn: str
    id: str
    kind: Kind
    number: str | None
    registered: str | None


def people(count: int) -> list[Person]:
    """The first `count` users. Each block of twenty has the whole mix, shuffled, so every list has the same shares."""
    draw = random.Random(_RANDOM_SEED)  # noqa: S311 - repeatable on purpose, nothing secret
    found: list[Person] = []
    while len(found) < count:
        block = [Kind(name) for name, share in _MIX.items() for _ in range(share)]
        draw.shuffle(block)
        found += [_person(len(found) + place, kind) for place, kind in enumerate(block)]
    return found[:count]


def needed_calls(who: Sequence[Person]) -> int:
    """The fewest Graph sub-requests that settle these users: filters, phone methods where needed, writes."""
    filters = -(-len(who) // _NAMES_IN_A_FILTER)
    return filters + sum(person.kind is not Kind.EMPTY for person in who) + sum(p.kind.needs_write for p in who)


def seed(who: Sequence[Person]) -> dict[str, Any]:
    """A tenant with these users and the one for warming up; apps and secrets are the sandbox's own."""
    base: dict[str, Any] = json.loads(Path(SEEDS, "contoso.json").read_text(encoding="utf-8"))
    users = [_words(person) for person in who]
    return {**base, "groups": [], "users": [*users, {"userPrincipalName": WARM_UP}]}


def _person(place: int, kind: Kind) -> Person:
    last = place % 1000
    number = _number(last) if kind is not Kind.EMPTY else None
    # The wrong number ends otherwise too, else a peer that compares two digits would have less to do.
    registered = {Kind.RIGHT: _number(last), Kind.WRONG: _number((last + 137) % 1000)}.get(kind)
    return Person(
        f"user{place + 1:05d}@{DOMAIN}", f"{place + 1:08d}-0000-4000-8000-00000000be9c", kind, number, registered
    )


def _number(last: int) -> str:
    """Ofcom keeps +44 7700 900000 to 900999 for drama."""
    return f"+44 7700900{last:03d}"


def _words(person: Person) -> dict[str, Any]:
    words: dict[str, Any] = {"userPrincipalName": person.upn, "id": person.id, "usageLocation": "GB"}
    if person.number:
        words["extensionAttribute15"] = person.number
    if person.registered:
        words["phones"] = {"mobile": person.registered}
    return words
