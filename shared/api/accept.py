"""A request becomes a job: what can be refused is refused first, then the list is stored and the job begun."""

import hashlib
import secrets
import uuid
from datetime import UTC, datetime

from shared.api.frame import Call, WebRequest, WebResponse, answer, iso, link
from shared.api.payload.users import UserList
from shared.core.models import Target
from shared.core.reason import without_numbers
from shared.errors import IdempotencyConflict, JobsUnavailable
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import Engine
from shared.jobs.open_jobs import make_room
from shared.log import get_logger
from shared.services import Job, Services

RETRY_AFTER_S = 10
_log = get_logger(__name__)


def accept(call: Call, engine: Engine, users: UserList, *, dry_run: bool, preferred: bool) -> WebResponse:
    """202. The same Idempotency-Key with the same request is the same job; with another one IdempotencyConflict.

    Raises TooManyJobs for a new job, and JobsUnavailable, StorageUnavailable or VaultUnavailable.
    """
    services, caller = call.services, call.caller.name
    job_id = _job_id(call)
    if services.store.find(job_id) is None:
        make_room(services.store, engine, caller, services.jobs.most_open)
    job = Job(
        id=job_id,
        fingerprint=_fingerprint(call.request),
        created_at=iso(datetime.now(UTC)),
        users=len(users.targets),
        chunks=count_chunks(len(users.targets)),
        dry_run=dry_run,
        caller=caller,
        proof=call.caller.proof.value,
        reason=without_numbers(call.reason),
    )
    claimed = services.store.claim(job)
    is_new = claimed == job
    if claimed.fingerprint != job.fingerprint:
        raise IdempotencyConflict("This Idempotency-Key was used for a different request. Nothing was done.")
    _log.info("accepted as job %s users=%d dryRun=%s caller=%s", job_id, job.users, job.dry_run, caller)
    state = engine.state(job_id)
    if is_new and state is not None:
        # The key of a job that was forgotten: what is left of it must not pass for results of this one.
        services.store.clear(job)
    if is_new or state is None:
        # New, or accepted by a request that was cut off before it got here.
        services.store.put_list(job_id, pack(users.targets, users.ignored))
        services.store.put_index(caller, claimed)
        services.store.open_job(caller, job_id)
        _start(engine, job_id, _order(job, users.targets, services, call.cid))
    return _accepted(call, job_id, preferred=preferred)


def _job_id(call: Call) -> str:
    """The same for the same Idempotency-Key of one caller; nobody outside can tell the one from the other."""
    key = call.idempotency_key or secrets.token_hex()
    digest = call.services.digest(call.deadline, "job", call.caller.name, key)
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _start(engine: Engine, job_id: str, order: dict[str, object]) -> None:
    try:
        engine.start(job_id, order)
    except JobsUnavailable:
        # The engine refuses to start a job again: a request that came at the same time was quicker.
        if engine.state(job_id) is None:
            raise


def _order(job: Job, targets: tuple[Target, ...], services: Services, cid: str) -> dict[str, object]:
    return {
        "jobId": job.id,
        "correlationId": cid,
        "chunks": job.chunks,
        "dryRun": job.dry_run,
        "isMixed": len({target.upn is None for target in targets}) > 1,
        "parallel": services.jobs.parallel,
        "patienceMinutes": services.jobs.patience_minutes,
        "isJudged": True,
    }


def _fingerprint(request: WebRequest) -> str:
    return hashlib.sha256(b"\n".join((request.query.encode(), request.body))).hexdigest()


def _accepted(call: Call, job_id: str, *, preferred: bool) -> WebResponse:
    status, result = (link(call.request, call.services, f"jobs/{job_id}{what}") for what in ("", "/result"))
    body = {
        "correlationId": call.cid,
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
