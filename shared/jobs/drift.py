"""A drift check: a dry run of everyone that a schedule starts, and what it has found. Activities."""

from collections import Counter

from shared.core.audit import drift
from shared.core.codes import Code, UserStatus
from shared.deadline import Deadline
from shared.jobs.answers import Data, answer
from shared.jobs.bodies import codes_of
from shared.jobs.engine import Engine
from shared.jobs.frame import activity
from shared.jobs.life import route_of
from shared.jobs.order import begin, job_id_of, now
from shared.jobs.results import JobResults
from shared.jobs.trail import origin_of
from shared.log import get_logger
from shared.services import EVERYONE, SWEEP, Job, Phase, Services

LIMIT_S = 60.0

_log = get_logger(__name__)


def begin_check(services: Services, engine: Engine, at: str) -> str:
    """The id of the job. `at`: of the check; the same one again is the same job. Raises ServiceError."""
    job_id = job_id_of(services.digest(Deadline(LIMIT_S), "check", at))
    job = Job(
        id=job_id,
        fingerprint=job_id,
        created_at=now(),
        users=0,
        chunks=0,
        dry_run=True,
        caller=SWEEP,
        is_mixed=False,
        scope=EVERYONE,
        tells_drift=True,
    )
    claimed = services.store.claim(job)
    if engine.state(job_id) is None:
        begin(services, engine, claimed)
    return job_id


@activity
def tell_drift(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). One line in the log and one in the audit trail; nothing is written."""
    job = services.store.find(order["jobId"])
    if job is None:
        return answer([])
    tallies = services.store.tallies(job.id, Phase.PLAN)
    if len(tallies) < job.chunks:
        # It ended before all were compared; the line of its end says why.
        return answer([])
    counts = Counter[str]()
    for tally in tallies.values():
        counts.update(tally.counts)
    # Different, though nothing would be written: ON_DIFFERENT=keep leaves it, or too many users share the number.
    left = _with(services, job, UserStatus.SKIPPED, Code.DIFFERS)
    shared = _with(services, job, UserStatus.FAILED, Code.NUMBER_SHARED)
    drifted, failed = counts[UserStatus.PLANNED.value] + left + shared, counts[UserStatus.FAILED.value] - shared
    _log.event(
        "drift",
        f"{drifted} of {job.users} users differ from the directory, {failed} could not be compared.",
        caller=job.caller,
        route=route_of(job),
        users=job.users,
        drifted=drifted,
        failed=failed,
    )
    services.audit.note([drift(origin_of(job, order), job.users, drifted, failed)])
    return answer([])


def _with(services: Services, job: Job, status: UserStatus, code: Code) -> int:
    """How many users of this status have this code."""
    found = JobResults(job, services.store, ends_with_plan=True).all_bodies(status.value)
    return sum(code.value in codes_of(body) for body in found)
