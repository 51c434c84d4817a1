"""What an activity does: one chunk of a job planned or applied, with the code of the inline path.

Every activity may run twice: what is stored is not done again, and what a first run had written already counts as done
by this job.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from shared.core.codes import Code, UserStatus
from shared.core.guard.ceilings import Refusal, Verdict
from shared.core.listed import ListedDirectory
from shared.core.models import RunReport, Target
from shared.core.plan import UserPlan
from shared.core.plan_id import tag
from shared.core.reconcile import Directory, Judge, Refused, reconcile
from shared.core.report import Json, counts, user_bodies
from shared.core.waiting import with_pending
from shared.deadline import Deadline
from shared.errors import JobsUnavailable, ServiceError
from shared.jobs.answers import AWAY, UNFINISHED, Data, answer, codes_of, no_job, refused
from shared.jobs.credit import credited, ended, is_planned
from shared.jobs.frame import activity, faulted, paused
from shared.jobs.judge import PLAN_CHANGED, Judged, is_number_shared, judge, reserve
from shared.jobs.life import log_chunk, log_users
from shared.jobs.rounds import dealt_with, is_dealt_with
from shared.jobs.trail import note_plan, note_refusal, note_writes
from shared.jobs.weighed import WITHHELD, is_beyond, is_part, weighed, weighed_body
from shared.log import counting_throttled
from shared.services import Job, Phase, Services, Weighed

# One activity's time; well below the host's limit for a function, and a pause of Graph fits into it.
CHUNK_DEADLINE_S = 240.0


@activity
def plan_chunk(services: Services, order: Data) -> Data:
    """Input: `jobId, correlationId, chunk`. What would be done is stored; nothing is written to Graph.

    Of a job that waits for users also `round` and `isLast`: in a later round only those are looked at for whom it
    waits, and in the last one it waits for nobody.
    """
    return _Chunk(services, order).plan()


@activity
def apply_chunk(services: Services, order: Data) -> Data:
    """Input: that of `plan_chunk`. Does what was planned, for the users whose plan holds a write."""
    return _Chunk(services, order).apply()


class _Chunk:
    """One chunk of one job."""

    def __init__(self, services: Services, order: Data) -> None:
        self._services, self._store, self._order = services, services.store, order
        self._job, self._chunk = str(order["jobId"]), int(order["chunk"])
        self._round, self._waits = int(order.get("round", 0)), False
        # What was planned for each user counts for so much.
        self._weighed: list[Weighed | None] = []
        # The job's own record, and, of one that is applied, what it may do.
        self._accepted: Job | None = None
        self._judged = Judged(None)

    def plan(self) -> Data:
        stored = self._store.results(self._job, Phase.PLAN, self._chunk)
        bodies = stored.bodies
        if self._store.is_cancelled(self._job):
            return answer(bodies or [], cancelled=True)
        users = self._store.users(self._job, self._chunk)
        current = bodies or [_UNREAD] * len(users)
        waited = {Code.PENDING.value} if self._round else set()
        kept = dealt_with(self._store, self._job, self._chunk, self._round)
        todo = [i for i, body in enumerate(current) if i not in kept and codes_of(body) & (UNFINISHED | waited)]
        if bodies is not None and not todo:
            return answer(bodies)
        self._weighed = [*stored.weighed] or [None] * len(users)
        job = self._accepted = self._store.find(self._job)
        # An order can end the waiting, and not begin it.
        self._waits = job is not None and job.wait_minutes > 0 and not self._order.get("isLast", True)
        return self._done(Phase.PLAN, current, todo, users, stored.version)

    def apply(self) -> Data:
        # What was accepted stands in the job's own record, whatever the order says.
        job = self._accepted = self._store.find(self._job)
        if job is None or job.dry_run:
            return answer([], error=no_job(self._job))
        self._judged = judge(self._services, job, self._round)
        if self._judged.error is not None:
            note_refusal(self._services, job, self._order, self._judged.error)
            return answer([], error=self._judged.error)
        plan = self._store.results(self._job, Phase.PLAN, self._chunk)
        planned = plan.bodies
        if planned is None:
            return answer([], error=no_job(self._job))
        self._weighed = [*plan.weighed] or [weighed_body(body) for body in planned]
        stored = self._store.results(self._job, Phase.RESULT, self._chunk)
        bodies = stored.bodies
        if self._store.is_cancelled(self._job):
            return answer(bodies or [], cancelled=True)
        # Who was waited for, and is there now, has a plan since; so has who could not be read before.
        current = [body if is_dealt_with(body) else plan for body, plan in zip(bodies or planned, planned, strict=True)]
        # A user may have failed in one method and have another one to be written.
        todo = [
            i
            for i, (body, plan) in enumerate(zip(current, planned, strict=True))
            if is_planned(plan) and (body is plan or codes_of(body) & UNFINISHED)
        ]
        if current == bodies and not todo:
            return answer(bodies)
        users = self._store.users(self._job, self._chunk)
        # Stored also where nothing is to be done: the presence of the blob says that the chunk is done.
        return self._done(Phase.RESULT, current, todo, users, stored.version, planned)

    def _done(
        self,
        phase: Phase,
        bodies: list[Json],
        todo: Sequence[int],
        users: Mapping[Target, tuple[str, ...]],
        version: str | None,
        planned: Sequence[Json] | None = None,
    ) -> Data:
        """`planned`: what is to be written; without it nothing is."""
        try:
            self._reconcile(bodies, todo, users, planned)
        except _Beyond as beyond:
            # The directory has changed since. Nobody has judged this; the next job will.
            for i in beyond.positions:
                bodies[i] = ended(bodies[i], beyond.told)
            self._log_users({i: bodies[i] for i in beyond.positions}, planned)
            return self._done(phase, bodies, [i for i in todo if i not in beyond.positions], users, version, planned)
        except Refused as stop:
            ending = refused(stop.refusal)
            if self._accepted is not None:
                note_refusal(self._services, self._accepted, self._order, ending)
            return answer(bodies, error=ending)
        except AWAY as away:
            return paused(self._order, away, bodies, len(todo))
        except JobsUnavailable:
            raise
        except ServiceError as error:
            return faulted(self._order, error, bodies)
        weights = self._weighed if phase is Phase.PLAN else ()
        if not self._store.put_results(self._job, phase, self._chunk, bodies, version, weights):
            # This activity runs a second time, beside or behind the first one: what that one stored stands.
            bodies = self._store.results(self._job, phase, self._chunk).bodies or []
        return answer(bodies)

    def _reconcile(
        self,
        bodies: list[Json],
        todo: Sequence[int],
        users: Mapping[Target, tuple[str, ...]],
        planned: Sequence[Json] | None,
    ) -> None:
        if not todo:
            return
        services, deadline, began = self._services, Deadline(CHUNK_DEADLINE_S), time.monotonic()
        targets = list(users)
        judge = _Judge(self, {targets[i]: i for i in todo}, deadline, planned)
        with counting_throttled() as throttled:
            report = reconcile(
                [targets[i] for i in todo],
                replace(services.source, unused=users),
                self._directory(deadline, is_plan=planned is None),
                services.sign_in(deadline),
                services.policy,
                dry_run=planned is None,
                deadline=deadline,
                judge=judge,
                shared=[targets[i] for i in todo if planned is not None and is_number_shared(planned[i])],
            )
        if self._waits:
            report = with_pending(report)
            self._weigh_pending(report, todo)
        found = user_bodies(report)
        if planned is None and self._accepted is not None:
            note_plan(services, self._accepted, self._order, report)
        elif planned is not None and self._accepted is not None:
            plans = [planned[i] for i in todo]
            note_writes(services, self._accepted, self._order, report, plans, found)
            found = [credited(plan, body) for plan, body in zip(plans, found, strict=True)]
        for i, body in zip(todo, found, strict=True):
            bodies[i] = body
        self._log_users({i: bodies[i] for i in todo}, planned)
        log_chunk(_phase(planned), self._chunk, counts(report), time.monotonic() - began, throttled.times)

    def _log_users(self, bodies: Mapping[int, Json], planned: Sequence[Json] | None) -> None:
        log_users(self._services, self._accepted, _phase(planned), self._chunk, bodies)

    def _directory(self, deadline: Deadline, *, is_plan: bool) -> Directory:
        """Of a job that has listed its users only these. They are read again only where they are not as the listing
        desired; before a write every user is."""
        services = self._services
        if self._accepted is None or not self._accepted.scope:
            return services.directory
        listed, keyed = self._store.listed_users(self._job, self._chunk), partial(services.digest, deadline)
        return ListedDirectory(services.directory, listed, keyed, rereads=not is_plan)

    def note(self, place: int, plan: UserPlan, deadline: Deadline) -> None:
        """What the plan of the user at this place counts for."""
        has_ceiling = self._services.policy.users_per_number > 0
        self._weighed[place] = weighed(plan, partial(self._services.digest, deadline), tags_number=has_ceiling)

    def _weigh_pending(self, report: RunReport, places: Sequence[int]) -> None:
        """Nothing is done for who is waited for."""
        for place, result in zip(places, report.results, strict=True):
            if result.code is Code.PENDING:
                self._weighed[place] = Weighed(0, 0) if result.user_id else None

    def begin(self, plans: Mapping[int, UserPlan], planned: Sequence[Json], deadline: Deadline) -> Refusal | None:
        """Raises _Beyond, or, unless it is refused, from now on these users may be changed."""
        job = self._accepted
        if job is None:
            raise ValueError("only what was accepted is applied")
        if job.applies:
            others = self._others(plans, planned, deadline)
            if others:
                raise _Beyond(others, PLAN_CHANGED)
        beyond = {i for i, plan in plans.items() if is_beyond(plan, self._weighed[i])}
        if beyond:
            raise _Beyond(beyond, _CHANGED_MEANWHILE)
        refusal = reserve(self._services, job, self._judged.removals, self._judged.overwrites, deadline)
        if refusal is None:
            self._store.begin(self._job, self._chunk, self._round)
        return refusal

    def _others(self, plans: Mapping[int, UserPlan], planned: Sequence[Json], deadline: Deadline) -> set[int]:
        """Users whose plan is not the one that the caller has seen. Of a user whom this job has begun to change, only a
        part of it may be left; so it is, too, where the number was taken out of it."""
        keyed, has_begun = partial(self._services.digest, deadline), self._chunk in self._store.begun(self._job)

        def is_other(plan: UserPlan, seen: Weighed | None, body: Json) -> bool:
            if seen is not None and (has_begun or seen.writes.startswith(WITHHELD)):
                return not is_part(plan, body)
            return seen is None or tag(plan, keyed) != seen.writes

        return {i for i, plan in plans.items() if plan.has_writes and is_other(plan, self._weighed[i], planned[i])}


def _phase(planned: Sequence[Json] | None) -> str:
    return "plan" if planned is None else "apply"


class _Judge(Judge):
    """Until the plan of the whole job is judged nothing is too much, and then nothing beyond it is due. `planned`: what
    is applied."""

    def __init__(
        self, chunk: _Chunk, places: Mapping[Target, int], deadline: Deadline, planned: Sequence[Json] | None
    ) -> None:
        self._chunk, self._places, self._deadline, self._planned = chunk, places, deadline, planned

    def told(self, plans: Sequence[UserPlan]) -> None:
        for plan in plans if self._planned is None else ():
            self._chunk.note(self._places[plan.target], plan, self._deadline)

    def refusal(self, verdict: Verdict) -> None:
        """That of the whole job stands elsewhere."""

    def admit(self, plans: Sequence[UserPlan], verdict: Verdict) -> Refusal | None:  # noqa: ARG002
        places = {self._places[plan.target]: plan for plan in plans}
        return self._chunk.begin(places, self._planned or (), self._deadline)


class _Beyond(Exception):
    """The plans of the users at these positions hold other things than were planned when the job was judged, or more.
    `told`: what becomes of them."""

    def __init__(self, positions: Collection[int], told: Json) -> None:
        super().__init__(f"{len(positions)} users")
        self.positions, self.told = positions, told


_UNREAD: Json = {"code": Code.DEADLINE.value, "changes": []}
_CHANGED_MEANWHILE: Json = {
    "status": UserStatus.SKIPPED.value,
    "code": Code.NOT_ATTEMPTED.value,
    "message": "The directory changed while the job ran: more would now be removed or overwritten than was planned.",
    "changes": [],
}
