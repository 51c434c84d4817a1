"""Whether anybody in the directory has a value in an attribute.

An attribute that a user's answer does not hold is not known to be empty. Graph selects `extension_…` names that do not
exist without an error (msgraph-sdk-dotnet, issue 1181), and shows a value only under the spelling with which it was
written (microsoft-graph-docs, issue 16908): with a wrongly spelt name everybody would look empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import TypeVar
from urllib.parse import quote

from shared.core.codes import Code
from shared.core.models import Method, Stop, User
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.attributes import ABSENT, filter_of, held, is_numbered, select_of, text_of
from shared.microsoft.graph.calls import Answer, Call
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import graph_said, said, stop_for
from shared.settings.table import ATTRIBUTE_SETTINGS

K = TypeVar("K")

# The question takes this time at most, and no more than a quarter of what is left: others are about all methods.
_LIMIT_S, _SHARE = 10.0, 4
# So many users are asked for: one of them may have lost the value since Graph's index was made.
_MOST = 10
# What Graph answers where it does not filter on a property, or not like this.
_CANNOT = (400, 404, 405, 501)


class Holders(Enum):
    SOMEBODY = "somebody"
    NOBODY = "nobody"
    UNTOLD = "untold"


def holders_call(name: str) -> Call:
    """Asks for a few users who have a value in it, and for the value."""
    path = f"/users?$filter={quote(filter_of(name), safe='')}&$count=true&$top={_MOST}&{select_of([name])}"
    return Call("GET", path, alone=True, is_eventual=True)


def read_holders(answer: Answer, name: str) -> Holders:
    """A user whose value is not shown is none: the filter may not mind the spelling."""
    if not answer.ok:
        return Holders.NOBODY if _is_unknown(answer, name) else Holders.UNTOLD
    values = answer.body.get("value")
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        return Holders.UNTOLD
    if any(is_held(value, name) for value in values):
        return Holders.SOMEBODY
    # A page may be empty and not the last one (Graph docs, "Paging Microsoft Graph data").
    return Holders.UNTOLD if not values and "@odata.nextLink" in answer.body else Holders.NOBODY


def is_held(body: Mapping[str, object], name: str) -> bool:
    """Whether this user has a value in it."""
    return _is_value(held(body, name))


def _is_value(found: object) -> bool:
    return found is not ABSENT and found not in (None, [])


def _is_unknown(answer: Answer, name: str) -> bool:
    """Whether Graph refuses the name. It says so of extensionAttribute1 to 15 too, where it does not take the query for
    an advanced one (msgraph-sdk-php, issue 329); these exist."""
    told = said(answer) if answer.status == 400 and not is_numbered(name) else ""
    return f"'{name}'" in told and ("does not exist as a declared property" in told or "property named" in told)


class AbsentAttributes:
    """What becomes of attributes that answers do not hold, where an empty one removes its method: they count as empty
    when a value was seen under their name, in an answer of this process or by asking for one. Shared by all threads."""

    def __init__(self, client: GraphClient, attributes: Mapping[Method, str], *, are_doubted: bool) -> None:
        """`are_doubted`: an empty attribute removes its method."""
        self._client, self._attributes = client, attributes
        # Names that count as somebody's; where nothing is removed, all.
        self._seen = set(() if are_doubted else attributes.values())
        self._doubts = {name: _doubt(name, "") for name in attributes.values()} if are_doubted else {}

    def value(self, body: Mapping[str, object], method: Method) -> str | Stop | None:
        """The attribute of a method; a doubt, which `settled` has to look at, in place of one that is absent."""
        name = self._attributes[method]
        value = held(body, name)
        if _is_value(value):
            self._seen.add(name)
        if value is not ABSENT:
            return text_of(value, name, method)
        return None if name in self._seen else self._doubts[name]

    def is_settled(self, user: User) -> bool:
        return not self._doubted([user])

    def settled(self, users: Mapping[K, User | Stop], deadline: Deadline) -> dict[K, User | Stop]:
        """The users without doubts. Raises ConfigurationError if nobody has a value under a name that is doubted. Where
        Graph does not tell, the attribute is a Stop, so that its method stays."""
        doubted = self._doubted(user for user in users.values() if isinstance(user, User))
        if not doubted:
            return dict(users)
        known = self._ask([name for name in doubted if name not in self._seen], deadline)

        def settle(value: str | Stop | None) -> str | Stop | None:
            name = next((name for name in doubted if value is self._doubts[name]), None)
            return value if name is None else known.get(name)

        return {
            key: replace(user, attributes={method: settle(value) for method, value in user.attributes.items()})
            if isinstance(user, User)
            else user
            for key, user in users.items()
        }

    def _doubted(self, users: Iterable[User]) -> list[str]:
        if not self._doubts:
            return []
        values = [value for user in users for value in user.attributes.values() if isinstance(value, Stop)]
        return [name for name, doubt in self._doubts.items() if any(value is doubt for value in values)]

    def _ask(self, names: list[str], deadline: Deadline) -> dict[str, Stop]:
        """Why it is not known of some whether anybody has a value."""
        share = Deadline(min(_LIMIT_S, deadline.remaining() / _SHARE))
        answers = self._client.ask([holders_call(name) for name in names], share)
        untold: dict[str, Stop] = {}
        for name, answer in zip(names, answers, strict=True):
            match read_holders(answer, name):
                case Holders.SOMEBODY:
                    self._seen.add(name)
                case Holders.NOBODY:
                    raise self._nobody(name, answer)
                case Holders.UNTOLD:
                    cannot = answer.status in _CANNOT or answer.ok
                    untold[name] = _doubt(name, graph_said(answer)) if cannot else stop_for(answer, f"reading {name}")
        return untold

    def _nobody(self, name: str, answer: Answer) -> ConfigurationError:
        settings = ", ".join(ATTRIBUTE_SETTINGS[method] for method, other in self._attributes.items() if other == name)
        told = f" Microsoft Graph: {said(answer)[:300]!r}" if not answer.ok else ""
        return ConfigurationError(
            f"{settings} names an attribute in which nobody has a value ({name}). With ON_EMPTY=remove everybody would "
            f"lose a method. Spell it exactly as in the directory, including capitals.{told}"
        )


def _doubt(name: str, told: str) -> Stop:
    because = f" ({told})" if told else ""
    return Stop(
        Code.GRAPH_ERROR,
        f"Not removed: Microsoft Graph shows no {name} for this user and does not say whether anybody has a value "
        f"there{because}, so the name may be misspelled.",
    )
