"""The protected group: who must never be touched. Read as a whole, kept a few minutes; fails closed."""

import threading
import time

from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.log import get_logger
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for

KEEP_S = 180.0
# 999 members a page, Graph's maximum ("List group transitive members"): enough for any group that deserves the name.
MAX_PAGES = 100

_log = get_logger(__name__)


class ProtectedGroup:
    """Object ids of all users in a group, members of nested groups included."""

    def __init__(self, client: GraphClient, group_id: str | None) -> None:
        self._client = client
        self._group_id = group_id
        self._members: frozenset[str] = frozenset()
        self._read_at: float | None = None
        self._lock = threading.Lock()

    def members(self, deadline: Deadline) -> frozenset[str] | Stop:
        """The ids, or why they cannot be had just now. Raises ConfigurationError when asking again would not help."""
        if self._group_id is None:
            return frozenset()
        if not self._lock.acquire(timeout=deadline.remaining()):
            return stop_for(Answer(Fate.NOT_SENT), "reading the protected group")
        try:
            if self._read_at is None or time.monotonic() - self._read_at > KEEP_S:
                members = self._read(deadline)
                if isinstance(members, Stop):
                    return members
                self._members, self._read_at = members, time.monotonic()
            return self._members
        finally:
            self._lock.release()

    def _read(self, deadline: Deadline) -> frozenset[str] | Stop:
        path = f"/groups/{self._group_id}/transitiveMembers?$select=id&$top=999"
        ids: set[str] = set()
        for _ in range(MAX_PAGES):
            (answer,) = self._client.send([Call("GET", path)], lambda answer: answer, deadline)
            if answer.status in (400, 403, 404):
                raise ConfigurationError(
                    f"PROTECTED_GROUP_ID: Microsoft Graph answered {answer.status} for its members; does the group "
                    "exist, and has the app the permission GroupMember.Read.All?"
                )
            values = answer.body.get("value")
            if not answer.ok or not isinstance(values, list):
                return stop_for(answer, "reading the protected group")
            found = [value.get("id") if isinstance(value, dict) else None for value in values]
            if not all(isinstance(member, str) for member in found):
                return stop_for(Answer(Fate.LOST), "reading the protected group")
            ids.update(str(member).lower() for member in found)
            next_link = answer.body.get("@odata.nextLink")
            if next_link is None:
                level = _log.info if ids else _log.warning
                level("the protected group has %d members", len(ids))
                return frozenset(ids)
            path = self._client.relative(str(next_link))
        raise ConfigurationError(f"PROTECTED_GROUP_ID: the group has more than {MAX_PAGES * 999} members")
