"""Graph's delta query of users: who has changed in the selected properties since a token was handed out."""

from __future__ import annotations

import itertools
import json
from typing import TypeVar

from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .graph_users import selected_properties, show_user
from .roles import READ_USERS, check_directory
from .tenant import Tenant
from .tokens import Principal

_OPTIONS = ("$select", "$deltatoken", "$skiptoken")
# Graph docs, "Get a delta": of a token that is too old, or of another query.
_GONE = Refused(410, "syncStateNotFound", "The sync state generation is not found.")


T = TypeVar("T")


class Deltas:
    """The tokens of one tenant. A delta token stands for the users as they were; a skip token for what is still to be
    shown, and the delta token behind it. To let them expire, add a fault: status 410 for `users/delta`."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._states: dict[str, tuple[str, dict[str, str]]] = {}
        self._pages: dict[str, tuple[str, list[Json], str]] = {}

    def answer(self, tenant: Tenant, call: GraphCall, principal: Principal) -> Answer:
        check_directory(principal, READ_USERS)
        query = {name.lower(): value for name, value in call.query.items()}
        for name in query:
            if name not in _OPTIONS:
                # "Supports $select ... no $top, $orderby"; guess: refused rather than ignored.
                raise Refused(400, "Request_UnsupportedQuery", f"The query option {name} is not supported here.")
        selected = selected_properties(call)
        select = ",".join(selected or ())
        if "$skiptoken" in query:
            select, left, token = self._known(self._pages, query["$skiptoken"])
            return self._page(tenant, call, select, left, token)
        asked = query.get("$deltatoken")
        before: dict[str, str] = {}
        if asked not in (None, "latest"):
            select, before = self._known(self._states, str(asked))
            selected = select.split(",")
        now = {user.id: {"id": user.id, **show_user(user, selected)} for user in tenant.users()}
        state = {user_id: json.dumps(shown, sort_keys=True) for user_id, shown in now.items()}
        if asked == "latest":
            return self._page(tenant, call, select, [], self._keep(select, state))
        changed = [shown for user_id, shown in now.items() if before.get(user_id) != state[user_id]]
        gone: list[Json] = [
            {"id": user_id, "@removed": {"reason": "changed"}} for user_id in before.keys() - now.keys()
        ]
        return self._page(tenant, call, select, [*changed, *gone], self._keep(select, state))

    @staticmethod
    def _known(kept: dict[str, T], token: str) -> T:
        if token not in kept:
            raise _GONE
        return kept[token]

    def _keep(self, select: str, state: dict[str, str]) -> str:
        token = f"sandbox-delta-{next(self._numbers)}"
        self._states[token] = (select, state)
        return token

    def _page(self, tenant: Tenant, call: GraphCall, select: str, left: list[Json], token: str) -> Answer:
        size = tenant.switches.page_size
        place = f"https://{call.host}/{call.version}/users/delta"
        body: Json = {"@odata.context": f"{call.url_of_version}/$metadata#users", "value": left[:size]}
        if len(left) > size:
            skip = f"sandbox-skip-{next(self._numbers)}"
            self._pages[skip] = (select, left[size:], token)
            body["@odata.nextLink"] = f"{place}?$skiptoken={skip}"
        else:
            body["@odata.deltaLink"] = f"{place}?$deltatoken={token}"
        return Answer(200, body)
