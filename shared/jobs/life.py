"""The life of a job in the log: when it starts, what becomes of its users and chunks, how it ends."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from shared.core.codes import UserStatus
from shared.core.report import Json
from shared.core.report_log import log_user
from shared.jobs.chunks import USERS_IN_A_CHUNK
from shared.log import about, get_logger
from shared.services import EVERYONE, SWEEP, Job, Services

IDS = ("jobId", "correlationId", "callerCorrelationId")
INTERNAL = {
    "code": "internal",
    "detail": "The job ended because of an unforeseen fault. The log has the reason under the job's id.",
}
Order = Mapping[str, Any]
_log = get_logger(__name__)


def route_of(job: Job) -> str:
    """Where the job was requested, or what a schedule started."""
    if job.caller == SWEEP:
        return "check" if job.tells_drift else "sweep"
    if job.callback:
        return "POST /api/lifecycle"
    if job.is_report:
        return "POST /api/report"
    return "POST /api/jobs/*/apply" if job.applies else "POST /api/reconcile"


@contextmanager
def log_of(order: Order) -> Iterator[None]:
    """Lines of the block carry the job's id, and those of the request that the job comes from."""
    with about(**{name: str(order[name]) for name in IDS if order.get(name)}):
        yield


def log_accepted(job: Job) -> None:
    """Whom the job lists itself is not known yet."""
    users = "1 user" if job.users == 1 else f"{job.users} users"
    whom = {"": users, EVERYONE: EVERYONE}.get(job.scope, f"group {job.scope}")
    _log.event(
        "jobAccepted",
        f"Job {job.id} accepted: {whom}.",
        jobId=job.id,
        caller=job.caller,
        users=None if job.scope else job.users,
        dryRun=job.dry_run,
        applies=job.applies,
    )


def log_start(order: Order) -> None:
    with log_of(order):
        asked = {**_asked(order), "chunks": order["chunks"], "dryRun": order["dryRun"]}
        _log.event("jobStarted", f"Job {order['jobId']} started.", **asked)


def log_users(services: Services, job: Job | None, phase: str, chunk: int, bodies: Mapping[int, Json]) -> None:
    """`bodies`: results by position in the chunk. `phase`: plan, judge or apply."""
    asked = {"caller": job.caller, "route": route_of(job), "dryRun": job.dry_run} if job else {}
    for place, body in bodies.items():
        position = chunk * USERS_IN_A_CHUNK + place
        log_user(body, position, names=services.logs_user_names, phase=phase, **asked)


def log_chunk(phase: str, chunk: int, counts: Mapping[str, int], seconds: float, throttled: int) -> None:
    """`throttled`: how often Graph said 429."""
    tally = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    _log.event(
        "jobChunk",
        f"Chunk {chunk}, {phase}: {tally}.",
        phase=phase,
        chunk=chunk,
        **counts,
        throttled=throttled,
        durationMs=round(seconds * 1000),
    )


def log_waiting(job_id: str, code: str, detail: str) -> None:
    _log.event("jobWaiting", f"Job {job_id} waits: {detail}", logging.WARNING, code=code, detail=detail)


def log_fault(job_id: str, code: str, detail: str) -> None:
    """Why a job ends, in full: its end is told with what its caller may know."""
    _log.event("jobFault", f"Job {job_id} ends: {code}: {detail}", logging.ERROR, code=code, detail=detail)


def log_end(order: Order, output: Mapping[str, Any], took: timedelta) -> None:
    """`output`: that of the orchestrator."""
    ending, error, counts = ending_of(output), output.get("error") or {}, output.get("counts", {})
    with log_of(order):
        _log.event(
            "jobEnded",
            f"Job {order['jobId']} ended: {ending}{', ' if error else ''}{error.get('code', '')}.",
            logging.ERROR if error else logging.INFO,
            **_asked(order),
            status=ending,
            code=error.get("code"),
            detail=error.get("detail"),
            dryRun=order["dryRun"],
            users=sum(counts.values()),
            **{status.value: counts.get(status.value, 0) for status in UserStatus if status is not UserStatus.PENDING},
            durationMs=round(took.total_seconds() * 1000),
        )


def _asked(order: Order) -> dict[str, object]:
    """Who asked for the job, and where. Orders of earlier versions do not say it."""
    return {name: order.get(name) for name in ("caller", "route")}


def ending_of(output: Mapping[str, Any]) -> str:
    """How a job ended, by the output of its orchestrator."""
    if output.get("cancelled"):
        return "cancelled"
    counts = output.get("counts", {})
    failed, users = counts.get(UserStatus.FAILED.value, 0), sum(counts.values())
    if output.get("error") or (failed and failed == users):
        return "failed"
    return "partial" if failed else "succeeded"
