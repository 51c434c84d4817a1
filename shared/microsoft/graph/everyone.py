"""Everyone, or the members of a group, page by page, with the attributes that say what a method should hold."""

from collections.abc import Mapping

from shared.core.codes import Code
from shared.core.listed import UserPage
from shared.core.models import Stop, Target, User
from shared.deadline import Deadline
from shared.errors import ConfigurationError, GroupNotFound
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.graph.listing import objects, page_of
from shared.microsoft.graph.paths import USER
from shared.microsoft.graph.users import ENABLED, RESTRICTED, UserReader, refuses_restricted

# Graph's most for a page of users (Graph docs, "List users").
PAGE = 999
_DOING = "listing the users"


class UserPages:
    """`includes_disabled`: accounts that are switched off too."""

    def __init__(self, client: GraphClient, users: UserReader, *, includes_disabled: bool) -> None:
        self._client, self._users, self._includes_disabled = client, users, includes_disabled

    def first(self, group_id: str) -> str:
        """The path of the first page; `group_id` "": of everyone, else of its members, those of groups in it too."""
        # Guess: members are shown with the properties of a user that are selected.
        place = f"/groups/{group_id}/transitiveMembers" if group_id else "/users"
        return f"{place}?{self._users.selected()},{ENABLED}&$top={PAGE}"

    def read(self, path: str, deadline: Deadline) -> UserPage | Stop:
        """A page, or why there is none. Its Stop has a cause where asking again would not help. Raises
        ConfigurationError if an attribute that is absent is nobody's."""
        answer = self._client.get(path, deadline)
        if f",{RESTRICTED}" in path and refuses_restricted(answer):
            # Who is to be written is read singly, which tells of it.
            answer = self._client.get(path.replace(f",{RESTRICTED}", ""), deadline)
        if not answer.ok:
            return self._users.unknown_attribute(answer) or _refused(answer, path)
        try:
            values, path_of_next = page_of(self._client, answer.body)
            entries = objects(values)
        except ValueError:
            return stop_for(Answer(Fate.LOST), _DOING)
        found: dict[Target, User | Stop] = {
            Target(id=u.id): u for entry in entries if (u := self._user(entry)) is not None
        }
        users = self._users.settled(found, deadline).values()
        return UserPage(tuple(user for user in users if isinstance(user, User)), path_of_next)

    def _user(self, body: Mapping[str, object]) -> User | None:
        """None for groups, devices and apps, and for accounts that are left out."""
        if body.get("@odata.type", USER) != USER or "@removed" in body:
            return None
        if body.get(ENABLED) is False and not self._includes_disabled:
            return None
        return self._users.user(body)


def _refused(answer: Answer, path: str) -> Stop:
    """The whole listing depends on it."""
    is_group = path.startswith("/groups/")
    if answer.status == 404 and is_group:
        return Stop(Code.GRAPH_ERROR, _DOING, GroupNotFound("No group has this id. Nothing was done."))
    if answer.status == 403:
        needed = "User.Read.All and GroupMember.Read.All" if is_group else "User.Read.All"
        return Stop(Code.FORBIDDEN, _DOING, ConfigurationError(f"to list users, the app needs {needed}"))
    return stop_for(answer, _DOING)
