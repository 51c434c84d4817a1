"""The guards of a whole job, between its plan and its first write.

What each user's plan counts for lies beside the plan of its chunk. The verdict is stored, and each activity that writes
asks for it: an order says nothing about what is allowed. Doing it again changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.core.codes import Code, UserStatus
from shared.core.guard.ceilings import DAILY_LIMIT, Refusal, Weight, verdict_on
from shared.core.models import Stop
from shared.core.plan_id import plan_id
from shared.core.report import Json
from shared.deadline import Deadline
from shared.jobs.answers import Data, no_job, refused
from shared.jobs.bodies import UNFINISHED, codes_of, nothing_done
from shared.jobs.due import dealt_with
from shared.jobs.life import log_users
from shared.jobs.sweep_verdict import of_a_sweep
from shared.jobs.withheld import left, should_sign_in, without_number, without_sign_in
from shared.services import SWEEP, Job, Phase, Services, Weighed

_LIMIT_S = 60.0
_MESSAGE = "The plan for this user has changed since the dry run, so it was not applied. Make a new dry run."
PLAN_CHANGED = nothing_done(Stop(Code.PLAN_CHANGED, _MESSAGE))
_Users = Sequence[Weighed | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """`error`: with which the job ends, if its plan is too much or is not complete; the rest: what it may do. `passed`:
    the limit that it exceeds, where that is approved."""

    error: Data | None
    removals: int = 0
    overwrites: int = 0
    passed: str = ""


def judge(services: Services, job: Job, round: int = 0) -> Judged:
    """`round`: how often the job has waited for users. Those who came late are judged together with all others, and
    `found` stays what it was. Raises StorageUnavailable and VaultUnavailable."""
    known = services.store.verdict(job.id, round)
    if known is None:
        planned = services.store.weighed(job.id)
        seen = services.store.weighed(job.applies) if job.applies else None
        if len(planned) < job.chunks or (seen is not None and len(seen) < job.chunks):
            return Judged(no_job(job.id))
        known = services.store.put_verdict(job.id, _judged(services, job, planned, seen, round), round)
    return judged(known)


def judged(verdict: Json) -> Judged:
    """From what is stored."""
    error = verdict.get("error")
    removals, overwrites = (int(str(verdict.get(name, 0))) for name in ("removals", "overwrites"))
    return Judged(error if isinstance(error, dict) else None, removals, overwrites, str(verdict.get("passed", "")))


def reserve(services: Services, job: Job, removals: int, overwrites: int, deadline: Deadline) -> Refusal | None:
    """Holds so much of the day for the job. Asked again before each chunk that is written: a job may take longer than a
    day, and what it held may have been given back by an order that came from elsewhere."""
    return None if _fits(services, job, removals, overwrites, deadline) or job.is_approved else DAILY_LIMIT


def _fits(services: Services, job: Job, removals: int, overwrites: int, deadline: Deadline) -> bool:
    return services.ledger.reserve(job.id, job.caller, removals, overwrites, deadline, approved=job.is_approved)


def ending(services: Services, job: Job, refusal: Refusal | None) -> Data | None:
    """The error with which a guard ends a job. Raises JobsUnavailable."""
    return None if refusal is None else refused(refusal, has_begun=bool(services.store.begun(job.id)))


def _judged(
    services: Services,
    job: Job,
    planned: Mapping[int, _Users],
    seen: Mapping[int, _Users] | None,
    round: int,
) -> Json:
    """`seen`: the plan that the caller has seen, where it is to be applied."""
    policy, deadline = services.policy, Deadline(_LIMIT_S)
    # What was said before the job waited for users.
    first = services.store.verdict(job.id) if round else None
    shared = _shared(planned, policy.users_per_number)
    taken = _taken(services, job, planned, shared) if services.source.sms_sign_in else ()
    marked = {
        chunk: _mark(services, job, chunk, users, _Marks(shared, taken, None if seen is None else seen[chunk], round))
        for chunk, users in planned.items()
    }
    found = [user for users in marked.values() for user in users if user is not None]
    count = len(found) if first is None else int(str(first["found"]))
    verdict = verdict_on((Weight(user.removals, user.overwrites) for user in found), count, policy)
    used = services.ledger.used(SWEEP, job.id, deadline) if job.delta_link else None
    told = verdict if used is None else of_a_sweep(services, verdict, used, deadline)
    limit = told.refusal
    # Before anything is reserved, for it may have to wait for the key.
    found_id = _plan_id(services, job, [user.writes for user in found], deadline)
    # Read-only, nothing will be written.
    is_written = not job.dry_run and not policy.read_only and (limit is None or job.is_approved)
    if is_written and not _fits(services, job, verdict.removals, verdict.overwrites, deadline):
        limit = limit or DAILY_LIMIT
    elif is_written and used is not None and limit is None:
        # Two sweeps that are judged at once see each other only when both have reserved.
        now = services.ledger.used(SWEEP, job.id, deadline)
        limit = of_a_sweep(services, verdict, now, deadline).refusal if now != used else None
        if limit is not None:
            services.ledger.settle(job.id, 0, 0)
    return {
        "error": ending(services, job, None if job.is_approved else limit),
        "passed": limit.code if limit is not None and job.is_approved else "",
        "planId": found_id,
        "removals": verdict.removals,
        "overwrites": verdict.overwrites,
        "found": count,
    }


def _plan_id(services: Services, job: Job, writes: Sequence[str], deadline: Deadline) -> str | None:
    """None where a user could not be read for a reason that may pass: nobody knows what would be written."""
    for chunk, tally in services.store.tallies(job.id, Phase.PLAN).items():
        if tally.counts.get(UserStatus.FAILED.value) and any(
            codes_of(body) & UNFINISHED for body in services.store.results(job.id, Phase.PLAN, chunk).bodies or []
        ):
            return None
    return plan_id(writes, lambda *parts: services.digest(deadline, *parts))


def _shared(chunks: Mapping[int, Sequence[Weighed | None]], most: int) -> Collection[str]:
    users = Counter(user.number for weighed in chunks.values() for user in weighed if user is not None and user.number)
    return {number for number, count in users.items() if 0 < most < count}


def _taken(services: Services, job: Job, chunks: Mapping[int, _Users], shared: Collection[str]) -> Collection[str]:
    """The numbers with which more than one user should sign in by SMS."""
    twice, users = _shared(chunks, 1), Counter[str]()
    for chunk, weighed in chunks.items():
        if any(user is not None and user.number in twice for user in weighed):
            bodies = services.store.results(job.id, Phase.PLAN, chunk).bodies or []
            users.update(
                user.number
                for user, body in zip(weighed, bodies, strict=True)
                if user is not None
                and user.number in twice
                and should_sign_in(without_number(body) if user.number in shared else body)
            )
    return {number for number, count in users.items() if count > 1}


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a round takes out of a chunk's plans: numbers that too many users share, SMS sign-in with those that are
    `taken`, and, where a plan that somebody has `seen` is applied, plans that have changed since."""

    shared: Collection[str]
    taken: Collection[str]
    seen: _Users | None
    round: int

    def is_marked(self, place: int, user: Weighed | None) -> bool:
        return user is not None and (
            user.number in self.shared or user.number in self.taken or self._is_other(place, user)
        )

    def marked(self, place: int, user: Weighed | None, body: Json) -> tuple[Json, Weighed | None]:
        """What is left, and what that counts for."""
        if user is None:
            return body, None
        less = without_number(body) if user.number in self.shared else body
        less = without_sign_in(less) if user.number in self.taken else less
        weight = user if less is body else left(user, less)
        if self._is_other(place, weight):
            return {**less, **PLAN_CHANGED}, Weighed(0, 0, user.number)
        return less, weight

    def _is_other(self, place: int, user: Weighed) -> bool:
        if self.seen is None or not user.writes:
            return False
        before = self.seen[place]
        return before is None or before.writes != user.writes


def _mark(services: Services, job: Job, chunk: int, users: _Users, marks: _Marks) -> _Users:
    if not any(marks.is_marked(place, user) for place, user in enumerate(users)):
        return users
    stored, kept = (
        services.store.results(job.id, Phase.PLAN, chunk),
        dealt_with(services.store, job.id, chunk, marks.round),
    )
    bodies = stored.bodies or []
    found = [
        (body, user) if place in kept else marks.marked(place, user, body)
        for place, (body, user) in enumerate(zip(bodies, users, strict=True))
    ]
    marked, left = [body for body, _ in found], [user for _, user in found]
    if marked != bodies:
        services.store.put_results(job.id, Phase.PLAN, chunk, marked, stored.version, left)
        changed = {i: body for i, body in enumerate(marked) if body != bodies[i]}
        log_users(services, job, "judge", chunk, changed)
    return left
