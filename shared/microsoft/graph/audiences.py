"""Whom the tenant's policy lets use SMS and voice, and who is or may become a Global Administrator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.grants import READ_GROUPS, READ_POLICY, READ_ROLES, way_out
from shared.core.models import Stop
from shared.core.survey.tenant import GLOBAL_ADMINISTRATOR, Audience, Note, Tenant
from shared.deadline import Deadline
from shared.microsoft.graph import paths
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import graph_said, stop_for
from shared.microsoft.graph.listing import Listing, Reading, read_to_the_end

_ALL_USERS = "all_users"
_CHANNELS = ("sms", "voice")


@dataclass(slots=True)
class _Targets:
    """Groups and users of a policy; those that are excluded count for more. `users`: which of them are users. Graph
    docs, "authenticationMethodTarget": no longer recommended, and kept where they are."""

    includes: list[str] = field(default_factory=list)
    excludes: list[str] = field(default_factory=list)
    users: frozenset[str] = frozenset()


class _Away(Exception):
    """An answer that may be another one later."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.message)
        self.stop = stop


def read_tenant(client: GraphClient, deadline: Deadline) -> Tenant | Stop:
    """Both, as far as Graph tells; the notes say what it does not. A Stop: it may at another time."""
    reader = _Reader(client, deadline)
    try:
        audiences = reader.audiences()
        administrators = reader.administrators()
    except _Away as away:
        return away.stop
    return Tenant(audiences["sms"], audiences["voice"], administrators, tuple(reader.notes))


class _Reader:
    def __init__(self, client: GraphClient, deadline: Deadline) -> None:
        self._client, self._deadline = client, deadline
        self.notes: list[Note] = []

    def audiences(self) -> dict[str, Audience | None]:
        calls = [Call("GET", f"{paths.POLICIES}/{name}") for name in _CHANNELS]
        answers = self._client.ask(calls, self._deadline)
        doing = "reading the authentication methods policy"
        refused = next((answer for answer in answers if not answer.ok), None)
        if refused is not None:
            columns = ("smsPolicy", "voicePolicy", "retiresOn")
            self._note(refused, columns, doing, READ_POLICY)
            return dict.fromkeys(_CHANNELS)
        targets = {name: _targets(answer.body) for name, answer in zip(_CHANNELS, answers, strict=True)}
        named = [group for each in targets.values() for group in (*each.includes, *each.excludes)]
        users = frozenset[str]().union(*(each.users for each in targets.values()))
        members = self._members([group for group in dict.fromkeys(named) if group not in {_ALL_USERS, *users}])
        if members is None:
            return dict.fromkeys(_CHANNELS)
        members |= {user: {user} for user in users}
        return {name: _audience(each, members) for name, each in targets.items()}

    def _members(self, groups: Sequence[str]) -> dict[str, set[str]] | None:
        """Of each group; nobody of one that does not exist any more. None: Graph does not tell, and a note says so."""
        doing = "reading the groups of the authentication methods policy"
        members, refused = self._listed(groups)
        if refused is None:
            return members
        self._note(refused, ("smsPolicy", "voicePolicy", "retiresOn"), doing, READ_GROUPS)
        return None

    def administrators(self) -> Audience | None:
        holders: set[str] = set()
        assignable: set[str] = set()
        is_that = f"$filter=roleDefinitionId%20eq%20'{GLOBAL_ADMINISTRATOR}'&$select=principalId"
        lists = [
            Listing(f"{paths.ROLE_ASSIGNMENTS}?{is_that}", _taker(holders, "principalId")),
            Listing(f"{paths.ELIGIBLE_ROLES}?{is_that}", _taker(holders, "principalId"), nothing=paths.NO_LICENCE),
            Listing(paths.ROLE_GROUPS, _taker(assignable, "id")),
        ]
        reading = Reading(lists)
        read_to_the_end(self._client, [reading], self._deadline)
        refused = reading.failure
        members: dict[str, set[str]] = {}
        if refused is None:
            members, refused = self._listed(sorted(holders & assignable))
        if refused is not None:
            doing = "reading who is a Global Administrator"
            self._note(refused, ("retiresOn",), doing, READ_ROLES, READ_GROUPS)
            return None
        return Audience(frozenset(holders.union(*members.values())))

    def _listed(self, groups: Sequence[str]) -> tuple[dict[str, set[str]], Answer | None]:
        """The users in each group, and the answer that kept them from being known."""
        members: dict[str, set[str]] = {group: set() for group in groups}
        readings = [Reading([Listing(paths.members_of(group), _taker(members[group], "id"))]) for group in groups]
        read_to_the_end(self._client, readings, self._deadline)
        failures = (reading.failure for reading in readings)
        return members, next((failure for failure in failures if failure is not None and failure.status != 404), None)

    def _note(self, answer: Answer, columns: tuple[str, ...], doing: str, *needs: tuple[str, ...]) -> None:
        if answer.fate is not Fate.ANSWERED or answer.status not in (400, 403, 404, 501):
            raise _Away(stop_for(answer, doing))
        told = f"Microsoft Graph refused while {doing} ({graph_said(answer)})."
        if answer.status == 403:
            told = f"{told} {way_out(self._client.token_sent(), *needs)}"
        self.notes.append(Note(columns, "permissionMissing" if answer.status == 403 else "graphError", told))


def _targets(policy: Mapping[str, object]) -> _Targets:
    if policy.get("state") != "enabled":
        return _Targets()
    includes, excludes = (_ids(policy.get(name)) for name in ("includeTargets", "excludeTargets"))
    users = (target_id for target_id, kind in (includes | excludes).items() if kind == "user")
    return _Targets(list(includes), list(excludes), frozenset(users))


def _ids(targets: object) -> dict[str, object]:
    """Targets by id, with the type of each."""
    found = [target for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
    return {target["id"].lower(): target.get("targetType") for target in found if isinstance(target.get("id"), str)}


def _audience(targets: _Targets, members: Mapping[str, set[str]]) -> Audience:
    excluded = set[str]().union(*(members[group] for group in targets.excludes if group != _ALL_USERS))
    if _ALL_USERS in targets.excludes:
        return Audience()
    if _ALL_USERS in targets.includes:
        return Audience(frozenset(excluded), everybody=True)
    return Audience(frozenset(set[str]().union(*(members[group] for group in targets.includes)) - excluded))


def _taker(ids: set[str], name: str) -> Callable[[Mapping[str, object]], None]:
    """Takes users, and what has no type."""

    def take(entry: Mapping[str, object]) -> None:
        found = entry.get(name)
        if not isinstance(found, str):
            raise ValueError(f"an entry without {name}")
        if entry.get("@odata.type", paths.USER) == paths.USER:
            ids.add(found.lower())

    return take
