"""The host keeps a log line only if the workers of both generations would name an invocation that runs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.host import HostProcess
from tests.sandbox_host.conftest import send, write_app_to
from tests.waiting import wait_for

SOURCE = """
import asyncio
import contextvars
import logging
import threading
import time
import azure.functions as func
import azure_functions_runtime

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
log = logging.getLogger("example")
logging.warning("while it is imported")


def in_thread(work):
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    return thread


@app.route(route="plain")
def plain(req: func.HttpRequest) -> func.HttpResponse:
    log.warning("in a function")
    in_thread(lambda: log.warning("in a thread of a function")).join()
    return func.HttpResponse("")


@app.route(route="coroutine")
async def coroutine(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    def old():
        context.thread_local_storage.invocation_id = context.invocation_id
        log.warning("in a thread with the id where 3.11 looks")

    def new():
        azure_functions_runtime.invocation_id_cv.set(context.invocation_id)
        log.warning("in a thread with the id where 3.13 looks")

    def both():
        context.thread_local_storage.invocation_id = context.invocation_id
        azure_functions_runtime.invocation_id_cv.set(context.invocation_id)
        log.warning("in a thread with the id in both places")

    def later():
        context.thread_local_storage.invocation_id = context.invocation_id
        azure_functions_runtime.invocation_id_cv.set(context.invocation_id)
        time.sleep(1)
        log.warning("after the end")
        print("really after the end", flush=True)

    async def child():
        log.warning("in a task")

    log.warning("in a coroutine")
    await asyncio.create_task(child())
    for work in (lambda: log.warning("in a thread"), old, new, both):
        in_thread(work).join()
    in_thread(later)
    return func.HttpResponse("")


@app.route(route="slow")
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    async def child():
        log.warning("in a task after others")

    print("slow has begun", flush=True)
    await asyncio.sleep(2)
    log.warning("in a coroutine after others")
    await asyncio.create_task(child())
    return func.HttpResponse("")
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with HostProcess(write_app_to(tmp_path_factory.mktemp("app"), SOURCE), {}) as host:
        assert [send(host, "GET", f"/api/{name}").status for name in ("plain", "coroutine")] == [200, 200]
        wait_for(lambda: "really after the end" in host.log())
        yield host.log()


@pytest.mark.parametrize(
    "text", ["in a function", "in a coroutine", "in a task", "in a thread with the id in both places"]
)
def test_a_line_that_both_workers_can_place_is_kept(log: str, text: str) -> None:
    assert log.count(f"WARNING example: {text}\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "while it is imported",
        "in a thread",
        "in a thread of a function",
        "in a thread with the id where 3.11 looks",
        "in a thread with the id where 3.13 looks",
        "after the end",
    ],
)
def test_a_line_that_one_of_them_cannot_place_is_lost(log: str, text: str) -> None:
    assert f": {text}\n" not in log


def test_the_developer_is_told_what_is_lost_and_where(log: str) -> None:
    assert log.count("A log line of root is lost with Python up to 3.12 and from 3.13 on.\n") == 1
    assert log.count("A log line of example is lost with Python up to 3.12.\n") == 1
    assert log.count("A log line of example is lost") == 1


def test_lines_of_invocations_that_run_at_once_are_all_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    with HostProcess(write_app_to(tmp_path_factory.mktemp("app"), SOURCE), {}) as host, ThreadPoolExecutor(8) as pool:
        slow = pool.submit(send, host, "GET", "/api/slow")
        wait_for(lambda: "slow has begun" in host.log())
        assert {reply.status for reply in pool.map(lambda _: send(host, "GET", "/api/plain"), range(20))} == {200}
        assert slow.result(20).status == 200
        log = host.log()
    assert log.count("example: in a function\n") == 20
    assert "example: in a coroutine after others\n" in log
    assert "example: in a task after others\n" in log
