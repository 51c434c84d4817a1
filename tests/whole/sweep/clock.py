"""The clock of these tests: calls what the timers of the app call, with the client binding of a host."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from azure.durable_functions.models.utils import http_utils

from sandbox.host import HostProcess
from sandbox.host.durable.api import PREFIX, client_binding
from shared.jobs.alone import tick
from shared.jobs.durable import DurableEngine
from shared.jobs.engine import EngineState, Run

T = TypeVar("T")


def with_engine(host: HostProcess, work: Callable[[DurableEngine], T]) -> T:
    (done,) = _with_engines([host], work)
    return done


def _with_engines(hosts: Sequence[HostProcess], work: Callable[[DurableEngine], T]) -> list[T]:
    """At once."""

    async def call() -> list[T]:
        engines = [DurableEngine(_binding(host), "clock", asyncio.get_running_loop()) for host in hosts]
        try:
            return await asyncio.gather(*(asyncio.to_thread(work, engine) for engine in engines))
        finally:
            # The library leaves its session open.
            await http_utils._close_session()

    return asyncio.run(call())


def _binding(host: HostProcess) -> str:
    extension = next(line for line in host.log().splitlines() if line.startswith("durable http")).split()[1]
    return client_binding(host.url, extension.removesuffix(PREFIX), "MfaPhoneJobs", "key")


def ring(*hosts: HostProcess) -> None:
    """What the timer does, on all of them at once."""
    _with_engines(hosts, lambda engine: tick(engine, "sweep"))


def run(host: HostProcess, name: str = "sweep") -> dict[str, Any]:
    """A whole run: what it came to."""

    def once(engine: DurableEngine) -> dict[str, Any]:
        tick(engine, name)
        return ended(engine, name).output or {}

    return with_engine(host, once)


def ended(engine: DurableEngine, job_id: str, seconds: float = 60) -> EngineState:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        state = engine.state(job_id)
        if state is not None and state.run not in (Run.PENDING, Run.RUNNING):
            return state
        time.sleep(0.05)
    raise AssertionError(f"{job_id} has not ended: {engine.state(job_id)}")


def job_of(host: HostProcess, sweep: dict[str, Any]) -> EngineState:
    """The end of the job that a sweep has begun."""
    assert sweep.get("jobId"), sweep
    return with_engine(host, lambda engine: ended(engine, sweep["jobId"]))
