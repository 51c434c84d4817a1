"""Reads a few things of the directory for a check, in a few exchanges: probes as data, most of them sent in a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from shared.core.check.seen import SeenDirectory, SeenList, SeenMethods, SeenPolicy, Trouble
from shared.core.models import ReadScope
from shared.core.phone import MASK
from shared.deadline import Deadline
from shared.microsoft.graph import paths
from shared.microsoft.graph.attributes import select_of, unknown_properties
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import error_code, graph_said
from shared.microsoft.graph.holders import Holders, holders_call, is_held, read_holders
from shared.microsoft.graph.listing import objects_in
from shared.microsoft.graph.methods import Page, methods_call, read_page

T = TypeVar("T")

# So many users are looked at: one may have no number, or be out of reach.
FEW = 5
_SMS, _VOICE, _USERS, _PROTECTED, _ALLOWED = "sms", "voice", "users", "protected", "allowed"
_ADMINISTRATORS = {
    "active": f"{paths.ROLE_ASSIGNMENTS}?$select=principalId",
    "eligible": f"{paths.ELIGIBLE_ROLES}?$select=principalId",
    "assignable": paths.ROLE_GROUPS,
}


@dataclass(frozen=True, slots=True)
class Examiner:
    """`attributes`: names of the source attributes. `asks_administrators`: who is one has to be known."""

    client: GraphClient
    attributes: tuple[str, ...]
    protected_group_id: str | None
    allowed_group_id: str | None
    asks_administrators: bool
    asks_all_methods: bool

    def __call__(self, deadline: Deadline) -> SeenDirectory:
        answers = self._send(self._first(), deadline)
        users, unknown = answers[_USERS], list[str]()
        # Graph names one unknown attribute at a time.
        while new := [name for name in unknown_properties(users, self.attributes) if name not in unknown]:
            unknown += new
            users = self._send({_USERS: self._users(unknown)}, deadline)[_USERS]
        ids = _ids(users)
        more = self._send(self._second(ids), deadline) if ids else {}
        holders = self._holders(objects_in(users.body), unknown, deadline) if ids else {}
        methods = [more[user_id] for user_id in ids if user_id in more]
        return SeenDirectory(
            users=len(ids) if users.ok else _trouble(users),
            unknown=tuple(unknown),
            unheld=tuple(name for name, found in holders.items() if found is Holders.NOBODY),
            untold=tuple(name for name, found in holders.items() if found is Holders.UNTOLD),
            methods=self._methods(methods) if methods else None,
            all_methods=_trouble_in(more.get("all")),
            restricted=_trouble_in(more.get("restricted")),
            protected_group=_read(answers.get(_PROTECTED), _members),
            allowed_group=_read(answers.get(_ALLOWED), _members),
            administrators=_administrators([answers[name] for name in _ADMINISTRATORS if name in answers]),
            sms=_read(answers.get(_SMS), _policy),
            voice=_read(answers.get(_VOICE), _policy),
        )

    def _holders(self, users: list[Mapping[str, object]], without: list[str], deadline: Deadline) -> dict[str, Holders]:
        """Whether anybody has a value in the attributes in which none of the users looked at has one."""
        names = [
            name for name in self.attributes if name not in without and not any(is_held(user, name) for user in users)
        ]
        answers = self.client.ask([holders_call(name) for name in names], deadline)
        return {name: read_holders(answer, name) for name, answer in zip(names, answers, strict=True)}

    def _first(self) -> dict[str, str]:
        groups = {_PROTECTED: self.protected_group_id, _ALLOWED: self.allowed_group_id}
        return {
            _USERS: self._users([]),
            **{name: paths.members_of(id) for name, id in groups.items() if id},
            **(_ADMINISTRATORS if self.asks_administrators else {}),
            **{name: f"{paths.POLICIES}/{name}" for name in (_SMS, _VOICE)},
        }

    def _second(self, ids: list[str]) -> dict[str, str]:
        probes = {user_id: methods_call(f"/users/{user_id}", ReadScope.PHONES).path for user_id in ids}
        if self.asks_all_methods:
            probes["all"] = methods_call(f"/users/{ids[0]}", ReadScope.ALL).path
        if self.asks_administrators:
            probes["restricted"] = f"/users/{ids[0]}?$select=id,isManagementRestricted"
        return probes

    def _users(self, without: list[str]) -> str:
        return f"/users?{select_of([name for name in self.attributes if name not in without])}&$top={FEW}"

    def _send(self, probes: Mapping[str, str], deadline: Deadline) -> dict[str, Answer]:
        calls = [Call("GET", path) for path in probes.values()]
        return dict(zip(probes, self.client.ask(calls, deadline), strict=True))

    def _methods(self, answers: list[Answer]) -> SeenMethods | Trouble:
        unreadable = [answer for answer in answers if not answer.ok]
        refused = [answer for answer in unreadable if answer.status == 403]
        if len(unreadable) == len(answers) and not refused:
            return _trouble(unreadable[0])
        pages = [read_page(self.client, answer) for answer in answers if answer.ok]
        numbers = [phone.number.in_clear for page in pages if isinstance(page, Page) for phone in page.current.phones]
        masked = sum(MASK.search(number) is not None for number in numbers)
        said = graph_said(refused[0]) if refused else ""
        return SeenMethods(len(pages), len(refused), len(numbers), masked, said)


def _read(answer: Answer | None, understand: Callable[[Mapping[str, object]], T]) -> T | Trouble | None:
    if answer is None:
        return None
    return understand(answer.body) if answer.ok else _trouble(answer)


def _trouble_in(answer: Answer | None) -> Trouble | None:
    return None if answer is None or answer.ok else _trouble(answer)


def _trouble(answer: Answer) -> Trouble:
    if answer.fate is Fate.ANSWERED:
        return Trouble(graph_said(answer), answer.status)
    return Trouble(answer.detail or str(answer.fate))


def _ids(answer: Answer) -> list[str]:
    return [str(value["id"]) for value in objects_in(answer.body) if answer.ok and value.get("id")]


def _members(body: Mapping[str, object]) -> SeenList:
    users = sum(value.get("@odata.type", paths.USER) == paths.USER for value in objects_in(body))
    return SeenList(users, bool(body.get("@odata.nextLink")))


def _administrators(answers: list[Answer]) -> SeenList | Trouble | None:
    if not answers:
        return None
    for answer in answers:
        if not answer.ok and error_code(answer) != paths.NO_LICENCE:
            return _trouble(answer)
    return SeenList(sum(len(objects_in(answer.body)) for answer in answers if answer.ok))


def _policy(body: Mapping[str, object]) -> SeenPolicy:
    targets = body.get("includeTargets")
    ids = [target.get("id") for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
    return SeenPolicy(body.get("state") == "enabled", "all_users" in ids and not body.get("excludeTargets"))
