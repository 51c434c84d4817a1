"""`reconcile.Directory` on Microsoft Graph."""

from collections.abc import Callable, Sequence

from shared.core.models import Change, Outcome, Reading, Registered, Snapshot, Stop, Target, User
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.group import ProtectedGroup
from shared.microsoft.graph.methods import list_methods, methods_call, read_methods, write_changes
from shared.microsoft.graph.users import UserReader, user_path


class GraphDirectory:
    """All of it lists; a user that cannot be read is a `Stop` in its place."""

    def __init__(self, client: GraphClient, users: UserReader, protected: ProtectedGroup) -> None:
        self._client = client
        self._users = users
        self._protected = protected

    def protected_ids(self, deadline: Deadline) -> frozenset[str] | Stop:
        return self._protected.members(deadline)

    def read(
        self, targets: Sequence[Target], wants: Callable[[Target, User], Reading], deadline: Deadline
    ) -> list[Snapshot]:
        if len(targets) == 1:
            return [self._read_one(targets[0], wants, deadline)]
        found = self._users.find(targets, deadline)
        readings: dict[str, Reading] = {}
        for target, user in found.items():
            if isinstance(user, User) and (reading := wants(target, user)) is not Reading.NONE:
                readings.setdefault(user.id, reading)
        wanted = list(readings.items())
        registered = dict(zip(readings, self.methods(wanted, deadline), strict=True))
        return [_snapshot(found[target], registered) for target in targets]

    def _read_one(self, target: Target, wants: Callable[[Target, User], Reading], deadline: Deadline) -> Snapshot:
        """User and phone methods asked for together, by the same name; where that fails, one after the other."""
        calls = [self._users.call(target), methods_call(user_path(target), Reading.PHONES)]
        user_answer, methods_answer = self._client.send(calls, lambda answer: answer, deadline)
        found = self._users.read(user_answer)
        if isinstance(found, Stop):
            return _snapshot(found, {})
        reading = wants(target, found)
        if reading is Reading.NONE:
            return _snapshot(found, {})
        registered = read_methods(methods_answer)
        if isinstance(registered, Stop) or reading is not Reading.PHONES:
            (registered,) = self.methods([(found.id, reading)], deadline)
        return _snapshot(found, {found.id: registered})

    def methods(self, users: Sequence[tuple[str, Reading]], deadline: Deadline) -> list[Registered | Stop]:
        return list_methods(self._client, users, deadline)

    def write(self, writes: Sequence[tuple[str, Change]], deadline: Deadline) -> list[Outcome]:
        return write_changes(self._client, writes, deadline)


def _snapshot(found: User | Stop, registered: dict[str, Registered | Stop]) -> Snapshot:
    if isinstance(found, Stop):
        return Snapshot(None, stop=found)
    read = registered.get(found.id)
    return Snapshot(found, stop=read) if isinstance(read, Stop) else Snapshot(found, read)
