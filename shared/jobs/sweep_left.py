"""Users whom the jobs of earlier sweeps left: those without a verdict, and those for whom another try may succeed.

The next sweep looks at them again; at users who were refused or came too early, for a few days at most.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.guard.ceilings import APPROVABLE
from shared.core.models import Target
from shared.core.report import Json
from shared.core.sweep import name_of
from shared.jobs.bodies import UNFINISHED, changes_with, codes_of
from shared.jobs.engine import FINISHED, Engine, EngineState, Run
from shared.jobs.list_users import TOO_MANY_USERS
from shared.jobs.order import begin, now
from shared.jobs.results import JobResults
from shared.log import get_logger
from shared.services import Job, Services

# What Graph says while a permission or a role is missing, or of one user for good; and of a user who is so new that
# not all of Graph knows him yet, or who is gone. Hence a limit, which a weekend fits into. A number that Graph refuses
# is `graphError`, and stays refused.
_REFUSALS = frozenset(code.value for code in (Code.FORBIDDEN, Code.MFA_REQUIRED))
_EARLY = frozenset(code.value for code in (Code.USER_NOT_FOUND, Code.NOT_READY, Code.SMS_SIGN_IN_NOT_CHANGED))
AGAIN_FOR = timedelta(days=3)
# Who changed while the job ran is planned and judged again.
_OPEN = (UNFINISHED - _EARLY) | {Code.PLAN_CHANGED.value}

_log = get_logger(__name__)


@dataclass(slots=True)
class Left:
    """What earlier sweeps left: jobs that go on, users to look at again by object id, or by name where that is not
    known, since when those of them for whom there is a limit are tried, by name, and whether everybody has to be
    listed."""

    running: list[str] = field(default_factory=list)
    users: dict[str, Target] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)
    is_all: bool = False


def left_by(services: Services, engine: Engine, jobs: tuple[str, ...]) -> Left:
    left = Left()
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


def _leave(left: Left, services: Services, job: Job, error: str | None) -> None:
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
        what = f"Users of job {job.id} could not be completed ({', '.join(sorted(told))}). {detail}"
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
