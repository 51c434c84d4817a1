"""What the engine is told to do for a job, and how a job begins that may have begun already."""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from shared.core.models import Target
from shared.errors import JobsUnavailable
from shared.jobs.engine import Engine, EngineState
from shared.jobs.life import log_accepted, route_of
from shared.log import correlation_id
from shared.services import Job, JobLimits, Services


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
        "parallel": limits.parallel,
        "patienceMinutes": limits.patience_minutes,
        **({"isReport": True} if job.is_report else {}),
        **({"lists": True} if job.scope else {}),
        **({"waitMinutes": job.wait_minutes} if job.wait_minutes else {}),
        **({"resumes": True} if job.callback else {}),
        **({"tellsDrift": True} if job.tells_drift else {}),
    }


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
