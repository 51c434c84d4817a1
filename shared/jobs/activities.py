"""What an activity does: one chunk of a job planned or applied, with the code of the inline path.

Every activity may run twice: what is stored is not done again, and what a first run had written already counts as done
by this job. Whatever goes wrong is data for the orchestrator; nothing is raised but faults of the infrastructure.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from shared.core.codes import Code, UserStatus
from shared.core.guard import removals_allowed
from shared.core.models import Target
from shared.core.reconcile import TooManyRemovals, reconcile
from shared.core.report import Json, safe_detail, user_body
from shared.core.report_log import log_report
from shared.deadline import Deadline
from shared.errors import ServiceError, SignInUnavailable, TokenRefused, VaultUnavailable
from shared.jobs.credit import changes_of, credited, is_planned
from shared.jobs.orchestrate import too_many_removals
from shared.jobs.tally import planned_removals
from shared.log import correlation_id, get_logger, request_id
from shared.services import Phase, Services

# One activity's time; well below the host's limit for a function, and a pause of Graph fits into it.
CHUNK_DEADLINE_S = 240.0
# Worth another try while the job has patience.
_UNFINISHED = {Code.DEADLINE.value, Code.THROTTLED.value, Code.GRAPH_UNAVAILABLE.value, Code.NOT_READY.value}
_THROTTLED = {Code.DEADLINE.value, Code.THROTTLED.value}

Data = dict[str, Any]
_log = get_logger(__name__)


def plan_chunk(services: Services, order: Data) -> Data:
    """Input: `jobId, correlationId, chunk`. What would be done is stored; nothing is written to Graph."""
    with _log_of(order):
        return _Chunk(services, order).plan()


def apply_chunk(services: Services, order: Data) -> Data:
    """Input: `jobId, correlationId, chunk`. Does what was planned, for the users whose plan holds a write."""
    with _log_of(order):
        return _Chunk(services, order).apply()


def mark_duplicates(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). A user who is named twice, by name and by id, counts once and is
    written once. The answer counts the whole job."""
    job_id, seen = order["jobId"], set[str]()
    job, counts, removals = services.store.find(job_id), Counter[str](), 0
    for chunk in range(job.chunks if job else 0):
        stored = services.store.results(job_id, Phase.PLAN, chunk)
        bodies = stored.bodies or []
        again = [body for body in bodies if body["userId"] in seen]
        for body in again:
            body |= {"status": "skipped", "code": Code.DUPLICATE_USER.value, "message": _DUPLICATE, "changes": []}
        seen |= {str(body["userId"]) for body in bodies if body["userId"]}
        if again:
            services.store.put_results(job_id, Phase.PLAN, chunk, bodies, stored.version)
        counts.update(str(body["status"]) for body in bodies)
        removals += sum(map(planned_removals, bodies))
    return {**_answer([]), "counts": dict(counts), "removals": removals}


