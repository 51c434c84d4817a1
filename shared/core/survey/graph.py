"""What the report needs of Microsoft Graph, as a protocol. Lists in, lists of the same order out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.core.models import Current, Stop, Target, User
from shared.core.survey.tenant import Note, Tenant
from shared.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Registration:
    """What Graph's registration report says of one user."""

    user_id: str
    upn: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegistrationPage:
    """`next_path` leads to the next page, None behind the last one."""

    registrations: tuple[Registration, ...]
    next_path: str | None


class Survey(Protocol):
    """A `Stop` says what may pass; a `Note` what asking again would not change. Every method raises ServiceError for a
    trouble that every user shares, such as no access token."""

    def registrations(self, path: str | None, deadline: Deadline) -> RegistrationPage | Note | Stop:
        """One page of the registration report, at the pace that Graph allows. `path` None: the first one."""
        ...

    def tenant(self, deadline: Deadline) -> Tenant | Stop:
        """What holds for the tenant as a whole. Its notes say what Graph does not tell."""
        ...

    def users(self, targets: Sequence[Target], deadline: Deadline) -> list[User | Stop]:
        """In the order of the targets."""
        ...

    def phones(self, user_ids: Sequence[str], deadline: Deadline) -> list[Current | Stop]:
        """The phone methods of each user, in the order of the ids."""
        ...
