"""How a job begins that may have begun already, if there is room for it, and what the engine is told to do.

There may be so many unfinished jobs at once: each has its own pace, and they share one Graph. Those that only wait for
users do not count.
"""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from shared.core.models import Target
from shared.errors import JobsUnavailable, TooManyJobs
from shared.jobs.engine import FINISHED, Engine, EngineState
from shared.jobs.life import log_accepted, route_of
from shared.jobs.orchestrate import WAITING
from shared.log import correlation_id
from shared.services import Job, JobLimits, JobStore, Services


def job_id_of(digest: bytes) -> str:
    """The id of a job that follows from what it is for, so that the same again is the same job."""
    return str(uuid.UUID(bytes=digest[:16], version=4))


def is_mixed(targets: Collection[Target]) -> bool:
    """Whether two of these distinct names may be one user's: some are names and some ids, or one is not ASCII. Which
    spellings of other letters are one name only Microsoft Entra knows."""
    kinds = {target.upn is None for target in targets}
    return len(kinds) > 1 or any(target.upn is not None and not target.upn.isascii() for target in targets)


def order_of(job: Job, limits: JobLimits, cid: str) -> dict[str, Any]:
    """`cid`: the correlation id of the request or sweep that the job comes from."""
    return {
        "jobId": job.id,
        "correlationId": cid,
        # For the log alone: what a job may do stands in its record.
        "caller": job.caller,
        "route": route_of(job),
        **({"callerCorrelationId": job.caller_correlation_id} if job.caller_correlation_id else {}),
        "chunks": job.chunks,
        "dryRun": job.dry_run,
        "isMixed": job.is_mixed,
        "isJudged": True,
        "settles": True,
        "parallel": limits.parallel,
        "patienceMinutes": limits.patience_minutes,
        **({"isReport": True} if job.is_report else {}),
        **({"lists": True} if job.scope else {}),
        **({"waitMinutes": job.wait_minutes} if job.wait_minutes else {}),
        **({"resumes": True} if job.callback else {}),
        **({"tellsDrift": True} if job.tells_drift else {}),
    }


def make_room(store: JobStore, engine: Engine, caller: str, most: int) -> None:
    """Raises TooManyJobs unless one more job may be opened. Only at the limit the engine is asked which have ended."""
    jobs = store.open_jobs(caller)
    if len(jobs) < most:
        return
    unfinished = 0
    for job_id in jobs:
        state = engine.state(job_id)
        if state is None or state.run in FINISHED or _only_waits(state):
            store.close_job(caller, job_id)
        else:
            unfinished += 1
    if unfinished >= most:
        raise TooManyJobs(f"{unfinished} jobs are unfinished, which is the limit (MAX_OPEN_JOBS). Retry later.")


def _only_waits(state: EngineState) -> bool:
    return (state.custom or {}).get("pass") == WAITING


def start(engine: Engine, job_id: str, order: dict[str, Any], before: EngineState | None = None) -> None:
    """`before`: the state in which an earlier job of this id has ended. Raises JobsUnavailable."""
    try:
        engine.start(job_id, order)
    except JobsUnavailable:
        # The engine refuses to start a job again: somebody else was quicker.
        if engine.state(job_id) == before:
            raise


def begin(services: Services, engine: Engine, job: Job) -> None:
    """A job that is stored and that no caller has asked for. Raises JobsUnavailable."""
    services.store.put_index(job.caller, job)
    start(engine, job.id, order_of(job, services.jobs, correlation_id()))
    log_accepted(job)


def now() -> str:
    """When a job was created."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
