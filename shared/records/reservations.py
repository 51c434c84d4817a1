"""What may be removed and overwritten in a day, as arithmetic: reservations, and whether one more fits. Pure.

A reservation bears the hour in which it was made, grew, was asked for again or was settled, and counts until 24 hours
after the end of that hour: 24 hours at least, 25 at most.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import groupby

HOURS = 24
SECONDS_IN_AN_HOUR = 3600
# With more, the oldest are added up and can no longer be given back.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What all callers together may remove and overwrite in a day; None: no limit."""

    removals: int | None = None
    overwrites: int | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a job or request, whose id it bears, may do or has done. `hour` is counted from 1970."""

    id: str
    caller: str
    hour: int
    removals: int
    overwrites: int


Reservations = tuple[Reservation, ...]


def hour_of(now_s: float) -> int:
    return int(now_s // SECONDS_IN_AN_HOUR)


def counting(reservations: Iterable[Reservation], hour: int) -> Reservations:
    """Those that count in this hour."""
    return tuple(one for one in reservations if hour - one.hour <= HOURS)


def reserved(reservations: Reservations, wanted: Reservation, ceilings: Ceilings) -> Reservations | None:
    """All with `wanted` among them; None if it does not fit beside the others.

    An id that is there holds what it held, or what is wanted where that is more: the same once more adds nothing.
    """
    held = next((one for one in reservations if one.id == wanted.id), replace(wanted, hour=0, removals=0, overwrites=0))
    others = [one for one in reservations if one.id != wanted.id]
    new = replace(
        wanted,
        hour=max(held.hour, wanted.hour),
        removals=max(held.removals, wanted.removals),
        overwrites=max(held.overwrites, wanted.overwrites),
    )
    fits = _fits(new.removals, held.removals, (one.removals for one in others), ceilings.removals) and _fits(
        new.overwrites, held.overwrites, (one.overwrites for one in others), ceilings.overwrites
    )
    return (*others, new) if fits else None


def _fits(new: int, held: int, others: Iterable[int], ceiling: int | None) -> bool:
    """What is held is not asked for again, also where the others have come to exceed the ceiling."""
    return new <= held or ceiling is None or new + sum(others) <= ceiling


def settled(reservations: Reservations, id: str, hour: int, removals: int, overwrites: int) -> Reservations:
    """The id holds no more than this. It counts from this hour, because that is when the last write was made."""
    held = next((one for one in reservations if one.id == id), None)
    if held is None:
        return reservations
    others = tuple(one for one in reservations if one.id != id)
    removals, overwrites = min(held.removals, removals), min(held.overwrites, overwrites)
    if not removals and not overwrites:
        return others
    return (*others, replace(held, hour=max(held.hour, hour), removals=removals, overwrites=overwrites))


def bounded(reservations: Reservations) -> Reservations:
    """No more than so many: of the oldest, one sum for each caller and hour takes the place, under no id."""
    if len(reservations) <= MOST:
        return reservations
    ordered = sorted(reservations, key=_age)
    old, young = ordered[: -MOST // 2], ordered[-MOST // 2 :]
    sums = (
        Reservation("", caller, hour, sum(one.removals for one in group), sum(one.overwrites for one in group))
        for (hour, caller), members in groupby(old, _age)
        for group in [list(members)]
    )
    return (*sums, *young)


def _age(reservation: Reservation) -> tuple[int, str]:
    return reservation.hour, reservation.caller


def to_bytes(reservations: Reservations) -> bytes:
    return json.dumps({"reservations": [asdict(one) for one in reservations]}).encode()


def from_bytes(content: bytes) -> Reservations:
    """Fields of a later version are ignored. Raises ValueError."""
    try:
        return tuple(
            Reservation(
                str(one["id"]), str(one["caller"]), int(one["hour"]), int(one["removals"]), int(one["overwrites"])
            )
            for one in json.loads(content)["reservations"]
        )
    except (KeyError, TypeError) as exc:
        raise ValueError("these are no reservations") from exc
