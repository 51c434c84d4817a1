"""A route of each kind behind the frame: one that the ordinary handshake opens, one that it does not."""

import pytest

from shared.api.frame import WebRequest, WebResponse, answer, authenticate, respond
from shared.deadline import Deadline
from shared.services import Services
from tests.unit.world import HEADERS, World


def ordinary(request: WebRequest, services: Services, cid: str) -> WebResponse:
    authenticate(request, services, Deadline(10))
    return answer(200, {"correlationId": cid}, "application/json")


def explicit(request: WebRequest, services: Services, cid: str) -> WebResponse:
    authenticate(request, services, Deadline(10), explicit=True)
    return answer(200, {"correlationId": cid}, "application/json")


ROUTES = pytest.mark.parametrize("work", [ordinary, explicit], ids=["ordinary", "explicit"])


def send(world: World, work: object, headers: dict[str, str] | None = None, raw: bytes = b"") -> WebResponse:
    sent = WebRequest(raw, HEADERS if headers is None else headers)
    return respond(sent, world.services, work)  # type: ignore[arg-type]
