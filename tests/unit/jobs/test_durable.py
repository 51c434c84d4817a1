"""durable.py: the engine of jobs through the real client, against a few answers of the extension."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web
from azure.durable_functions.models.utils import http_utils

from sandbox.host.durable.api import client_binding
from shared.errors import JobsUnavailable
from shared.jobs import durable
from shared.jobs.durable import DurableEngine
from shared.jobs.engine import Run
from tests.unit.jobs.worlds import JOB
from tests.unit.keeping import is_kept

PATH = "/durabletask"
STATUS = {
    "name": "run_job",
    "instanceId": JOB,
    "createdTime": "2026-11-22T00:00:00Z",
    "lastUpdatedTime": "2026-11-22T00:00:05Z",
    "input": None,
    "output": None,
    "customStatus": None,
}
Answer = Callable[[web.Request], web.Response]


@contextmanager
def extension(answer: Answer) -> Iterator[tuple[DurableEngine, list[tuple[str, str, str]]]]:
    """A loop on a thread of its own, as the worker's, with the client and the extension on it; and what was asked."""
    asked: list[tuple[str, str, str]] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def handle(request: web.Request) -> web.Response:
        asked.append((request.method, request.path_qs, await request.text()))
        return answer(request)

    async def begin() -> tuple[web.AppRunner, str]:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner, client_binding(url, url, "TestHub", "no-key")

    async def end() -> None:
        await http_utils._close_session()
        await runner.cleanup()

    runner, starter = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield DurableEngine(starter, "invocation-1", loop), asked
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def always(status: int, body: object = None) -> Answer:
    return lambda _: web.Response(status=status) if body is None else web.json_response(body, status=status)


def test_a_job_is_started_under_its_id() -> None:
    with extension(always(202, {"id": JOB})) as (engine, asked):
        engine.start(JOB, {"jobId": JOB, "chunks": 3})
    ((method, path, sent),) = asked
    assert (method, path) == ("POST", f"{PATH}/orchestrators/run_job/{JOB}")
    assert json.loads(json.loads(sent)) == {"jobId": JOB, "chunks": 3}


@pytest.mark.parametrize(
    "answer",
    [
        always(409, {"Message": "An orchestration with this id exists"}),
        always(400, {"Message": "m", "ExceptionMessage": "m"}),
        always(500, {"Message": "m"}),
        always(502),
    ],
)
def test_a_job_that_could_not_be_started(answer: Answer) -> None:
    with extension(answer) as (engine, _), pytest.raises(JobsUnavailable):
        engine.start(JOB, {})


@pytest.mark.parametrize(
    ("status", "run"),
    [
        ("Pending", Run.PENDING),
        ("Running", Run.RUNNING),
        ("ContinuedAsNew", Run.RUNNING),
        ("Suspended", Run.RUNNING),
        ("Completed", Run.COMPLETED),
        ("Failed", Run.FAILED),
        ("Terminated", Run.TERMINATED),
        ("Canceled", Run.TERMINATED),
    ],
)
def test_how_a_job_is_getting_on(status: str, run: Run) -> None:
    code = 202 if run in (Run.PENDING, Run.RUNNING) else 200
    custom, output = {"counts": {"changed": 1}}, {"error": None}
    given = {**STATUS, "runtimeStatus": status, "customStatus": custom, "output": output}
    with extension(always(code, given)) as (engine, asked):
        state = engine.state(JOB)
    assert state is not None
    assert (state.run, state.custom, state.output) == (run, custom, output)
    assert state.updated_at is not None
    assert state.updated_at.isoformat() == "2026-11-22T00:00:05+00:00"
    assert asked[0][:2] == ("GET", f"{PATH}/instances/{JOB}")


@pytest.mark.parametrize("text", ["terminated by an operator", None, 7, ["x"]])
def test_what_the_orchestrator_did_not_say_itself_is_left_out(text: Any) -> None:
    given = {**STATUS, "runtimeStatus": "Terminated", "customStatus": text, "output": text}
    with extension(always(200, given)) as (engine, _):
        state = engine.state(JOB)
    assert state is not None
    assert (state.custom, state.output) == (None, None)


def test_a_job_that_was_never_started() -> None:
    with extension(always(404)) as (engine, _):
        assert engine.state(JOB) is None


@pytest.mark.parametrize("status", [400, 500, 503])
def test_an_error_is_no_job_that_was_never_started(status: int) -> None:
    error = {"Message": "Storage is away", "ExceptionMessage": "Storage is away"}
    with extension(always(status, error)) as (engine, _), pytest.raises(JobsUnavailable):
        engine.state(JOB)


def test_an_extension_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "CALL_S", 0.2)
    done = threading.Event()

    def hang(_request: web.Request) -> web.Response:
        done.wait(10)
        return web.Response(status=404)

    with extension(hang) as (engine, _):
        try:
            with pytest.raises(JobsUnavailable, match="TimeoutError"):
                engine.state(JOB)
        finally:
            done.set()


def test_nobody_at_the_address() -> None:
    with extension(always(404)) as (engine, _):
        engine._client._orchestration_bindings._rpc_base_url = "http://127.0.0.1:9/durabletask/"
        assert not is_kept(lambda: engine.state(JOB))
        with pytest.raises(JobsUnavailable):
            engine.state(JOB)
