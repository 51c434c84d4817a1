"""Lists of Graph in pages: $top, $skiptoken and @odata.nextLink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .exchange import Json, Refused
from .graph_call import Answer, GraphCall
from .tenant import Tenant

T = TypeVar("T")

MAX_PAGE = 999


def page(tenant: Tenant, call: GraphCall, context: str, everything: Sequence[T], show: Callable[[T], Json]) -> Answer:
    """The page of a list that the call asks for."""
    start, size = _window(tenant, call)
    body: Json = {"@odata.context": context}
    if start + size < len(everything):
        kept = [
            part
            for part in call.target.partition("?")[2].split("&")
            if part and not part.lower().startswith(("$skiptoken", "%24skiptoken"))
        ]
        path = call.target.partition("?")[0]
        body["@odata.nextLink"] = f"https://{call.host}{path}?{'&'.join([*kept, f'$skiptoken=sandbox-{start + size}'])}"
    return Answer(200, {**body, "value": [show(item) for item in everything[start : start + size]]})


def _window(tenant: Tenant, call: GraphCall) -> tuple[int, int]:
    try:
        size = int(call.query.get("$top", tenant.switches.page_size))
        start = int(call.query.get("$skiptoken", "sandbox-0").removeprefix("sandbox-"))
    except ValueError:
        raise Refused(400, "BadRequest", "Invalid page size or skip token specified.") from None
    if not 1 <= size <= MAX_PAGE:
        raise Refused(400, "BadRequest", f"Invalid page size specified: '{size}'. Must be between 1 and 999 inclusive.")
    return start, size
