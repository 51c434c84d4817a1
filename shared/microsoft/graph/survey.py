"""`core.survey.graph.Survey` on Microsoft Graph."""

from collections.abc import Iterable, Sequence

from shared.core.models import Current, ReadScope, Stop, Target, User
from shared.core.survey.graph import RegistrationPage
from shared.core.survey.tenant import Note, Tenant
from shared.deadline import Deadline
from shared.microsoft.graph.audiences import read_tenant
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.methods import list_methods
from shared.microsoft.graph.registrations import RegistrationReport, Turns
from shared.microsoft.graph.users import UserReader


class GraphSurvey:
    """`users` reads whether a user was invited, too."""

    def __init__(self, client: GraphClient, users: UserReader) -> None:
        self._client, self._users = client, users
        self._report = RegistrationReport(client, Turns())

    def registrations(self, path: str | None, deadline: Deadline) -> RegistrationPage | Note | Stop:
        found = self._report.page(path, deadline)
        _raise_cause([found])
        return found

    def tenant(self, deadline: Deadline) -> Tenant | Stop:
        found = read_tenant(self._client, deadline)
        _raise_cause([found])
        return found

    def users(self, targets: Sequence[Target], deadline: Deadline) -> list[User | Stop]:
        found = self._users.find(targets, deadline)
        _raise_cause(found.values())
        return [found[target] for target in targets]

    def phones(self, user_ids: Sequence[str], deadline: Deadline) -> list[Current | Stop]:
        found = list_methods(self._client, [(user_id, ReadScope.PHONES) for user_id in user_ids], deadline)
        _raise_cause(found)
        return found


def _raise_cause(found: Iterable[object]) -> None:
    """What is not about one user ends them all: nothing is written here that would have to be told."""
    for each in found:
        if isinstance(each, Stop):
            each.raise_cause()
