"""What an activity does: one chunk of a job planned or applied, with the code of the inline path.

Every activity may run twice: what is stored is not done again, and what a run that was cut off may have written, and is
found written, counts as done by this job.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from shared.core.codes import Code
from shared.core.guard.ceilings import Refusal
from shared.core.listed import ListedDirectory
from shared.core.models import RunReport, Target
from shared.core.plan import UserPlan
from shared.core.reconcile import Directory, Refused, reconcile
from shared.core.report import Json, counts, user_bodies
from shared.core.results import announced
from shared.core.waiting import with_pending
from shared.deadline import Deadline
from shared.errors import JobsUnavailable, ServiceError
from shared.jobs.answers import AWAY, UNFINISHED, Data, answer, codes_of, no_job, stopped
from shared.jobs.chunk_judge import Beyond, ChunkJudge, only_judged, only_seen
from shared.jobs.credit import ended, in_doubt, is_planned, learnt
from shared.jobs.cut_off import doubtful, is_due
from shared.jobs.frame import activity, faulted, paused
from shared.jobs.judge import Judged, ending, judge, reserve
from shared.jobs.life import log_chunk, log_fault, log_users
from shared.jobs.results import not_reached
from shared.jobs.rounds import dealt_with, is_dealt_with
from shared.jobs.trail import note_doubts, note_plan, note_refusal, note_writes
from shared.jobs.weighed import weighed, weighed_body
from shared.jobs.withheld import is_number_shared, is_sign_in_taken
from shared.log import counting_throttled
from shared.services import Job, Phase, Services, Stored, Weighed

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
        self._round, self._waits, self._phase = int(order.get("round", 0)), False, "plan"
        self._deadline = Deadline(CHUNK_DEADLINE_S)
        # What was planned for each user counts for so much.
        self._weighed: list[Weighed | None] = []
        # The job's own record, and, of one that is applied, what it may do.
        self._accepted: Job | None = None
        self._judged = Judged(None)
        # The results that earlier runs have stored, and whom one may have changed that was cut off.
        self._before, self._doubtful = Stored(None, None), set[int]()

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
        self._phase = "apply"
        # What was accepted stands in the job's own record, whatever the order says.
        job = self._accepted = self._store.find(self._job)
        if job is None or job.dry_run:
            return answer([], error=no_job(self._job))
        self._judged = judge(self._services, job, self._round)
        error = self._judged.error
        note_refusal(self._services, job, self._order, error)
        plan = self._store.results(self._job, Phase.PLAN, self._chunk)
        planned = plan.bodies
        if planned is None:
            return answer([], error=error or no_job(self._job))
        self._weighed = [*plan.weighed] or [weighed_body(body) for body in planned]
        stored = self._before = self._store.results(self._job, Phase.RESULT, self._chunk)
        bodies = stored.bodies
        begun_on = self._store.begun_on(self._job, self._round, self._chunk)
        self._doubtful = doubtful(begun_on.get(self._chunk), stored, planned)
        # Who was waited for, and is there now, has a plan since; so has who could not be read before.
        current = [body if is_dealt_with(body) else plan for body, plan in zip(bodies or planned, planned, strict=True)]
        todo = [i for i, body in enumerate(bodies or planned) if is_due(planned[i], body)]
        if error is not None or self._store.is_cancelled(self._job):
            return self._stopped(current, planned, error) if self._doubtful else stopped(bodies or [], error)
        if current == bodies and not todo:
            return answer(bodies, unfinished=0)  # who could not be read for the plan does not get one by waiting
        users = self._store.users(self._job, self._chunk)
        # Stored also where nothing is to be done: the presence of the blob says that the chunk is done.
        return self._done(Phase.RESULT, current, todo, users, stored.version, planned)

    def _stopped(self, bodies: list[Json], planned: Sequence[Json], error: Data | None) -> Data:
        """The job ends here, by a guard or because it is cancelled. What a run did that was cut off is found out first;
        where that fails, `settle_job` says that nobody knows."""
        users = self._store.users(self._job, self._chunk)
        try:
            self._reconcile(bodies, sorted(self._doubtful), users, planned, is_look=True)
        except JobsUnavailable:
            raise
        except ServiceError as fault:
            log_fault(self._job, fault.code, fault.detail)
            return stopped(bodies, error)
        self._store.put_results(self._job, Phase.RESULT, self._chunk, bodies, self._before.version)
        return stopped(bodies, error)

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
        except Beyond as beyond:
            # The directory has changed since. Nobody has judged this; the next job will.
            known = self._known_of(beyond.plans, bodies, planned or ()) if self._doubtful else {}
            for i in beyond.plans:
                bodies[i] = ended(known.get(i, bodies[i]), beyond.told)
            self._log_users({i: bodies[i] for i in beyond.plans})
            return self._done(phase, bodies, [i for i in todo if i not in beyond.plans], users, version, planned)
        except Refused as stop:
            if self._accepted is None:
                raise
            error = ending(self._services, self._accepted, stop.refusal)
            note_refusal(self._services, self._accepted, self._order, error)
            return self._stopped(bodies, planned or (), error) if self._doubtful else stopped(bodies, error)
        except AWAY as away:
            return paused(self._order, away, bodies, len(todo))
        except ServiceError as fault:
            return faulted(self._order, fault, bodies)
        weights = self._weighed if phase is Phase.PLAN else ()
        while not self._store.put_results(self._job, phase, self._chunk, bodies, version, weights):
            # This activity runs a second time, beside or behind the first one: what that one stored stands.
            stored = self._store.results(self._job, phase, self._chunk)
            if planned is None:
                return answer(stored.bodies or [])
            # So does what this one has written, and that one does not tell.
            bodies = [learnt(*each) for each in zip(bodies, stored.bodies or bodies, strict=True)]
            version = stored.version
        return answer(bodies)

    def _reconcile(
        self,
        bodies: list[Json],
        todo: Sequence[int],
        users: Mapping[Target, tuple[str, ...]],
        planned: Sequence[Json] | None,
        *,
        is_look: bool = False,
    ) -> None:
        """`is_look`: nothing more is written of what was planned."""
        if not todo:
            return
        services, deadline, began = self._services, self._deadline, time.monotonic()
        targets = list(users)
        places = {targets[i]: i for i in todo}
        is_sweep = planned is not None and self._accepted is not None and self._accepted.delta_link
        swept = self._store.swept(self._job) if is_sweep else None
        judge = ChunkJudge(
            places,
            hear=partial(self._note, deadline) if planned is None else lambda *_: None,
            begin=partial(self._begin, planned or (), bodies, deadline),
        )
        with counting_throttled() as throttled:
            report = reconcile(
                [targets[i] for i in todo],
                replace(services.source, unused=users),
                self._directory(deadline, is_plan=planned is None),
                services.sign_in(deadline),
                services.policy,
                dry_run=planned is None or is_look,
                deadline=deadline,
                judge=judge,
                shared=[targets[i] for i in todo if planned is not None and is_number_shared(planned[i])],
                taken=[targets[i] for i in todo if planned is not None and is_sign_in_taken(planned[i])],
                again=() if swept is None else swept.again_among(places),
            )
        if self._waits:
            report = with_pending(report)
            self._weigh_pending(report, todo)
        if planned is not None:
            found = self._learnt(replace(report, dry_run=False), todo, bodies, planned)
        else:
            found = user_bodies(report)
            if self._accepted is not None:
                note_plan(services, self._accepted, self._order, report)
        if is_look:
            found = [not_reached(body) if is_planned(body) else body for body in found]
        for i, body in zip(todo, found, strict=True):
            bodies[i] = body
        self._log_users({i: bodies[i] for i in todo})
        log_chunk(self._phase, self._chunk, counts(report), time.monotonic() - began, throttled.times)

    def _learnt(
        self, report: RunReport, places: Sequence[int], bodies: Sequence[Json], planned: Sequence[Json]
    ) -> list[Json]:
        """What is known of the users at these places now, which goes into the audit trail."""
        before, found = [self._left(i, bodies, planned) for i in places], user_bodies(report)
        known = [learnt(*each) for each in zip(before, found, strict=True)]
        if self._accepted is not None:
            note_writes(self._services, self._accepted, self._order, report, before, found)
            doubts = [body for i, body in zip(places, known, strict=True) if i in self._doubtful]
            note_doubts(self._services, self._accepted, self._order, doubts)
        return known

    def _left(self, place: int, bodies: Sequence[Json], planned: Sequence[Json]) -> Json:
        """What earlier runs left of a user."""
        return in_doubt(planned[place], bodies[place]) if place in self._doubtful else bodies[place]

    def _known_of(
        self, plans: Mapping[int, UserPlan], bodies: Sequence[Json], planned: Sequence[Json]
    ) -> Mapping[int, Json]:
        """As `_learnt`, of users whose last run was cut off, judged by what would still be done for them."""
        places = [i for i in plans if i in self._doubtful]
        results = tuple(announced(plans[i]) for i in places)
        report = RunReport(dry_run=False, source=self._services.source.name, results=results)
        return dict(zip(places, self._learnt(report, places, bodies, planned), strict=True))

    def _log_users(self, bodies: Mapping[int, Json]) -> None:
        log_users(self._services, self._accepted, self._phase, self._chunk, bodies)

    def _directory(self, deadline: Deadline, *, is_plan: bool) -> Directory:
        """Of a job that has listed its users only these. They are read again only where they are not as the listing
        desired; before a write every user is."""
        services = self._services
        if self._accepted is None or not self._accepted.scope:
            return services.directory
        listed, keyed = self._store.listed_users(self._job, self._chunk), partial(services.digest, deadline)
        return ListedDirectory(services.directory, listed, keyed, rereads=not is_plan)

    def _note(self, deadline: Deadline, place: int, plan: UserPlan) -> None:
        """What the plan of the user at this place counts for."""
        services = self._services
        tags_number = services.policy.users_per_number > 0 or bool(services.source.sms_sign_in)
        self._weighed[place] = weighed(plan, partial(services.digest, deadline), tags_number=tags_number)

    def _weigh_pending(self, report: RunReport, places: Sequence[int]) -> None:
        """Nothing is done for who is waited for."""
        for place, result in zip(places, report.results, strict=True):
            if result.code is Code.PENDING:
                self._weighed[place] = Weighed(0, 0) if result.user_id else None

    def _begin(
        self, planned: Sequence[Json], bodies: Sequence[Json], deadline: Deadline, plans: Mapping[int, UserPlan]
    ) -> Refusal | None:
        """Raises Beyond, or, unless it is refused, from now on these users may be changed."""
        job = self._accepted
        if job is None:
            raise ValueError("only what was accepted is applied")
        if job.applies:
            keyed, has_begun = partial(self._services.digest, deadline), self._chunk in self._store.begun(self._job)
            only_seen(plans, self._weighed, planned, keyed, has_begun=has_begun)
        only_judged(plans, self._weighed, planned, {i: self._left(i, bodies, planned) for i in plans})
        refusal = reserve(self._services, job, self._judged.removals, self._judged.overwrites, deadline)
        if refusal is None:
            self._store.begin(self._job, self._chunk, self._round, self._before.version)
        return refusal


_UNREAD: Json = {"code": Code.DEADLINE.value, "changes": []}
