"""Users: from what the caller named to user objects, with the attributes that hold the values.

Many are resolved by `$filter=userPrincipalName in (…)`; where Graph refuses that, or does not show a user that way (new
users appear late in it), the user is asked for singly before being called not found.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from shared.core.codes import Code
from shared.core.models import Method, Stop, Target, User, fold
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.log import get_logger
from shared.microsoft.graph.attributes import select_of, unknown_properties
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import error_code, said, stop_for
from shared.microsoft.graph.holders import AbsentAttributes
from shared.microsoft.graph.listing import objects_in
from shared.settings.table import ATTRIBUTE_SETTINGS

# Graph takes about this many values in one `in`; the figure is not documented. Guess: 15, as for `or` clauses.
NAMES_IN_A_FILTER = 15
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DOING = "reading the user"
# How Graph says that it does not do what it was asked in this form.
_NOT_SO = (400, 501)
# How a filter is refused for its own sake, or for that of one name in it; the others speak of the caller, or will pass.
_REFUSES_FILTERS = {*range(400, 500), 501} - {401, 403, 408, 423, 429}
_LOST = Answer(Fate.LOST)
RESTRICTED = "isManagementRestricted"
ENABLED = "accountEnabled"
_CREATION = "creationType"
# In place of a user whom Graph did not want to show with `RESTRICTED`.
_REFUSED = Stop(Code.GRAPH_ERROR, f"Microsoft Graph refused to show {RESTRICTED} for this user. Send the user again.")
# How long it counts that Graph was found to refuse `RESTRICTED`, or to tell it.
AGAIN_S = 300.0

Found = dict[Target, User | Stop]
Seen = Callable[[Target, User], None]

_log = get_logger(__name__)


class UserReader:
    """Reads users, by name or by object id, with the attributes that say what a method should hold."""

    def __init__(
        self,
        client: GraphClient,
        attributes: Mapping[Method, str],
        *,
        asks_restricted: bool = False,
        asks_invited: bool = False,
        removes_empty: bool = False,
    ) -> None:
        """`asks_restricted`: who is in a restricted management administrative unit has to be known, if Graph tells.
        `asks_invited`: so does who was invited from another tenant. `removes_empty`: an empty attribute removes its
        method."""
        self._client = client
        self._attributes = attributes
        self._absent = AbsentAttributes(client, attributes, are_doubted=removes_empty)
        # Until when `RESTRICTED` is not asked for in lists, and not at all; until when Graph counts as telling it.
        self._singly_until = float("-inf")
        self._untold_until = float("-inf") if asks_restricted else float("inf")
        self._tells_until = float("-inf")
        self.names = ",".join(f"{method}={name}" for method, name in sorted(attributes.items()))
        self.select = select_of([*attributes.values(), *((_CREATION,) if asks_invited else ())])

    def find(self, targets: Sequence[Target], deadline: Deadline, seen: Seen = lambda *_: None) -> Found:
        """A user, or why there is none, for every target. `seen` is told of most users while others are still awaited:
        what it does with them takes no time of its own. Raises ConfigurationError as `settled` does."""
        lists = not self._asks() or time.monotonic() >= self._singly_until
        named = [target for target in targets if target.upn is not None and lists]
        found = self._by_filter(named, deadline, seen)
        found |= self._singly([target for target in targets if target not in found], deadline)
        return self.settled(found, deadline)

    def _by_filter(self, targets: Sequence[Target], deadline: Deadline, seen: Seen) -> Found:
        """Those that the filter shows, and those who cannot be asked for; the rest has to be asked for singly."""
        groups = [targets[i : i + NAMES_IN_A_FILTER] for i in range(0, len(targets), NAMES_IN_A_FILTER)]
        calls = [Call("GET", self._filter_path(group)) for group in groups]
        keys = {target: _key(target) for target in targets}
        asked = {key: target for target, key in keys.items()}

        def read(answer: Answer) -> dict[str, User] | Stop:
            users = self._read_many(answer)
            if not isinstance(users, Stop):
                for key in users.keys() & asked.keys():
                    if self._absent.is_settled(users[key]):
                        seen(asked[key], users[key])
            return users

        answers = self._client.send(calls, read, deadline)
        # One user may spoil the answer for the fourteen others. If no group gets through at all, it is not that.
        may_be_one = len(groups) == 1 or any(not isinstance(users, Stop) for users in answers)
        found: Found = {}
        for group, users in zip(groups, answers, strict=True):
            if isinstance(users, Stop):
                is_spoilt = users.code is Code.GRAPH_UNAVAILABLE and users.cause is None
                found |= {} if is_spoilt and may_be_one else dict.fromkeys(group, users)
            else:
                found |= {target: users[keys[target]] for target in group if keys[target] in users}
        return found

    def _singly(self, targets: Sequence[Target], deadline: Deadline) -> Found:
        calls = [self.call(target) for target in targets]
        return dict(zip(targets, self._client.send(calls, self.read, deadline), strict=True))

    def call(self, target: Target) -> Call:
        """Asks for one user."""
        return Call("GET", f"{user_path(target)}?{self.selected()}")

    def read(self, answer: Answer) -> User | Stop:
        """The answer to `call`; `settled` has to look at it."""
        if not answer.ok:
            is_refused = self._asks() and refuses_restricted(answer)
            return self.unknown_attribute(answer) or (_REFUSED if is_refused else stop_for(answer, _DOING))
        return (self.user(answer.body) if self._is_told(answer.body) else None) or stop_for(_LOST, _DOING)

    def settled(self, found: Found, deadline: Deadline) -> Found:
        """What was read, with nothing open, and of nobody else than who was asked for. Raises ConfigurationError if an
        attribute that is absent is nobody's."""
        found = self._absent.settled(self._with_refused(found, deadline), deadline)
        return {target: user if _is_of(user, target) else stop_for(_LOST, _DOING) for target, user in found.items()}

    def _with_refused(self, found: Found, deadline: Deadline) -> Found:
        """Asks once more where Graph refused what only the guard of administrators wants. If it does so again, and has
        told it of nobody lately, it is the property that Graph refuses: users are asked for without it for AGAIN_S."""
        refused = [target for target, user in found.items() if user is _REFUSED]
        found = found | self._singly(refused, deadline)
        again = [target for target in refused if found[target] is _REFUSED]
        if not again or self._tells():
            return found
        calls = [Call("GET", f"{user_path(target)}?{self.select}") for target in again]
        users = self._client.send(calls, self._read_plain, deadline)
        if self._asks() and any(isinstance(user, User) for user in users):
            self._untold_until = time.monotonic() + AGAIN_S
            _log.warning(
                "Microsoft Graph does not show %s: users in restricted management administrative units are not "
                "protected by PROTECT_ADMINISTRATORS",
                RESTRICTED,
            )
        return found | dict(zip(again, users, strict=True))

    def _asks(self) -> bool:
        return time.monotonic() >= self._untold_until

    def _tells(self) -> bool:
        return time.monotonic() < self._tells_until

    def _is_told(self, body: Mapping[str, object]) -> bool:
        """False for a user without `RESTRICTED`, though it was asked for and Graph does tell it. Most users have null
        (Graph docs, "user resource type"). That the property may be left out is not documented."""
        if RESTRICTED in body:
            self._tells_until = time.monotonic() + AGAIN_S
        return RESTRICTED in body or not (self._asks() and self._tells())

    def _read_plain(self, answer: Answer) -> User | Stop:
        user = self.user(answer.body) if answer.ok else None
        return user or self.unknown_attribute(answer) or stop_for(answer if not answer.ok else _LOST, _DOING)

    def selected(self) -> str:
        """$select of all that is read of a user."""
        return f"{self.select},{RESTRICTED}" if self._asks() else self.select

    def _read_many(self, answer: Answer) -> dict[str, User] | Stop:
        """Users by userPrincipalName in lower case; none where the filter itself was refused."""
        if answer.ok:
            users = [self.user(value) for value in objects_in(answer.body) if self._is_told(value)]
            return {fold(user.upn): user for user in users if user is not None}
        if answer.status in _REFUSES_FILTERS:
            if self._asks() and refuses_restricted(answer):
                self._singly_until = time.monotonic() + AGAIN_S
            return self.unknown_attribute(answer) or {}
        return stop_for(answer, _DOING)

    def unknown_attribute(self, answer: Answer) -> Stop | None:
        """Graph refuses to select one of the attributes."""
        wrong = unknown_properties(answer, self._attributes.values())
        if not wrong:
            return None
        settings = ", ".join(ATTRIBUTE_SETTINGS[method] for method, name in self._attributes.items() if name in wrong)
        # The sentence is about the property. It goes to the log alone.
        cause = ConfigurationError(f"{settings} names no attribute of a user. Microsoft Graph: {said(answer)[:300]!r}")
        return Stop(Code.GRAPH_ERROR, "The attribute that the webhook is set to read does not exist.", cause)

    def _filter_path(self, group: Sequence[Target]) -> str:
        names = ",".join(f"'{_quoted(target.upn or '')}'" for target in group)
        return f"/users?$filter=userPrincipalName%20in%20({names})&{self.selected()}"

    def user(self, body: Mapping[str, object]) -> User | None:
        """None for what is no user; `settled` has to look at it."""
        user_id, upn = body.get("id"), body.get("userPrincipalName")
        if not isinstance(user_id, str) or not _GUID.fullmatch(user_id) or not isinstance(upn, str):
            return None
        location = body.get("usageLocation")
        return User(
            user_id.lower(),
            upn,
            {method: self._absent.value(body, method) for method in self._attributes},
            location.upper() if isinstance(location, str) else None,
            body.get("onPremisesSyncEnabled") is True,
            body.get(RESTRICTED) not in (None, False),
            body.get(_CREATION) == "Invitation",
        )