_DUPLICATE = "This user is already in the list under another name."


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
        self._services, self._store = services, services.store
        self._job, self._chunk = str(order["jobId"]), int(order["chunk"])

    def plan(self) -> Data:
        stored = self._store.results(self._job, Phase.PLAN, self._chunk)
        bodies = stored.bodies
        if self._store.is_cancelled(self._job):
            return _answer(bodies or [], cancelled=True)
        users = self._store.users(self._job, self._chunk)
        current = bodies or [_UNREAD] * len(users)
        todo = [i for i, body in enumerate(current) if _codes(body) & _UNFINISHED]
        if bodies is not None and not todo:
            return _answer(bodies)
        return self._done(Phase.PLAN, current, todo, users, stored.version)

    def apply(self) -> Data:
        planned = self._store.results(self._job, Phase.PLAN, self._chunk).bodies
        if planned is None:
            return _answer([], error={"code": "internal", "detail": "a chunk without a plan"})
        refusal = self._refusal(planned)
        if refusal is not None:
            return _answer([], error=refusal)
        stored = self._store.results(self._job, Phase.RESULT, self._chunk)
        bodies = stored.bodies
        if self._store.is_cancelled(self._job):
            return _answer(bodies or [], cancelled=True)
        # A user may have failed in one method and have another one to be written.
        todo = [
            i
            for i, (body, plan) in enumerate(zip(bodies or planned, planned, strict=True))
            if is_planned(plan) and (bodies is None or _codes(body) & _UNFINISHED)
        ]
        if bodies is not None and not todo:
            return _answer(bodies)
        if todo:
            self._store.begin(self._job, self._chunk)
        users = self._store.users(self._job, self._chunk)
        # Stored also where nothing is to be done: the presence of the blob says that the chunk is done.
        return self._done(Phase.RESULT, list(bodies or planned), todo, users, stored.version, planned)

    def _refusal(self, planned: Sequence[Json]) -> Data | None:
        """Why nothing may be written, whatever the order says: what was accepted stands in the job's own record."""
        job = self._store.find(self._job)
        if job is None or job.dry_run:
            _log.error("job %s: an order to apply what is a dry run, or no job", self._job)
            return {"code": "internal", "detail": _IN_THE_LOG}
        if not any(map(planned_removals, planned)):
            return None
        allowed = job.removals_allowed
        if allowed is None:
            allowed = removals_allowed(job.users, self._services.policy.max_removals_percent)
        removals = sum(tally.removals for tally in self._store.tallies(self._job, Phase.PLAN).values())
        return too_many_removals(removals, allowed) if removals > allowed else None

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
        except TooManyRemovals as stop:
            if planned is None:
                raise
            # The directory has changed since. Nobody has judged these removals; the next job will.
            more = {
                i
                for i, result in zip(todo, stop.report.results, strict=True)
                if planned_removals(user_body(result, stop.report.source)) > planned_removals(planned[i])
            }
            for i in more:
                bodies[i] = {**planned[i], **_CHANGED_MEANWHILE}
            return self._done(phase, bodies, [i for i in todo if i not in more], users, version, planned)
        except (VaultUnavailable, SignInUnavailable, TokenRefused) as away:
            _log.warning("job %s waits: %s", self._job, away.detail)
            return _answer(bodies, paused_by=_error(away), unfinished=len(todo))
        except ServiceError as error:
            _log.error("job %s ends: %s: %s", self._job, error.code, error.detail)
            return _answer(bodies, error=_error(error))
        except Exception:  # noqa: BLE001 - raised again, without its text
            # What is raised stands in the engine's history, which must not hold what a library says about a user.
            _log.exception("unforeseen fault")
            raise RuntimeError(f"unforeseen fault in chunk {self._chunk}; the log has it") from None
        if not self._store.put_results(self._job, phase, self._chunk, bodies, version):
            # This activity runs a second time, beside or behind the first one: what that one stored stands.
            bodies = self._store.results(self._job, phase, self._chunk).bodies or []
        return _answer(bodies)

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
        report = reconcile(
            [targets[i] for i in todo],
            replace(services.source, unused=users),
            services.directory,
            services.sign_in(deadline),
            services.policy,
            dry_run=planned is None,
            deadline=deadline,
            # The guard judges the plan of the whole job: until then nothing is too much, then nothing beyond it is due.
            allowed=float("inf") if planned is None else sum(planned_removals(planned[i]) for i in todo),
        )
        log_report(report, time.monotonic() - began, "plan" if planned is None else "apply")
        for i, result in zip(todo, report.results, strict=True):
            body = user_body(result, report.source)
            bodies[i] = body if planned is None else credited(planned[i], body)


_UNREAD: Json = {"code": Code.DEADLINE.value, "changes": []}
_CHANGED_MEANWHILE: Json = {
    "status": UserStatus.SKIPPED.value,
    "code": Code.NOT_ATTEMPTED.value,
    "message": "The directory changed while the job ran: a method would now be removed, which was not planned.",
    "changes": [],
}
_IN_THE_LOG = "The log has the reason under the job's id."
_AWAY = "did not respond for longer than JOB_PATIENCE_MINUTES. The result shows what was done; send the list again."
_DETAIL = {VaultUnavailable.code: f"Key Vault {_AWAY}", SignInUnavailable.code: f"Microsoft Entra {_AWAY}"}


def _answer(
    bodies: Sequence[Json],
    *,
    cancelled: bool = False,
    error: Data | None = None,
    paused_by: Data | None = None,
    unfinished: int | None = None,
) -> Data:
    known = [body for body in bodies if "status" in body]
    counts: dict[str, int] = {}
    for body in known:
        counts[str(body["status"])] = counts.get(str(body["status"]), 0) + 1
    codes = [_codes(body) for body in known]
    return {
        "counts": counts,
        "removals": sum(planned_removals(body) for body in known),
        "throttled": sum(bool(found & _THROTTLED) for found in codes),
        "unfinished": sum(bool(found & _UNFINISHED) for found in codes) if unfinished is None else unfinished,
        "cancelled": cancelled,
        "error": error,
        "pausedBy": paused_by,
    }


def _codes(body: Json) -> set[object]:
    """Of the user and of each change: of a user who failed, any change may be the one to try again."""
    return {body["code"], *(change["code"] for change in changes_of(body))}


def _error(error: ServiceError) -> Data:
    detail = _IN_THE_LOG if error.status == 500 else _DETAIL.get(error.code, safe_detail(error))
    return {"code": error.code, "detail": detail}
