"""A request becomes a job: what can be refused is refused first, then the list is stored and the job begun."""

import hashlib
import uuid
from datetime import UTC, datetime

from shared.api.frame import WebRequest, WebResponse, answer
from shared.api.payload.users import UserList
from shared.core.guard import removals_allowed
from shared.core.models import Target
from shared.errors import IdempotencyConflict, JobsUnavailable
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import Engine
from shared.services import Job, Services

RETRY_AFTER_S = 10
_KEY = "idempotency-key"
# Keys are the caller's, job ids ours; the same key must not be guessable from the id.
_NAMESPACE = "phone-methods-job:"


def accept(
    request: WebRequest,
    services: Services,
    engine: Engine,
    users: UserList,
    *,
    dry_run: bool,
    preferred: bool,
    cid: str,
) -> WebResponse:
    """202. The same Idempotency-Key with the same request is the same job; with another one IdempotencyConflict."""
    key = request.headers.get(_KEY, "").strip()
    job_id = str(
        uuid.UUID(bytes=hashlib.sha256(f"{_NAMESPACE}{key}".encode()).digest()[:16], version=4) if key else uuid.uuid4()
    )
    job = Job(
        id=job_id,
        fingerprint=_fingerprint(request),
        created_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        users=len(users.targets),
        chunks=count_chunks(len(users.targets)),
        dry_run=dry_run,
        removals_allowed=removals_allowed(len(users.targets), services.policy.max_removals_percent),
    )
    claimed = services.store.claim(job)
    if claimed.fingerprint != job.fingerprint:
        raise IdempotencyConflict("This Idempotency-Key was used for another request. Nothing was done.")
    if engine.state(job_id) is None:
        # New, or accepted by a request that was cut off before it got here.
        services.store.put_list(job_id, pack(users.targets, users.ignored))
        _start(engine, job_id, _order(job, users.targets, services))
    return _accepted(job_id, cid, preferred=preferred)


def _start(engine: Engine, job_id: str, order: dict[str, object]) -> None:
    try:
        engine.start(job_id, order)
    except JobsUnavailable:
        # The engine refuses to start a job again: a request that came at the same time was quicker.
        if engine.state(job_id) is None:
            raise


def _order(job: Job, targets: tuple[Target, ...], services: Services) -> dict[str, object]:
    return {
        "jobId": job.id,
        "chunks": job.chunks,
        "dryRun": job.dry_run,
        "isMixed": len({target.upn is None for target in targets}) > 1,
        "parallel": services.jobs.parallel,
        "patienceMinutes": services.jobs.patience_minutes,
        "removalsAllowed": job.removals_allowed,
    }


def _fingerprint(request: WebRequest) -> str:
    return hashlib.sha256(b"\n".join((request.query.encode(), request.body))).hexdigest()


def _accepted(job_id: str, cid: str, *, preferred: bool) -> WebResponse:
    status, result = f"/api/jobs/{job_id}", f"/api/jobs/{job_id}/result"
    body = {
        "correlationId": cid,
        "jobId": job_id,
        "status": "notStarted",
        "statusUrl": status,
        "resultUrl": result,
        # What a caller of an Automation webhook reads.
        "JobIds": [job_id],
    }
    headers = {"Operation-Location": status, "Location": result, "Retry-After": str(RETRY_AFTER_S)}
    if preferred:
        headers["Preference-Applied"] = "respond-async"
    return answer(202, body, "application/json", headers)
