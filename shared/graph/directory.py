"""`reconcile.Directory` on Microsoft Graph."""

from collections.abc import Callable, Sequence

from shared.deadline import Deadline
from shared.graph.client import GraphClient
from shared.graph.group import ProtectedGroup
from shared.graph.methods import list_methods, methods_call, read_methods, write_changes
from shared.graph.users import UserReader, user_path
from shared.models import Change, Outcome, PhoneMethod, Snapshot, Stop, Target, User


class GraphDirectory:
    """All of it lists; a user that cannot be read is a `Stop` in its place."""

    def __init__(self, client: GraphClient, users: UserReader, protected: ProtectedGroup) -> None:
        self._client = client
        self._users = users
        self._protected = protected

    def protected_ids(self, deadline: Deadline) -> frozenset[str] | Stop:
        return self._protected.members(deadline)

    def read(
        self, targets: Sequence[Target], wants_methods: Callable[[User], bool], deadline: Deadline
    ) -> list[Snapshot]:
        if len(targets) == 1:
            return [self._read_one(targets[0], wants_methods, deadline)]
        found = self._users.find(targets, deadline)
        users = [user for user in found.values() if isinstance(user, User)]
        wanted = list(dict.fromkeys(user.id for user in users if wants_methods(user)))
        methods = dict(zip(wanted, self.methods(wanted, deadline), strict=True))
        return [_snapshot(found[target], methods) for target in targets]

    def _read_one(self, target: Target, wants_methods: Callable[[User], bool], deadline: Deadline) -> Snapshot:
        """User and phone methods asked for together, by the same name; where that fails, one after the other."""
        calls = [self._users.call(target), methods_call(user_path(target))]
        user_answer, methods_answer = self._client.send(calls, lambda answer: answer, deadline)
        found = self._users.read(user_answer)
        if isinstance(found, Stop) or not wants_methods(found):
            return _snapshot(found, {})
        methods = read_methods(methods_answer)
        if isinstance(methods, Stop):
            (methods,) = self.methods([found.id], deadline)
        return _snapshot(found, {found.id: methods})

    def methods(self, user_ids: Sequence[str], deadline: Deadline) -> list[tuple[PhoneMethod, ...] | Stop]:
        return list_methods(self._client, user_ids, deadline)

    def write(self, writes: Sequence[tuple[str, Change]], deadline: Deadline) -> list[Outcome]:
        return write_changes(self._client, writes, deadline)


def _snapshot(found: User | Stop, methods: dict[str, tuple[PhoneMethod, ...] | Stop]) -> Snapshot:
    if isinstance(found, Stop):
        return Snapshot(None, stop=found)
    read = methods.get(found.id)
    return Snapshot(found, stop=read) if isinstance(read, Stop) else Snapshot(found, read)