def refuses_restricted(answer: Answer) -> bool:
    """Whether Graph says that it does not select `RESTRICTED`: it names a property that it does not have, and answers
    501 NotImplemented for one that it does not show (microsoft-graph-docs-contrib, issue 5637)."""
    if answer.status == 501 and (error_code(answer) or "").lower() == "notimplemented":
        return True
    return answer.status in _NOT_SO and RESTRICTED.lower() in said(answer).lower()


def _quoted(name: str) -> str:
    """For a string in a filter. Signs that may stand in a query (RFC 3986) are left: most names have no others, and
    need not be taken apart."""
    return quote(name.replace("'", "''"), safe="'@")


def user_path(target: Target) -> str:
    """Where the user is, as the caller named it, percent-encoded."""
    name = target.upn or target.id or ""
    if name.startswith("$"):
        # Graph refuses a plain path segment that begins with $ (Graph docs, "Get a user").
        return f"/users('{quote(name.replace(chr(39), chr(39) * 2), safe='')}')"
    return f"/users/{quote(name, safe='')}"


def _is_of(found: User | Stop, target: Target) -> bool:
    """Whether it may be what was asked for. A proxy, or ids mixed up in a batch, could show another user. How Graph
    compares other letters than ASCII is not documented, so names with these are not compared."""
    if isinstance(found, Stop):
        return True
    if target.upn is None:
        return found.id == fold(target.id or "")
    if found.upn == target.upn:
        return True
    return fold(found.upn) == _key(target) or not (found.upn + target.upn).isascii()


def _key(target: Target) -> str:
    return fold(target.upn or "")
