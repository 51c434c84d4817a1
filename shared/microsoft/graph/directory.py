"""`reconcile.Directory` on Microsoft Graph."""

import time
from collections.abc import Callable, Collection, Sequence

from shared.core.guard.people import Guarded
from shared.core.models import Change, Current, Outcome, ReadScope, Snapshot, Stop, Target, User
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.guarded import GuardedUsers
from shared.microsoft.graph.methods import Page, list_methods, methods_call, read_page
from shared.microsoft.graph.ready import PAUSES_S
from shared.microsoft.graph.users import UserReader, user_path
from shared.microsoft.graph.writes import write_changes


class GraphDirectory:
    """All of it lists; a user that cannot be read is a `Stop` in its place.

    Without an access token nobody can be read: that is raised, as long as nothing is written.
    """

    def __init__(self, client: GraphClient, users: UserReader, guarded: GuardedUsers, *, is_delegated: bool) -> None:
        """`is_delegated`: the tokens speak for a user, the service account."""
        self._is_delegated = is_delegated
        self._client = client
        self._users = users
        self._guarded = guarded

    def guarded(self, deadline: Deadline) -> Guarded:
        found = self._guarded.read(deadline)
        for ids in (found.protected, found.administrators, found.allowed):
            if isinstance(ids, Stop):
                ids.raise_cause()
        return found

    def read(
        self, targets: Sequence[Target], scope_of: Callable[[Target, User], ReadScope], deadline: Deadline
    ) -> list[Snapshot]:
        if len(targets) == 1:
            return [self._read_one(targets[0], scope_of, deadline)]
        known: dict[Target, ReadScope] = {}

        def look(target: Target, user: User) -> None:
            if target not in known:
                known[target] = scope_of(target, user)

        found = self._users.find(targets, deadline, look)
        _raise_common_cause(found.values())
        scopes: dict[str, ReadScope] = {}
        for target, user in found.items():
            if isinstance(user, User):
                look(target, user)
                if known[target] is not ReadScope.NONE:
                    scopes.setdefault(user.id, known[target])
        current = dict(zip(scopes, self.methods(list(scopes.items()), deadline), strict=True))
        _raise_common_cause(current.values())
        return [_snapshot(found[target], current) for target in targets]

    def _read_one(self, target: Target, scope_of: Callable[[Target, User], ReadScope], deadline: Deadline) -> Snapshot:
        """User and phone methods asked for together, by the same name; where that fails, one after the other."""
        calls = [self._users.call(target), methods_call(user_path(target), ReadScope.PHONES)]
        user_answer, methods_answer = self._client.ask(calls, deadline)
        found = self._users.settled({target: self._users.read(user_answer)}, deadline)[target]
        _raise_common_cause([found])
        if isinstance(found, Stop):
            return _snapshot(found, {})
        scope = scope_of(target, found)
        if scope is ReadScope.NONE:
            return _snapshot(found, {})
        page = read_page(self._client, methods_answer)
        if isinstance(page, Page) and page.next_path is None and scope is ReadScope.PHONES:
            return _snapshot(found, {found.id: page.current})
        # The name may have changed meanwhile, so by id. It counts as the first of the tries for what is not there yet.
        (current,) = list_methods(self._client, [(found.id, scope)], deadline, PAUSES_S[1:])
        _raise_common_cause([current])
        return _snapshot(found, {found.id: current})

    def methods(
        self, users: Sequence[tuple[str, ReadScope]], deadline: Deadline, pause_s: float = 0.0
    ) -> list[Current | Stop]:
        time.sleep(pause_s)
        return list_methods(self._client, users, deadline)

    def write(
        self, writes: Sequence[tuple[str, Change]], deadline: Deadline, alone: Collection[int] = ()
    ) -> list[Outcome]:
        return write_changes(self._client, writes, deadline, alone, is_delegated=self._is_delegated)


def _raise_common_cause(results: Collection[object]) -> None:
    """If nothing got through, and for a cause that is everybody's: one call that is refused proves nothing."""
    stops = [result for result in results if isinstance(result, Stop) and result.cause is not None]
    if stops and len(stops) == len(results):
        stops[0].raise_cause()


def _snapshot(found: User | Stop, current: dict[str, Current | Stop]) -> Snapshot:
    if isinstance(found, Stop):
        return Snapshot(None, stop=found)
    read = current.get(found.id)
    return Snapshot(found, stop=read) if isinstance(read, Stop) else Snapshot(found, read)
