"""A route of each kind behind the frame: one that the ordinary handshake opens, one that it does not."""

import pytest

from shared.api.frame import Call, WebRequest, WebResponse, answer, respond
from shared.settings.callers import Right
from tests.unit.world import HEADERS, World


def ordinary(call: Call) -> WebResponse:
    call.need(Right.RECONCILE)
    return answer(200, {"correlationId": call.cid}, "application/json")


def explicit(call: Call) -> WebResponse:
    call.need(Right.EXPLICIT)
    return answer(200, {"correlationId": call.cid}, "application/json")


ROUTES = pytest.mark.parametrize("work", [ordinary, explicit], ids=["ordinary", "explicit"])


def send(world: World, work: object, headers: dict[str, str] | None = None, raw: bytes = b"") -> WebResponse:
    sent = WebRequest(raw, HEADERS if headers is None else headers)
    return respond(sent, world.services, work)  # type: ignore[arg-type]
