"""Who must not be touched, as Graph has it: the protected group, administrators, whoever is not in the allowed group.

All lists that are due are read together, by one request while the others wait for it, and kept for a while. A list that
cannot be read protects everybody; so does one with an entry that is not understood.
"""

import threading
import time
from collections.abc import Mapping, Sequence

from shared.core.guard.people import Guarded
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.graph.guard_lists import GuardList, administrators, allowed_group, protected_group
from shared.microsoft.graph.ids import ObjectIds
from shared.microsoft.graph.listing import read_to_the_end


class GuardedUsers:
    """Shared by all requests of the process."""

    def __init__(
        self,
        client: GraphClient,
        *,
        protected_group_id: str | None,
        allowed_group_id: str | None,
        protect_administrators: bool,
    ) -> None:
        self._client = client
        self._protected = protected_group(protected_group_id) if protected_group_id else None
        self._administrators = administrators() if protect_administrators else None
        self._allowed = allowed_group(allowed_group_id) if allowed_group_id else None
        self._lock = threading.Lock()

    def read(self, deadline: Deadline) -> Guarded:
        """Raises ConfigurationError when asking again would not help."""
        asked_at = time.monotonic()
        lists = [known for known in (self._protected, self._administrators, self._allowed) if known is not None]
        if not lists:
            return Guarded()
        if not self._lock.acquire(timeout=deadline.remaining()):
            too_late = stop_for(Answer(Fate.NOT_SENT), "reading who is protected")
            return self._guarded(dict.fromkeys(map(id, lists), too_late))
        try:
            return self._guarded(self._read(lists, asked_at, deadline))
        finally:
            self._lock.release()

    def _read(self, lists: Sequence[GuardList], asked_at: float, deadline: Deadline) -> Mapping[int, ObjectIds | Stop]:
        due = [known for known in lists if known.is_due(asked_at)]
        if due:
            read_to_the_end(self._client, [known.begin() for known in due], deadline)
        found: dict[int, ObjectIds | Stop] = {id(known): known.ids for known in lists}
        faults: list[str] = []
        token = self._client.token_sent()
        for known in due:
            try:
                found[id(known)] = known.settle(token)
            except ConfigurationError as fault:
                faults.append(fault.detail)
        if faults:
            raise ConfigurationError(faults[0])
        return found

    def _guarded(self, found: Mapping[int, ObjectIds | Stop]) -> Guarded:
        nobody = ObjectIds()
        return Guarded(
            nobody if self._protected is None else found[id(self._protected)],
            nobody if self._administrators is None else found[id(self._administrators)],
            None if self._allowed is None else found[id(self._allowed)],
        )
