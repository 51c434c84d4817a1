"""Who has changed since the last time: Graph's delta query of users, for the properties that say what is desired.

Graph docs, "Use delta query to track changes": only selected properties are tracked, an entry may come twice and the
last one holds, who was deleted comes with `@removed`, and a link that is too old is answered 410.
"""

from collections.abc import Mapping

from shared.core.codes import Code
from shared.core.models import Stop, Target
from shared.core.sweep import Changed
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.graph.listing import objects, page_of
from shared.microsoft.graph.users import ENABLED, UserReader

_DOING = "reading who has changed"
# How Graph says that it does not know a link any more: 410, and beside 400 codes that no page lists in full, such as
# Directory_ExpiredPageToken. Guess: 404. The same link again gets the same answer.
_GONE = (400, 404, 410)


class UserDelta:
    """`includes_disabled`: accounts that are switched off too."""

    def __init__(self, client: GraphClient, users: UserReader, *, includes_disabled: bool) -> None:
        self._client, self._users, self._includes_disabled = client, users, includes_disabled
        self._select = f"{users.select},{ENABLED}"
        self.tracked = f"{self._select};{users.names}"

    def latest(self, deadline: Deadline) -> str | Stop:
        found = self._page(self._client.get(f"/users/delta?{self._select}&$deltaToken=latest", deadline))
        if isinstance(found, Changed):
            return found.link if found.is_last else stop_for(Answer(Fate.LOST), _DOING)
        return found

    def read(self, path: str, deadline: Deadline) -> Changed | Stop | None:
        answer = self._client.get(path, deadline)
        if answer.status in _GONE and self._users.unknown_attribute(answer) is None:
            return None
        return self._page(answer)

    def _page(self, answer: Answer) -> Changed | Stop:
        if not answer.ok:
            return self._users.unknown_attribute(answer) or _refused(answer)
        try:
            values, page = page_of(self._client, answer.body)
            link = self._client.relative(answer.body.get("@odata.deltaLink"))
            on = page or link
            if on is None:
                raise ValueError("no page of a delta")
            users, gone = self._last_entries(objects(values))
            return Changed(users, on, page is None, gone)
        except ValueError:
            return stop_for(Answer(Fate.LOST), _DOING)

    def count(self, deadline: Deadline) -> int | Stop:
        """Graph docs, "Advanced query capabilities": $count of users needs ConsistencyLevel."""
        call = Call("GET", "/users?$count=true&$top=1&$select=id", alone=True, is_eventual=True)
        (answer,) = self._client.ask([call], deadline)
        if not answer.ok:
            return _refused(answer)
        count = answer.body.get("@odata.count")
        return count if isinstance(count, int) else stop_for(Answer(Fate.LOST), _DOING)

    def _last_entries(self, values: list[Mapping[str, object]]) -> tuple[dict[str, Target], dict[str, Target]]:
        """Who is asked for by the last entry of each user, and who is not: deleted, or switched off."""
        users: dict[str, Target] = {}
        gone: dict[str, Target] = {}
        for value in values:
            user_id, target = self._changed(value)
            is_gone = "@removed" in value or (value.get(ENABLED) is False and not self._includes_disabled)
            now, before = (gone, users) if is_gone else (users, gone)
            now[user_id] = target
            before.pop(user_id, None)
        return users, gone

    @staticmethod
    def _changed(value: Mapping[str, object]) -> tuple[str, Target]:
        user_id, upn = value.get("id"), value.get("userPrincipalName")
        if not isinstance(user_id, str):
            raise ValueError("an entry without an id")
        return user_id.lower(), Target(upn=upn) if isinstance(upn, str) else Target(id=user_id.lower())


def _refused(answer: Answer) -> Stop:
    if answer.status == 403:
        return Stop(Code.FORBIDDEN, _DOING, ConfigurationError("to see who has changed, the app needs User.Read.All"))
    return stop_for(answer, _DOING)
