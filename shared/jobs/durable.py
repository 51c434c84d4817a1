"""`engine.Engine` on Durable Functions: the client's coroutines, called from the threads that do the work."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import JobsUnavailable
from shared.jobs.engine import EngineState, Run

if TYPE_CHECKING:
    from azure.durable_functions import DurableOrchestrationClient

T = TypeVar("T")

# The extension answers from the same machine; it waits for its storage.
CALL_S = 30.0
_RUNS = {
    "Pending": Run.PENDING,
    "Running": Run.RUNNING,
    "ContinuedAsNew": Run.RUNNING,
    "Suspended": Run.RUNNING,
    "Completed": Run.COMPLETED,
    "Failed": Run.FAILED,
    "Terminated": Run.TERMINATED,
    "Canceled": Run.TERMINATED,
}


class DurableEngine:
    """Lives for one request. `loop` is the event loop on which the worker runs its coroutines."""

    def __init__(self, client: "DurableOrchestrationClient", loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop

    def start(self, job_id: str, job: dict[str, Any]) -> None:
        self._await(self._client.start_new("run_job", job_id, job))

    def state(self, job_id: str) -> EngineState | None:
        found = self._await(self._client.get_status(job_id))
        if found.runtime_status is None:
            # The client takes an error of the extension (an HttpError of ASP.NET) for a status without a word in it.
            if hasattr(found, "Message"):
                raise JobsUnavailable("the engine of jobs failed")
            return None
        return EngineState(
            _RUNS.get(found.runtime_status.value, Run.FAILED),
            found.last_updated_time,
            _object(found.custom_status),
            _object(found.output),
        )

    def _await(self, call: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return future.result(CALL_S)
        except Exception as exc:
            future.cancel()
            raise JobsUnavailable(f"the engine of jobs failed: {type(exc).__name__}") from exc


def _object(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
