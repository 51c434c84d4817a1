"""Every line of a request is known to belong to its invocation: the Functions host drops a line that is not."""

import contextvars
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import azure_functions_runtime
import pytest

import function_app
from sandbox.tenant import Fault, SandboxTenant
from shared.log import get_logger
from tests.unit.child import child

REQUESTS = """
import asyncio, json, logging
from pathlib import Path

import azure_functions_runtime
from azure_functions_runtime.bindings import context

from sandbox.host.durable.api import client_binding
from sandbox.host.calls import HttpCall
from sandbox.host.library import Library
from sandbox.host.log_lines import RunningInvocations, create_task

lines = []

class Lookup(logging.Handler):
    def emit(self, record):
        if record.name.startswith("shared"):
            in_thread = getattr(context._invocation_id_local, "invocation_id", None)
            in_context = azure_functions_runtime.invocation_id_cv.get()
            lines.append((record.threadName.partition("_")[0], in_thread is not None, in_thread == in_context))

async def main():
    asyncio.get_running_loop().set_task_factory(create_task)
    await asyncio.create_task(requests())

async def requests():
    worker = Library(Path.cwd(), RunningInvocations())
    await worker.start()
    worker.durable_client = client_binding("http://127.0.0.1:9", "http://127.0.0.1:9", "TestHub", "no-key")
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger().addHandler(Lookup())
    head, upn = {"message": "sandbox-explicit-handshake-not-real"}, "bjorn.berg@contoso.com"
    body = json.dumps([{"userPrincipalName": upn, "mobile": "+46 701740690"}]).encode()
    url = "https://contoso.example.com/api"
    await worker.call_http("reconcile", "req", HttpCall("POST", url, head, {}, {}, json.dumps([upn]).encode()))
    await worker.call_http("set_values", "req", HttpCall("POST", url, head, {}, {}, body))
    route = {"user": upn, "type": "mobile"}
    await worker.call_http("delete_phone_method", "req", HttpCall("DELETE", url, head, {}, route, b""))

asyncio.run(main())
print(json.dumps(lines))
"""


def test_every_line_of_a_request_is_found_by_both_workers(box: SandboxTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_EXPLICIT_VALUES", "true")
    # A thread that sends to Graph says so.
    box.tenant.faults.append(Fault("close", host="graph", method="GET", times=1))
    lines = child(REQUESTS)
    assert {thread for thread, *_ in lines} == {"lists", "users", "graph"}
    assert [line for line in lines if line[1:] != [True, True]] == []


def test_threads_that_the_work_starts_belong_to_it_and_not_to_what_they_did_before() -> None:
    log, seen = get_logger("shared.example"), []
    local = threading.local()

    class Lookup(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            in_thread = getattr(local, "invocation_id", None)
            number = json.loads(record.getMessage())["message"].rpartition(" ")[2]
            seen.append((number, in_thread, azure_functions_runtime.invocation_id_cv.get()))

    logger, handler = logging.getLogger("shared.example"), Lookup()
    logger.addHandler(handler)
    try:
        with ThreadPoolExecutor(1) as pool:
            for number in ("1", "2"):
                context = SimpleNamespace(invocation_id=number, thread_local_storage=local)

                def work(number: str = number) -> None:
                    log.warning(f"at work for {number}")
                    pool.submit(contextvars.copy_context().run, log.warning, f"sending for {number}").result()

                function_app._bound(context, work)()
    finally:
        logger.removeHandler(handler)
    assert seen == [(number, number, number) for number in ("1", "1", "2", "2")]
    assert azure_functions_runtime.invocation_id_cv.get() is None
