"""What an activity does: one chunk of a job planned or applied, with the code of the inline path.

Every activity may run twice: what is stored is not done again, and what a first run had written already counts as done
by this job. Whatever goes wrong is data for the orchestrator; nothing is raised but faults of the infrastructure.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shared.core.codes import Code, UserStatus
from shared.core.guard.ceilings import Verdict
from shared.core.models import Target
from shared.core.plan import UserPlan
from shared.core.reconcile import Judge, Refused, reconcile
from shared.core.report import Json, user_body
from shared.core.report_log import log_report
from shared.deadline import Deadline
from shared.errors import (
    JobsUnavailable,
    ServiceError,
    SignInUnavailable,
    StorageUnavailable,
    TokenRefused,
    VaultUnavailable,
)
from shared.jobs.answers import UNFINISHED, Data, answer, codes_of, no_job, refused, waiting
from shared.jobs.credit import credited, is_planned
from shared.jobs.judge import is_number_shared, judge
from shared.jobs.trail import note_plan, note_refusal, note_writes
from shared.jobs.weighed import is_beyond, weighed, weighed_body
from shared.log import correlation_id, get_logger, request_id
from shared.services import Job, Phase, Services, Weighed

# One activity's time; well below the host's limit for a function, and a pause of Graph fits into it.
CHUNK_DEADLINE_S = 240.0

_log = get_logger(__name__)


def plan_chunk(services: Services, order: Data) -> Data:
    """Input: `jobId, correlationId, chunk`. What would be done is stored; nothing is written to Graph."""
    with _log_of(order):
        return _Chunk(services, order).plan()


def apply_chunk(services: Services, order: Data) -> Data:
    """Input: `jobId, correlationId, chunk`. Does what was planned, for the users whose plan holds a write."""
    with _log_of(order):
        return _Chunk(services, order).apply()


@contextmanager
def _log_of(order: Data) -> Iterator[None]:
    """The log of an activity carries the job's id, and that of the request which the job comes from."""
    token, origin = correlation_id.set(str(order["jobId"])), request_id.set(order.get("correlationId"))
    try:
        yield
    finally:
        correlation_id.reset(token)
        request_id.reset(origin)


