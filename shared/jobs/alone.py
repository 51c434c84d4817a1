"""What a timer starts and what never runs twice at once: the sweep, and the check of everyone.

Each is an orchestration with a fixed id, so the engine itself refuses a second one.
"""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import JobsUnavailable, ServiceError
from shared.jobs.engine import Engine, Run
from shared.jobs.orchestrate import Context, retry_options
from shared.jobs.sweep import begin_check, begin_sweep
from shared.log import get_logger
from shared.services import Services

LONGEST = timedelta(hours=1)
_RUNNING = (Run.PENDING, Run.RUNNING)

Data = dict[str, Any]
_log = get_logger(__name__)


def tick(engine: Engine, name: str) -> None:
    """Starts it, unless it runs. Ends and restarts one that is still running after an hour. Raises JobsUnavailable."""
    state = engine.state(name)
    if state is not None and state.run in _RUNNING:
        if state.updated_at is None or datetime.now(UTC) - state.updated_at < LONGEST:
            _log.info("%s: the previous one is still running", name)
            return
        _log.event(
            "sweepFailed",
            f"{name} was still running after an hour. The webhook ends it and starts it again.",
            code="deadline",
        )
        engine.terminate(name)
    try:
        engine.start(name, {}, name)
    except JobsUnavailable:
        # Another instance was faster.
        if engine.state(name) is None:
            raise


def sweep(context: Context) -> Generator[Any, Any, Data]:
    return (yield from _once(context, "begin_sweep"))


def check(context: Context) -> Generator[Any, Any, Data]:
    return (yield from _once(context, "begin_check"))


def _once(context: Context, activity: str) -> Generator[Any, Any, Data]:
    order = {"at": context.current_utc_datetime.isoformat()}
    done: Data = yield context.call_activity_with_retry(activity, retry_options(), order)
    return done


def run_sweep(services: Services, engine: Engine, order: Data) -> Data:  # noqa: ARG001 - as every activity
    return _reported(lambda: begin_sweep(services, engine))


def run_check(services: Services, engine: Engine, order: Data) -> Data:
    return _reported(lambda: begin_check(services, engine, order["at"]))


def _reported(work: Callable[[], str | None]) -> Data:
    try:
        return {"jobId": work()}
    except ServiceError as error:
        _log.event("sweepFailed", f"The sweep failed: {error.detail}", code=error.code, detail=error.detail)
        return {"jobId": None, "error": error.code}
