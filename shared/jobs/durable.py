"""Durable Functions, whose library is imported when it is first needed: `engine.Engine` on its client, the client's
coroutines being called from the threads that do the work; and what runs an orchestrator."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import JobsUnavailable
from shared.jobs.engine import EngineState, Run
from shared.jobs.orchestrate import Context, Steps

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
    """Lives for one request. `starter` is the text of the client binding; `loop` the event loop of the worker."""

    def __init__(self, starter: str, invocation_id: str, loop: asyncio.AbstractEventLoop) -> None:
        self._starter, self._invocation_id, self._loop = starter, invocation_id, loop

    @cached_property
    def _client(self) -> "DurableOrchestrationClient":
        from azure.durable_functions import DurableOrchestrationClient

        return DurableOrchestrationClient(self._starter, self._invocation_id)

    def start(self, job_id: str, job: dict[str, Any], orchestrator: str = "run_job") -> None:
        self._await(self._client.start_new(orchestrator, job_id, job))

    def terminate(self, job_id: str) -> None:
        self._await(self._client.terminate(job_id, "not over in time"))

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
            # The future holds it, and it would hold the stack of the request.
            exc.__traceback__ = None
            raise JobsUnavailable(f"the engine of jobs failed: {type(exc).__name__}") from exc


def run(orchestrator: Callable[[Context], Steps], context: object) -> str:
    """One replay. `context` is what the trigger hands over; the JSON that comes out is the engine's own."""
    from azure.durable_functions import Orchestrator

    replayed: str = Orchestrator.create(orchestrator)(context)
    return replayed


async def purge(starter: str, before: datetime) -> None:
    """Forget the history of what ended and was begun before then."""
    from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

    ended = [
        OrchestrationRuntimeStatus.Completed,
        OrchestrationRuntimeStatus.Failed,
        OrchestrationRuntimeStatus.Terminated,
    ]
    await DurableOrchestrationClient(starter).purge_instance_history_by(_LONG_AGO, before, ended)


# The client wants a beginning.
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _object(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