class _Chunk:
    """One chunk of one job."""

    def __init__(self, services: Services, order: Data) -> None:
        self._services, self._store, self._order = services, services.store, order
        self._job, self._chunk = str(order["jobId"]), int(order["chunk"])
        # What was planned for each user counts for so much.
        self._weighed: list[Weighed | None] = []

    def plan(self) -> Data:
        stored = self._store.results(self._job, Phase.PLAN, self._chunk)
        bodies = stored.bodies
        if self._store.is_cancelled(self._job):
            return answer(bodies or [], cancelled=True)
        users = self._store.users(self._job, self._chunk)
        current = bodies or [_UNREAD] * len(users)
        todo = [i for i, body in enumerate(current) if codes_of(body) & UNFINISHED]
        if bodies is not None and not todo:
            return answer(bodies)
        self._weighed = [*stored.weighed] or [None] * len(users)
        return self._done(Phase.PLAN, current, todo, users, stored.version)

    def apply(self) -> Data:
        job = self._store.find(self._job)
        if job is None or job.dry_run:
            # Whatever the order says: what was accepted stands in the job's own record.
            return answer([], error=no_job(self._job))
        try:
            error = judge(self._services, job)
        except (VaultUnavailable, StorageUnavailable) as away:
            return answer([], paused_by=waiting(away), unfinished=1)
        if error is not None:
            note_refusal(self._services, job, self._order, error)
            return answer([], error=error)
        plan = self._store.results(self._job, Phase.PLAN, self._chunk)
        planned = plan.bodies
        if planned is None:
            return answer([], error=no_job(self._job))
        self._weighed = [*plan.weighed] or [weighed_body(body) for body in planned]
        stored = self._store.results(self._job, Phase.RESULT, self._chunk)
        bodies = stored.bodies
        if self._store.is_cancelled(self._job):
            return answer(bodies or [], cancelled=True)
        # A user may have failed in one method and have another one to be written.
        todo = [
            i
            for i, (body, plan) in enumerate(zip(bodies or planned, planned, strict=True))
            if is_planned(plan) and (bodies is None or codes_of(body) & UNFINISHED)
        ]
        if bodies is not None and not todo:
            return answer(bodies)
        users = self._store.users(self._job, self._chunk)
        # Stored also where nothing is to be done: the presence of the blob says that the chunk is done.
        return self._done(Phase.RESULT, list(bodies or planned), todo, users, stored.version, _Writing(job, planned))

    def _done(
        self,
        phase: Phase,
        bodies: list[Json],
        todo: Sequence[int],
        users: Mapping[Target, tuple[str, ...]],
        version: str | None,
        writing: "_Writing | None" = None,
    ) -> Data:
        """`writing`: what is to be written; without it nothing is."""
        try:
            self._reconcile(bodies, todo, users, writing)
        except _Beyond as beyond:
            # The directory has changed since. Nobody has judged this; the next job will.
            for i in beyond.positions:
                bodies[i] = {**bodies[i], **_CHANGED_MEANWHILE}
            return self._done(phase, bodies, [i for i in todo if i not in beyond.positions], users, version, writing)
        except JobsUnavailable:
            raise
        except Refused as stop:
            _log.warning("job %s ends: %s", self._job, stop)
            error = refused(stop.refusal)
            if writing is not None:
                note_refusal(self._services, writing.job, self._order, error)
            return answer(bodies, error=error)
        except (VaultUnavailable, StorageUnavailable, SignInUnavailable, TokenRefused) as away:
            _log.warning("job %s waits: %s", self._job, away.detail)
            return answer(bodies, paused_by=waiting(away), unfinished=len(todo))
        except ServiceError as fault:
            _log.error("job %s ends: %s: %s", self._job, fault.code, fault.detail)
            return answer(bodies, error=waiting(fault))
        except Exception:  # noqa: BLE001 - raised again, without its text
            # What is raised stands in the engine's history, which must not hold what a library says about a user.
            _log.exception("unforeseen fault")
            raise RuntimeError(f"unforeseen fault in chunk {self._chunk}; the log has it") from None
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
        writing: "_Writing | None",
    ) -> None:
        if not todo:
            return
        services, deadline, began = self._services, Deadline(CHUNK_DEADLINE_S), time.monotonic()
        targets = list(users)
        judge = _Judge(self, {targets[i]: i for i in todo}, deadline, plans=writing is None)
        report = reconcile(
            [targets[i] for i in todo],
            replace(services.source, unused=users),
            services.directory,
            services.sign_in(deadline),
            services.policy,
            dry_run=writing is None,
            deadline=deadline,
            judge=judge,
            shared=[targets[i] for i in todo if writing is not None and is_number_shared(writing.planned[i])],
        )
        log_report(report, time.monotonic() - began, "plan" if writing is None else "apply")
        found = [user_body(result, report.source) for result in report.results]
        if writing is None:
            note_plan(services, self._order, report)
        else:
            planned = [writing.planned[i] for i in todo]
            note_writes(services, writing.job, self._order, report, planned, found)
            found = [credited(plan, body) for plan, body in zip(planned, found, strict=True)]
        for i, body in zip(todo, found, strict=True):
            bodies[i] = body

    def note(self, place: int, plan: UserPlan, deadline: Deadline) -> None:
        """What the plan of the user at this place counts for."""

        def keyed(*parts: str) -> bytes:
            return self._services.digest(deadline, *parts)

        has_ceiling = self._services.policy.users_per_number > 0
        self._weighed[place] = weighed(plan, keyed, tags_number=has_ceiling)

    def begin(self, plans: Mapping[int, UserPlan]) -> None:
        """Raises _Beyond, or from now on these users may be changed."""
        beyond = {i for i, plan in plans.items() if is_beyond(plan, self._weighed[i])}
        if beyond:
            raise _Beyond(beyond)
        self._store.begin(self._job, self._chunk)


@dataclass(frozen=True, slots=True)
class _Writing:
    """The job whose plan is carried out, and what was planned for each user of the chunk."""

    job: Job
    planned: Sequence[Json]


class _Judge(Judge):
    """Until the plan of the whole job is judged nothing is too much, and then nothing beyond it is due."""

    def __init__(self, chunk: _Chunk, places: Mapping[Target, int], deadline: Deadline, *, plans: bool) -> None:
        self._chunk, self._places, self._deadline, self._plans = chunk, places, deadline, plans

    def told(self, plans: Sequence[UserPlan]) -> None:
        for plan in plans if self._plans else ():
            self._chunk.note(self._places[plan.target], plan, self._deadline)

    def refusal(self, verdict: Verdict) -> None:
        """That of the whole job stands elsewhere."""

    def admit(self, plans: Sequence[UserPlan], verdict: Verdict) -> None:  # noqa: ARG002
        self._chunk.begin({self._places[plan.target]: plan for plan in plans})


class _Beyond(Exception):
    """The plans of the users at these positions hold more than was planned for them when the job was judged."""

    def __init__(self, positions: Collection[int]) -> None:
        super().__init__(f"{len(positions)} users")
        self.positions = positions


_UNREAD: Json = {"code": Code.DEADLINE.value, "changes": []}
_CHANGED_MEANWHILE: Json = {
    "status": UserStatus.SKIPPED.value,
    "code": Code.NOT_ATTEMPTED.value,
    "message": "The directory changed while the job ran: more would now be removed or overwritten than was planned.",
    "changes": [],
}
