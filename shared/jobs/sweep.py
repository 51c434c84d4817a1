"""A sweep: who has changed in the directory becomes a job that nobody has asked for. An activity.

    the link of the last sweep ──> who has changed since, and whom earlier sweeps left behind ──> a job, and a new link

The job's id follows from the link that the sweep began with. What the sweep has found is stored once under that id, the
new link with it: a repeated run finds that and asks Graph nothing. Only then the new link takes the place of the old
one, and the job begins. A job that did not get so far is begun by the next sweep.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.guard.ceilings import APPROVABLE
from shared.core.models import Stop, Target
from shared.core.report import Json
from shared.core.sweep import Changed, SweepFound, SweepState, name_of
from shared.deadline import Deadline
from shared.errors import GraphUnavailable
from shared.jobs.bodies import UNFINISHED, changes_with, codes_of
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import FINISHED, Engine, EngineState, Run
from shared.jobs.list_users import TOO_MANY_USERS
from shared.jobs.order import begin, is_mixed, job_id_of, now
from shared.jobs.results import JobResults
from shared.log import get_logger
from shared.services import EVERYONE, SWEEP, Job, Services

LIMIT_S = 200.0
# With less time than that, or more users than one list may have, the next sweep reads the other pages.
LEAST_S = 60.0
# What Graph says while a permission or a role is missing, or of one user for good; and of a user who is so new that
# not all of Graph knows him yet, or who is gone. Hence a limit, which a weekend fits into. A number that Graph refuses
# is `graphError`, and stays refused.
_REFUSALS = frozenset(code.value for code in (Code.FORBIDDEN, Code.MFA_REQUIRED))
_EARLY = frozenset(code.value for code in (Code.USER_NOT_FOUND, Code.NOT_READY, Code.SMS_SIGN_IN_NOT_CHANGED))
AGAIN_FOR = timedelta(days=3)
# Who changed while the job ran is planned and judged anew.
_OPEN = (UNFINISHED - _EARLY) | {Code.PLAN_CHANGED.value}

T = TypeVar("T")
_log = get_logger(__name__)


@dataclass(slots=True)
class _Left:
    """What earlier sweeps left: jobs that go on, users to look at again by object id, or by name where that is not
    known, since when those of them for whom there is a limit are tried, by name, and whether everybody has to be
    listed."""

    running: list[str] = field(default_factory=list)
    users: dict[str, Target] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)
    is_all: bool = False


def begin_sweep(services: Services, engine: Engine) -> str | None:
    """The id of the job, if one is due. Raises ServiceError: the next sweep begins where this one did."""
    deadline = Deadline(LIMIT_S)
    state = services.sweeps.read()
    if state is None:
        services.sign_in(deadline)
        link = _settled(services.changed.latest(deadline))
        services.sweeps.replace(SweepState(link, services.changed.tracked), None)
        _log.event("sweep", "The first sweep: changes from now on are seen.")
        return None
    # The version too: Graph may hand out the same link again.
    job_id = job_id_of(services.digest(deadline, SWEEP, state.link, state.version or ""))
    found = services.store.swept(job_id)
    if found is None:
        found = _look(services, state, _left(services, engine, state.jobs), deadline)
        if not found.users and not found.scope:
            services.sweeps.replace(SweepState(found.link, found.tracked, found.running), state)
            _log.event("sweep", "Nobody has changed since the last sweep.")
            return None
        found = services.store.put_swept(job_id, found)
    job = services.store.find(job_id) or _claimed(services, job_id, found)
    if services.sweeps.replace(SweepState(found.link, found.tracked, (*found.running, job_id)), state):
        begin(services, engine, job)
    return job_id


def _look(services: Services, state: SweepState, left: _Left, deadline: Deadline) -> SweepFound:
    services.sign_in(deadline)
    tracked, running = services.changed.tracked, tuple(left.running)
    if state.link and state.tracked == tracked and not left.is_all:
        changes = _changes(services, state.link, deadline)
        if changes is not None:
            gone = {*changes.gone, *map(name_of, changes.gone.values())}
            users = {key: target for key, target in left.users.items() if gone.isdisjoint((key, name_of(target)))}
            users |= changes.users
            ids = {name_of(target): key for key, target in users.items()}
            # Who has changed meanwhile begins anew.
            changed = set(map(name_of, changes.users.values()))
            since = {name: first for name, first in left.since.items() if name not in changed}
            return SweepFound(_distinct(users.values()), "", changes.link, tracked, running, since, ids)
    # Before the first page, so that what changes meanwhile is seen by the next sweep.
    link = _settled(services.changed.latest(deadline))
    _log.event("sweep", "The changes since the last sweep are not known: everybody is looked at.")
    return SweepFound((), EVERYONE, link, tracked, running)


def _distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    """A name that has changed in case only is that of the same user."""
    return tuple({name_of(target): target for target in targets}.values())


def _changes(services: Services, link: str, deadline: Deadline) -> Changed | None:
    """Who has changed, on all pages for which there is time, and the link from there on; None: that link is of no use
    any more. Of a user with entries on two pages the later one holds."""
    users: dict[str, Target] = {}
    gone: dict[str, Target] = {}
    while True:
        page = services.changed.read(link, deadline)
        if page is None:
            return None
        changed: Changed = _settled(page)
        for user_id in changed.gone:
            users.pop(user_id, None)
        users |= changed.users
        gone |= changed.gone
        link = changed.link
        if changed.is_last or len(users) >= services.max_users or deadline.remaining() < LEAST_S:
            return Changed(users, link, changed.is_last, gone)


def _claimed(services: Services, job_id: str, found: SweepFound) -> Job:
    users = len(found.users)
    job = Job(
        id=job_id,
        fingerprint=job_id,
        created_at=now(),
        users=users,
        chunks=count_chunks(users),
        dry_run=False,
        caller=SWEEP,
        is_mixed=is_mixed(found.users),
        scope=found.scope,
        delta_link=found.link,
    )
    # The list first: who finds the record finds the list. A job that lists its users itself makes its own.
    if users:
        services.store.put_list(job.id, pack(found.users, {}))
    return services.store.claim(job)


def _left(services: Services, engine: Engine, jobs: tuple[str, ...]) -> _Left:
    left = _Left()
    for job_id in jobs:
        job, state = services.store.find(job_id), engine.state(job_id)
        if job is None:
            # No sweep for longer than results are kept.
            left.is_all = True
        elif state is None:
            # Accepted by a sweep that was cut off before it began.
            begin(services, engine, job)
            left.running.append(job_id)
        elif state.run not in FINISHED:
            left.running.append(job_id)
        elif job.scope and not job.chunks and _error(state) == TOO_MANY_USERS:
            # The same again would come to the same; what changes from now on is behind the link.
            what = f"Job {job.id} did not look at everybody: there are more users than MAX_USERS."
            mend = "Sweeps go on with later changes. Raise MAX_USERS, then reconcile everyone once."
            _log.event("sweepFailed", f"{what} {mend}", logging.ERROR, code=TOO_MANY_USERS, detail=mend)
        elif job.scope and not job.chunks:
            left.is_all |= _has_failed(state)
        else:
            _leave(left, services, job, _error(state))
    return left


def _leave(left: _Left, services: Services, job: Job, error: str | None) -> None:
    """Adds whom this job leaves to be looked at again."""
    found = services.store.swept(job.id)
    before, ids = (found.since, found.ids) if found else ({}, {})
    told, again, given_up = set[str](), 0, 0
    for target, body in _failed_or_skipped(services, job):
        name = name_of(target)
        key = str(body["userId"] or ids.get(name, name)).lower()
        may_pass = (_REFUSALS | _EARLY).intersection(map(str, codes_of(body)))
        if _is_without_verdict(body, error):
            left.users[key] = target
            if name in before:
                left.since[name] = before[name]
        elif may_pass and _is_over(since := before.get(name)):
            told, given_up = told | may_pass, given_up + 1
        elif may_pass:
            told, again = told | (may_pass & _REFUSALS), again + 1
            left.users[key], left.since[name] = target, since or job.created_at
    if told:
        detail = f"Tried again: {again}. Given up after {AGAIN_FOR.days} days: {given_up}."
        what = f"Users of job {job.id} are not done ({', '.join(sorted(told))}). {detail}"
        _log.event("sweepFailed", what, logging.ERROR, code=min(told), detail=detail)


def _is_over(since: str | None) -> bool:
    """Whether a user is tried no more. Once more at least, however far apart sweeps are."""
    return since is not None and datetime.fromisoformat(now()) - datetime.fromisoformat(since) >= AGAIN_FOR


def _failed_or_skipped(services: Services, job: Job) -> Iterator[tuple[Target, Json]]:
    """Nothing is read of a job without such users."""
    results = JobResults(job, services.store, ends_with_plan=False)
    counts = results.counts()
    if not (counts.get(UserStatus.FAILED.value) or counts.get(UserStatus.SKIPPED.value)):
        return
    # By place in the list, for a user whom nobody could read may have no name.
    targets = (target for chunk in range(job.chunks) for target in services.store.users(job.id, chunk))
    yield from zip(targets, results.all_bodies(None), strict=True)


def _is_without_verdict(body: Json, error: str | None) -> bool:
    return bool(codes_of(body) & _OPEN) or (_is_unreached(body) and error not in APPROVABLE)


def _is_unreached(body: Json) -> bool:
    """Whether a change was not made for no reason of its own. Next to one that failed, it depends on that."""
    return Code.NOT_ATTEMPTED.value in codes_of(body) and not changes_with(body, ChangeStatus.FAILED)


def _has_failed(state: EngineState) -> bool:
    output = state.output or {}
    return state.run is not Run.COMPLETED or bool(output.get("cancelled")) or _error(state) is not None


def _error(state: EngineState) -> str | None:
    code = ((state.output or {}).get("error") or {}).get("code")
    return code if isinstance(code, str) else None


def _settled(found: T | Stop) -> T:
    """Raises what a Stop means for the whole sweep."""
    if isinstance(found, Stop):
        raise found.cause or GraphUnavailable(found.message)
    return found
