"""The lists of the guards: where each is read, for how long it holds, and what a refusal means."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from shared.core.check.seen import SeenToken
from shared.core.grants import READ_GROUPS, READ_ROLES, way_out
from shared.core.models import Stop
from shared.errors import ConfigurationError
from shared.log import get_logger
from shared.microsoft.graph import paths
from shared.microsoft.graph.failures import stop_for
from shared.microsoft.graph.ids import ObjectIds
from shared.microsoft.graph.listing import Listing, Reading

# How old a list may be when a request or an activity begins.
KEEP_S = 60.0
KEEP_ALLOWED_S = 600.0

_log = get_logger(__name__)


@dataclass(slots=True)
class _Attempt:
    """A reading of the list, from its first page on. `continued_at`: when more of it was asked for."""

    began_at: float
    continued_at: float
    ids: ObjectIds = field(default_factory=ObjectIds)
    reading: Reading = field(default_factory=Reading)


@dataclass(slots=True, eq=False)
class GuardList:
    """`fill` begins the reading of a list. `way_out`: what to do about a refusal; it is given the token of a 403.
    `goes_on`: one that takes longer than a request has time is continued by the next one, and its age counts from the
    end."""

    setting: str
    doing: str
    way_out: Callable[[SeenToken | None], str]
    fill: Callable[[Reading, ObjectIds], None]
    keep_s: float = KEEP_S
    may_be_empty: bool = True
    goes_on: bool = False
    ids: ObjectIds = field(default_factory=ObjectIds)
    _read_at: float | None = None
    _attempt: _Attempt | None = None

    def is_due(self, asked_at: float) -> bool:
        """By the time at which the reading began: what was changed since may not be in it."""
        return self._read_at is None or asked_at - self._read_at > self.keep_s

    def begin(self) -> Reading:
        now = time.monotonic()
        attempt = self._attempt
        if attempt is None or now - attempt.continued_at > self.keep_s:
            attempt = self._attempt = _Attempt(now, now)
            self.fill(attempt.reading, attempt.ids)
        attempt.continued_at = now
        attempt.reading.go_on()
        return attempt.reading

    def settle(self, token: SeenToken | None) -> ObjectIds | Stop:
        """What the reading with this token came to. Raises ConfigurationError."""
        attempt = self._attempt
        if attempt is None:
            raise ValueError("no reading has begun")
        failure = attempt.reading.failure
        if failure is None or not self.goes_on or failure.status in (400, 403, 404):
            self._attempt = None
        if failure is not None and failure.status in (400, 403, 404):
            told = f"{self.setting}: Microsoft Graph answered {failure.status} while {self.doing}."
            raise ConfigurationError(f"{told} {self.way_out(token if failure.status == 403 else None)}")
        if failure is not None:
            return stop_for(failure, self.doing)
        if attempt.reading.is_endless:
            raise ConfigurationError(f"{self.setting}: more than a million entries came while {self.doing}")
        if not len(attempt.ids) and not self.may_be_empty:
            raise ConfigurationError(f"{self.setting}: no user is a member of the group: it would protect nobody")
        if self._read_at is None or len(attempt.ids) != len(self.ids):
            _log.info("%s: %d ids are known", self.setting, len(attempt.ids))
        self.ids, self._read_at = attempt.ids, time.monotonic() if self.goes_on else attempt.began_at
        return self.ids


def protected_group(group_id: str) -> GuardList:
    setting = "PROTECTED_GROUP_ID"
    return GuardList(setting, "reading the protected group", _group, _members(group_id), may_be_empty=False)


def allowed_group(group_id: str) -> GuardList:
    setting, doing = "ALLOWED_GROUP_ID", "reading the group whose members may be changed"
    return GuardList(setting, doing, _group, _members(group_id), KEEP_ALLOWED_S, goes_on=True)


def administrators() -> GuardList:
    setting, doing = "PROTECT_ADMINISTRATORS", "reading who holds a directory role"
    return GuardList(setting, doing, _permissions, _administrators)


def _group(_: SeenToken | None) -> str:
    """Whoever is a member of the tenant reads groups without a role (Graph docs, "List group members")."""
    return "Does the group exist, and does the app have the permission GroupMember.Read.All?"


def _permissions(token: SeenToken | None) -> str:
    return way_out(token, READ_ROLES, READ_GROUPS)


def _members(group_id: str) -> Callable[[Reading, ObjectIds], None]:
    def fill(reading: Reading, ids: ObjectIds) -> None:
        reading.listings.append(_members_of(group_id, ids))

    return fill


def _administrators(reading: Reading, ids: ObjectIds) -> None:
    """Any role in any scope. Who holds one through a group is a member of that group, which is role-assignable."""

    def take_principal(entry: Mapping[str, object]) -> None:
        ids.add(str(entry.get("principalId")))

    def take_group(entry: Mapping[str, object]) -> None:
        group_id = str(UUID(str(entry.get("id"))))
        owners = Listing(f"/groups/{group_id}/owners?$select=id", _taker(ids))
        reading.listings += [_members_of(group_id, ids), owners]

    reading.listings += [
        Listing(f"{paths.ROLE_ASSIGNMENTS}?$select=principalId", take_principal),
        Listing(f"{paths.ELIGIBLE_ROLES}?$select=principalId", take_principal, nothing=paths.NO_LICENCE),
        Listing(paths.ROLE_GROUPS, take_group),
    ]


def _members_of(group_id: str, ids: ObjectIds) -> Listing:
    return Listing(paths.members_of(group_id), _taker(ids))


def _taker(ids: ObjectIds) -> Callable[[Mapping[str, object]], None]:
    """Takes users; groups, devices and apps may be members and owners too."""

    def take(entry: Mapping[str, object]) -> None:
        if entry.get("@odata.type", paths.USER) == paths.USER:
            ids.add(str(entry.get("id")))

    return take
