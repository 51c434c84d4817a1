"""function_app.py: each kind of request has its own threads; who finds none free and no place to wait is told."""

import asyncio
import json
import threading
import time
from collections.abc import Coroutine
from types import SimpleNamespace

import azure.functions as func
import pytest

import function_app
from sandbox.tenant import SandboxTenant
from shared import wiring
from shared.api.frame import WebRequest, WebResponse, respond
from shared.api.threads import Threads
from shared.core.phone import is_region
from shared.settings import read_settings
from tests.support import HANDSHAKE

# What is left for short lists, whatever long ones take.
SHORT = 32
INVOCATION = SimpleNamespace(invocation_id="invocation-1", thread_local_storage=threading.local())


def request() -> func.HttpRequest:
    url, headers = "https://contoso.example.com/api/set", {"Message": HANDSHAKE}
    return func.HttpRequest(method="POST", url=url, headers=headers, params={}, body=b"")


def test_when_threads_and_queue_are_full_the_answer_is_busy(
    box: SandboxTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "_services", None)
    go_on = threading.Event()

    def work(*_: object) -> WebResponse:
        go_on.wait(10)
        return WebResponse(200, b"", {})

    async def fill() -> list[func.HttpResponse]:
        threads = Threads("test", 1)

        def send() -> Coroutine[None, None, func.HttpResponse]:
            return function_app._served(
                threads, lambda web, services: respond(web, services, work), request(), INVOCATION
            )

        others = [asyncio.create_task(send()) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await send()
        go_on.set()
        return [refused, *await asyncio.gather(*others), await send()]

    refused, *answered = asyncio.run(fill())
    found = json.loads(refused.get_body())
    assert (refused.status_code, found["code"], refused.headers["Retry-After"]) == (503, "busy", "10")
    assert refused.headers["Correlation-Id"] == found["correlationId"]
    assert [response.status_code for response in answered] == [200, 200, 200]


def test_the_time_that_a_request_waits_for_a_thread_counts() -> None:
    arrivals: list[float] = []

    def handle(web: WebRequest, _: object) -> WebResponse:
        arrivals.append(time.monotonic() - web.arrived_at)
        time.sleep(0.2)
        return WebResponse(200, b"", {})

    async def both() -> None:
        threads = Threads("test", 1)
        await asyncio.gather(*(function_app._served(threads, handle, request(), INVOCATION) for _ in range(2)))

    asyncio.run(both())
    assert arrivals[1] > 0.15


def test_long_lists_leave_threads_for_short_ones(box: SandboxTenant) -> None:
    lanes = wiring.build_services(read_settings(box.environment(), is_region)).lanes
    _, threads = function_app._LISTS
    assert threads - lanes.lists.threads - lanes.jobs.threads == SHORT
