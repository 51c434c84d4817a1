"""What runs on a schedule and never twice at once: the sweep, and the check of everyone.

Each is an orchestration with a fixed id, so that the engine itself refuses a second one beside it.
"""

import logging
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.deadline import time_limit
from shared.errors import JobsUnavailable, ServiceError
from shared.jobs.drift import begin_check
from shared.jobs.engine import Engine, Run
from shared.jobs.frame import LIMIT_S, without_texts
from shared.jobs.orchestrate import Context, retry_options
from shared.jobs.sweep import begin_sweep
from shared.log import get_logger
from shared.services import Services

LONGEST = timedelta(hours=1)
_RUNNING = (Run.PENDING, Run.RUNNING)
# The names of the orchestrations, as people say them.
_SAID = {"sweep": "sweep", "check": "drift check"}

Data = dict[str, Any]
_log = get_logger(__name__)


def tick(engine: Engine, name: str) -> None:
    """Starts it unless it is running. After an hour, a running one is terminated and started again.

    Raises JobsUnavailable.
    """
    state = engine.state(name)
    if state is not None and state.run in _RUNNING:
        if state.updated_at is None or datetime.now(UTC) - state.updated_at < LONGEST:
            _log.info("%s: the previous one has not ended", name)
            return
        what = f"The {_SAID[name]} has not ended after an hour. It is terminated and started again."
        _log.event("sweepFailed", what, logging.ERROR, code="deadline")
        engine.terminate(name)
    try:
        engine.start(name, {}, name)
    except JobsUnavailable:
        # Another instance was quicker.
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
    return _reported("sweep", lambda: begin_sweep(services, engine))


def run_check(services: Services, engine: Engine, order: Data) -> Data:
    return _reported("check", lambda: begin_check(services, engine, order["at"]))


def _reported(name: str, work: Callable[[], str | None]) -> Data:
    with without_texts(f"the {name}"), time_limit(LIMIT_S):
        try:
            return {"jobId": work()}
        except ServiceError as error:
            what = f"The {_SAID[name]} failed: {error.detail}"
            _log.event("sweepFailed", what, logging.ERROR, code=error.code, detail=error.detail)
            return {"jobId": None, "error": error.code}
