"""What all callers, routes and instances together remove and overwrite in a day: one blob, changed by one at a time.

Before the first write of a request or a job, all that it may do is reserved; at its end, what it did not do is given
back. After a crash between the two, the reservation stays until its day is over. Without any storage configured, as on
a developer's machine, each process counts for itself.
"""

import random
import threading
import time
from collections.abc import Callable, Collection

from shared.deadline import Deadline, time_limit
from shared.errors import StorageUnavailable
from shared.log import get_logger
from shared.records.blobs import Blobs, Connect
from shared.records.reservations import (
    Ceilings,
    Reservation,
    Reservations,
    bounded,
    counting,
    from_bytes,
    hour_of,
    reserved,
    settled,
    to_bytes,
)

BLOB = "ledger.json"
SETTLE_LIMIT_S = 10.0
# The pause before a change is tried again that another instance was faster with: at most this, doubled each time.
PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
# So long a request waits for others of its process: where storage hangs, each of them takes some seconds.
LONGEST_WAIT_S = 20.0

_log = get_logger(__name__)

# What becomes of all reservations that count in an hour; None: it may not be.
_Change = Callable[[Reservations, int], Reservations | None]


class Ledger:
    """Where storage is configured and does not answer, `reserve` raises StorageUnavailable."""

    def __init__(self, connect: Connect | None, ceilings: Ceilings, watched: Collection[str] = ()) -> None:
        """`connect` None: no storage is configured. `watched`: callers of whom everything is kept."""
        self._blobs = None if connect is None else Blobs(connect)
        self._ceilings = ceilings
        self._watched = watched
        self._lock = threading.Lock()
        self._own: Reservations = ()

    def counts(self, removals: int, overwrites: int, caller: str = "") -> bool:
        """Whether this has to be reserved, and settled. Overwrites are counted only where they have a ceiling, and for
        callers who are watched."""
        return removals > 0 or (overwrites > 0 and (self._ceilings.overwrites is not None or caller in self._watched))

    def used(self, caller: str, but: str, deadline: Deadline) -> tuple[int, int]:
        """Removals and overwrites that a caller holds today, without those of one id. Raises StorageUnavailable."""
        held: list[Reservation] = []

        def look(reservations: Reservations, hour: int) -> Reservations:  # noqa: ARG001 - changes nothing
            held[:] = [one for one in reservations if one.caller == caller and one.id != but]
            return reservations

        self._change(look, deadline)
        return sum(one.removals for one in held), sum(one.overwrites for one in held)

    def reserve(
        self, id: str, caller: str, removals: int, overwrites: int, deadline: Deadline, *, approved: bool = False
    ) -> bool:
        """Whether this fits under the ceilings beside all that others hold; if so, it is held under this id.

        The numbers are all that the id may do from its beginning to its end. The same id again changes nothing but that
        it counts from now on; with larger numbers it grows, if that fits. `approved`: it is held in any case.
        """
        if not self.counts(removals, overwrites, caller):
            return True
        fits = True

        def change(reservations: Reservations, hour: int) -> Reservations | None:
            nonlocal fits
            wanted = Reservation(id, caller, hour, removals, overwrites)
            # What an approved id holds already may be more than fits.
            counted = tuple(one for one in reservations if one.id != id) if approved else reservations
            found = reserved(counted, wanted, self._ceilings)
            fits = found is not None
            return reserved(reservations, wanted, Ceilings()) if approved else found

        self._change(change, deadline)
        return fits

    def settle(self, id: str, removals: int, overwrites: int) -> None:
        """At the end: what the id did, writes with an unknown outcome included. Never raises; where storage fails, the
        whole reservation stays until its day is over."""

        def change(reservations: Reservations, hour: int) -> Reservations:
            return settled(reservations, id, hour, removals, overwrites)

        try:
            self._change(change, Deadline(SETTLE_LIMIT_S))
        except StorageUnavailable as exc:
            _log.warning("what was reserved for this and not used stays reserved for a day: %s", exc.detail)

    def _change(self, change: _Change, deadline: Deadline) -> bool:
        """False if the change gives None."""
        if not self._lock.acquire(timeout=min(LONGEST_WAIT_S, deadline.remaining())):
            raise StorageUnavailable("the ledger stayed in use")
        try:
            if self._blobs is not None:
                with time_limit(deadline.remaining()):
                    return self._change_blob(self._blobs, change, deadline)
            hour = hour_of(time.time())
            new = change(counting(self._own, hour), hour)
            self._own = self._own if new is None else bounded(new)
            return new is not None
        finally:
            self._lock.release()

    def _change_blob(self, blobs: Blobs, change: _Change, deadline: Deadline) -> bool:
        """The change is made again on whatever another instance has written meanwhile."""
        longest_s = PAUSE_S
        while True:
            found, hour = blobs.read(BLOB), hour_of(time.time())
            old = () if found is None else counting(_read(found.content), hour)
            new = change(old, hour)
            if new is None or set(new) == set(old):
                return new is not None
            content = to_bytes(bounded(new))
            if blobs.put_new(BLOB, content) if found is None else blobs.replace(BLOB, content, found.version):
                return True
            pause = random.uniform(0, longest_s)  # noqa: S311 - spreads load
            if pause >= deadline.remaining():
                raise StorageUnavailable("other instances kept changing the ledger")
            time.sleep(pause)
            longest_s = min(LONGEST_PAUSE_S, 2 * longest_s)


def _read(content: bytes) -> Reservations:
    try:
        return from_bytes(content)
    except ValueError as exc:
        raise StorageUnavailable(f"the blob {BLOB} is not a ledger; delete it to start an empty one") from exc
