"""Users of the sandbox, changes of their methods, and how these are sent."""

from collections.abc import Callable
from typing import Any

from shared.core.models import Action, Change, Current, Method, Outcome, ReadScope, Stop
from shared.core.phone import StoredNumber
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.guarded import GuardedUsers
from shared.microsoft.graph.methods import list_methods
from shared.microsoft.graph.users import UserReader
from shared.microsoft.graph.writes import write_changes
from tests.unit.people import MOBILE, number

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
CARLA, SVEN, ULLA = "carla.diaz@contoso.com", "sven.default@contoso.com", "ulla.office@contoso.com"
MIA = "mia.manymethods@contoso.com"
HELD, NEW = StoredNumber("+46 701740605"), number("+46 701740699")
ADD = Change(Action.ADD, MOBILE, None, NEW)
UPDATE = Change(Action.UPDATE, MOBILE, HELD, NEW)
REMOVE = Change(Action.REMOVE, MOBILE, HELD, None)
OTHERS = [
    Method.MICROSOFT_AUTHENTICATOR,
    Method.SOFTWARE_OATH,
    Method.FIDO2,
    Method.WINDOWS_HELLO,
    Method.PLATFORM_CREDENTIAL,
    Method.TEMPORARY_ACCESS_PASS,
]
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Ids = Callable[[str], str]


def guards(client: GraphClient, **settings: Any) -> GuardedUsers:
    """Those of the settings, and no other."""
    none = {"protected_group_id": None, "allowed_group_id": None, "protect_administrators": False}
    return GuardedUsers(client, **{**none, **settings})


def directory_of(client: GraphClient, users: UserReader, **settings: Any) -> GraphDirectory:
    """With application permissions and these guards."""
    return GraphDirectory(client, users, guards(client, **settings), is_delegated=False)


def read(client: GraphClient, *user_ids: str, scope: ReadScope = ReadScope.PHONES) -> list[Current | Stop]:
    return list_methods(client, [(user_id, scope) for user_id in user_ids], Deadline(20))


def read_all(client: GraphClient, user_id: str) -> Current:
    (found,) = read(client, user_id, scope=ReadScope.ALL)
    assert isinstance(found, Current)
    return found


def write(client: GraphClient, user_id: str, change: Change) -> Outcome:
    (outcome,) = write_changes(client, [(user_id, change)], Deadline(20), (), is_delegated=False)
    return outcome
