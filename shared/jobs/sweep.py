"""A sweep: turns the users that changed in the directory into a job, without a caller. An activity.

    the link of the last sweep ──> who has changed since, and whom earlier sweeps left behind ──> a job, and a new link

The job's id follows from the link that the sweep began with, and its record holds the new link: a repeated run finds
that and asks Graph nothing. Only then the new link takes the place of the old one, and the job begins.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from shared.core.codes import Code
from shared.core.guard.ceilings import RefusalCode
from shared.core.models import Stop, Target
from shared.core.plan_id import MAY_PASS
from shared.core.sweep import Changed, SweepState
from shared.deadline import Deadline
from shared.errors import GraphUnavailable
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import Engine, Run
from shared.jobs.order import order_of, start
from shared.jobs.results import JobResults
from shared.log import correlation_id, get_logger
from shared.services import EVERYONE, SWEEP, Job, Services

LIMIT_S = 200.0
# Graph chooses how many users a page has.
MOST_PAGES = 5000
_FINISHED = (Run.COMPLETED, Run.FAILED, Run.TERMINATED)
# A caller with the right `operate` decides about such a job; the next sweep does not bring its users back.
_TO_BE_APPROVED = frozenset(
    code.value for code in (RefusalCode.TOO_MANY_REMOVALS, RefusalCode.TOO_MANY_OVERWRITES, RefusalCode.DAILY_LIMIT)
)
_WITHOUT_VERDICT = frozenset(code.value for code in (*MAY_PASS, Code.NOT_ATTEMPTED))

T = TypeVar("T")
_log = get_logger(__name__)


@dataclass(slots=True)
class _Left:
    """What earlier sweeps left: running jobs, users without a verdict, and whether to list everyone again."""

    running: list[str] = field(default_factory=list)
    users: dict[Target, None] = field(default_factory=dict)
    is_all: bool = False


def begin_sweep(services: Services, engine: Engine) -> str | None:
    """The id of the job, if one is due. Raises ServiceError: the next sweep begins where this one did."""
    deadline = Deadline(LIMIT_S)
    state, tracked = services.sweeps.read(), services.changed.tracked
    if state is None:
        services.sign_in(deadline)
        services.sweeps.replace(SweepState(_settled(services.changed.latest(deadline)), tracked), None)
        _log.event("sweep", "The first sweep: changes from now on are seen.", users=0)
        return None
    digest = services.digest(deadline, SWEEP, state.link, state.tracked, *state.jobs)
    job_id = str(uuid.UUID(bytes=digest[:16], version=4))
    left = _left(services, engine, state.jobs)
    job = services.store.find(job_id) or _stored(services, state, left, job_id, deadline)
    if isinstance(job, str):
        services.sweeps.replace(SweepState(job, tracked, tuple(left.running)), state)
        _log.event("sweep", "No user has changed since the last sweep.", users=0)
        return None
    if services.sweeps.replace(SweepState(job.delta_link, tracked, (*left.running, job.id)), state):
        _begin(services, engine, job)
    return job.id


def begin_check(services: Services, engine: Engine, at: str) -> str:
    """The id of a dry run of everyone, whose drift is reported. `at`: its time; the same time is the same job."""
    deadline = Deadline(LIMIT_S)
    job_id = str(uuid.UUID(bytes=services.digest(deadline, "check", at)[:16], version=4))
    job = Job(
        id=job_id,
        fingerprint=job_id,
        created_at=_now(),
        users=0,
        chunks=0,
        dry_run=True,
        caller=SWEEP,
        is_mixed=False,
        scope=EVERYONE,
        tells_drift=True,
    )
    services.store.put_list(job.id, pack([], {}))
    _begin(services, engine, services.store.claim(job))
    return job.id


def _stored(services: Services, state: SweepState, left: _Left, job_id: str, deadline: Deadline) -> Job | str:
    """The job with its list; only a link if there are no users to look at."""
    services.sign_in(deadline)
    link, users, scope = state.link, dict(left.users), ""
    found = None
    if link and state.tracked == services.changed.tracked and not left.is_all:
        found = _changes(services, link, deadline)
    if found is None:
        # Before the first page, so that the next sweep sees what changes meanwhile.
        link, scope, users = _settled(services.changed.latest(deadline)), EVERYONE, {}
        _log.event(
            "sweep", "The link of the last sweep is gone or covers other attributes. This sweep looks at everyone."
        )
    else:
        changed, link = found
        users |= dict.fromkeys(changed)
        if not users:
            return link
    job = Job(
        id=job_id,
        fingerprint=job_id,
        created_at=_now(),
        users=len(users),
        chunks=count_chunks(len(users)),
        dry_run=False,
        caller=SWEEP,
        is_mixed=len({target.upn is None for target in users}) > 1,
        scope=scope,
        delta_link=link,
    )
    # The list first, so that a record always has a list.
    services.store.put_list(job.id, pack(list(users), {}))
    return services.store.claim(job)


def _begin(services: Services, engine: Engine, job: Job) -> None:
    services.store.put_index(job.caller, job)
    services.store.open_job(job.caller, job.id)
    start(engine, job.id, order_of(job, services.jobs, correlation_id()))
    what = f"{job.users} users" if not job.scope else "everyone"
    _log.event("jobAccepted", f"Job {job.id} accepted: {what}.", jobId=job.id, caller=job.caller, users=job.users)


def _changes(services: Services, link: str, deadline: Deadline) -> tuple[list[Target], str] | None:
    """Who has changed, and the link for the next time; None: that link is no longer valid."""
    users: dict[str, Target] = {}
    path: str | None = link
    for _ in range(MOST_PAGES):
        page = services.changed.read(path or "", deadline)
        if page is None:
            return None
        changed: Changed = _settled(page)
        users |= changed.users
        if changed.link is not None:
            return list(users.values()), changed.link
        path = changed.next
    return None


def _left(services: Services, engine: Engine, jobs: Sequence[str]) -> _Left:
    left = _Left()
    for job_id in jobs:
        job, state = services.store.find(job_id), engine.state(job_id)
        if job is None:
            continue
        if state is None:
            # A sweep accepted it and was cut off before the job began.
            _begin(services, engine, job)
        if state is None or state.run not in _FINISHED:
            left.running.append(job_id)
            continue
        error = (state.output or {}).get("error") or {}
        if error.get("code") in _TO_BE_APPROVED:
            continue
        if job.scope and not job.chunks:
            left.is_all = True
            continue
        results = JobResults(job, services.store, ends_with_plan=False, is_over=True)
        for body in results.all_bodies(None):
            if body["code"] in _WITHOUT_VERDICT and body["userPrincipalName"]:
                left.users[Target(upn=str(body["userPrincipalName"]))] = None
    return left


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _settled(found: T | Stop) -> T:
    """Raises the error that a Stop means for the whole sweep."""
    if isinstance(found, Stop):
        raise found.cause or GraphUnavailable(found.message)
    return found
