"""A request becomes a job: what can be refused is refused first, then the list is stored and the job begun."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from shared.api.frame import Call, WebRequest, WebResponse, answer, link
from shared.api.payload.users import UserList
from shared.errors import IdempotencyConflict
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import FINISHED, Engine, EngineState
from shared.jobs.life import log_accepted
from shared.jobs.order import is_mixed, job_id_of, make_room, now, order_of, start
from shared.services import Job

RETRY_AFTER_S = 10
# Those of workers, engine and storage, at most. What storage has forgotten ended a day ago or more.
CLOCKS_DIFFER = timedelta(hours=1)


def accept(call: Call, engine: Engine, users: UserList, *, dry_run: bool, preferred: bool) -> WebResponse:
    """202. The same Idempotency-Key with the same request is the same job; with another one IdempotencyConflict.

    Raises TooManyJobs for a new job, and JobsUnavailable, StorageUnavailable or VaultUnavailable.
    """
    job = replace(
        new_job(call, users, dry_run=dry_run),
        wait_minutes=0 if dry_run or users.scope else call.services.jobs.wait_minutes,
    )
    call.line.tell(users=job.users, dryRun=job.dry_run)
    begin_own(call, engine, job, users)
    return accepted(call, job.id, preferred=preferred)


def new_job(call: Call, users: UserList, *, dry_run: bool, what: str = "job") -> Job:
    """What the caller asks for; `what` as in `job_id`."""
    job = Job(
        id=job_id(call, what),
        fingerprint=fingerprint(call.request),
        created_at=now(),
        users=len(users.targets),
        chunks=count_chunks(len(users.targets)),
        dry_run=dry_run,
        is_mixed=is_mixed(users.targets),
        scope=users.scope,
    )
    return asked_by(call, job)


def asked_by(call: Call, job: Job) -> Job:
    """The job with what is known of its caller."""
    asked = call.origin
    return replace(
        job,
        caller=asked.caller,
        proof=asked.proof,
        reason=asked.reason,
        address=asked.address,
        caller_correlation_id=asked.caller_correlation_id,
    )


def begin_own(call: Call, engine: Engine, job: Job, users: UserList) -> None:
    """Begins the job of these users, unless its id is taken for another request: IdempotencyConflict."""
    if begin(call, engine, job, lambda: pack(users.targets, users.ignored)).fingerprint != job.fingerprint:
        raise IdempotencyConflict("This Idempotency-Key was used for a different request. Nothing was done.")


def begin(call: Call, engine: Engine, job: Job, packed: Callable[[], bytes]) -> Job:
    """Stores and starts a job, unless its id is taken: then what it was taken for. `packed` gives its list.

    Raises TooManyJobs for a new job, and JobsUnavailable.
    """
    store = call.services.store
    if store.find(job.id) is None:
        make_room(store, engine, job.caller, call.services.jobs.most_open)
    claimed = store.claim(job)
    if claimed.fingerprint != job.fingerprint:
        return claimed
    state = engine.state(job.id)
    is_forgotten = state is not None and _is_of_earlier(state, claimed)
    if is_forgotten:
        # What is left of the earlier job must not pass for results of this one.
        store.clear(job.id, before=datetime.fromisoformat(claimed.created_at) - CLOCKS_DIFFER)
    if state is None or is_forgotten:
        # New, or accepted by a request that was cut off before it got here.
        store.put_list(job.id, packed())
        store.put_index(claimed.caller, claimed)
        store.open_job(claimed.caller, job.id)
        start(engine, job.id, order_of(job, call.services.jobs, call.cid), before=state)
        log_accepted(job)
    return claimed


def _is_of_earlier(state: EngineState, job: Job) -> bool:
    """Whether it is that of an earlier job with the same key: the engine remembers jobs for longer than storage."""
    created = datetime.fromisoformat(job.created_at)
    return state.run in FINISHED and state.updated_at is not None and state.updated_at < created - CLOCKS_DIFFER


def job_id(call: Call, what: str = "job") -> str:
    """The same for the same Idempotency-Key of one caller; nobody outside can tell the one from the other. A signed
    call that is repeated, because the answer was 503, is the same job without a key too."""
    key = call.idempotency_key
    if not key and call.caller.webhook_id is not None:
        what, key = f"{what} of a signed call", call.caller.webhook_id
    return job_id_of(call.services.digest(call.deadline, what, call.caller.name, key or secrets.token_hex()))


def fingerprint(request: WebRequest) -> str:
    return hashlib.sha256(b"\n".join((request.query.encode(), request.body))).hexdigest()


def accepted(call: Call, job_id: str, *, preferred: bool = False) -> WebResponse:
    call.line.tell(jobId=job_id)
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
