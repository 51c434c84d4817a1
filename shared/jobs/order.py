"""What the engine is told to do for a job, and how a job begins that may have begun already."""

from typing import Any

from shared.errors import JobsUnavailable
from shared.jobs.engine import Engine
from shared.services import Job, JobLimits


def order_of(job: Job, limits: JobLimits, correlation_id: str) -> dict[str, Any]:
    """`correlation_id`: of the request or sweep that the job comes from."""
    return {
        "jobId": job.id,
        "correlationId": correlation_id,
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


def start(engine: Engine, job_id: str, order: dict[str, Any]) -> None:
    """Raises JobsUnavailable."""
    try:
        engine.start(job_id, order)
    except JobsUnavailable:
        # The engine refuses to start a job again: somebody else was quicker.
        if engine.state(job_id) is None:
            raise
