"""Activities about a whole job, between its plan and its first write: each reads what was planned in all chunks.

They may run twice, as every activity.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from shared.core.codes import UserStatus
from shared.core.guard.ceilings import read_only
from shared.core.report import Json
from shared.core.results import DUPLICATE
from shared.jobs.answers import Data, answer, no_job
from shared.jobs.credit import in_doubt
from shared.jobs.cut_off import doubtful
from shared.jobs.frame import activity
from shared.jobs.judge import ending, judge, judged
from shared.jobs.life import log_users
from shared.jobs.rounds import dealt_with
from shared.jobs.tally import planned_removals
from shared.jobs.trail import note_approval, note_doubts, note_refusal
from shared.jobs.weighed import done
from shared.services import Job, JobStore, Phase, Services, Stored


@activity
def mark_duplicates(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). A user who is named twice, by name and by id or in two spellings, counts
    once and is written once. The answer counts the whole job."""
    store, job_id, round = services.store, order["jobId"], order.get("round", 0)
    job, counts, removals = store.find(job_id), Counter[str](), 0
    chunks = range(job.chunks if job else 0)
    kept = {chunk: dealt_with(store, job_id, chunk, round) for chunk in chunks} if round else {}
    # Whoever was dealt with before is not the one who is marked, wherever that user stands in the list.
    seen = {user for chunk in kept for user in _users_at(store, job_id, chunk, kept[chunk])}
    for chunk in chunks:
        stored = store.results(job_id, Phase.PLAN, chunk)
        bodies = stored.bodies or []
        again = _again(bodies, seen, kept.get(chunk, set()))
        for i in again:
            bodies[i] = {**bodies[i], **_DUPLICATE}
        if again:
            weighed = [None if i in again else user for i, user in enumerate(stored.weighed)]
            store.put_results(job_id, Phase.PLAN, chunk, bodies, stored.version, weighed)
            log_users(services, job, "judge", chunk, {i: bodies[i] for i in again})
        counts.update(str(body["status"]) for body in bodies)
        removals += sum(map(planned_removals, bodies))
    return {**answer([]), "counts": dict(counts), "removals": removals}


def _users_at(store: JobStore, job_id: str, chunk: int, places: Collection[int]) -> set[str]:
    """Who was found at these places. An entry that is marked stands for nobody: the user is dealt with, or still waited
    for, under another name."""
    bodies = (store.results(job_id, Phase.PLAN, chunk).bodies or []) if places else []
    found = (body for place, body in enumerate(bodies) if place in places)
    return {str(body["userId"]) for body in found if body["userId"] and body["code"] != DUPLICATE.code}


def _again(bodies: Sequence[Json], seen: set[str], kept: Collection[int]) -> set[int]:
    """The places of users who were seen before, and are not marked yet. Adds the others to `seen`."""
    again = set[int]()
    for place, body in enumerate(bodies):
        user = str(body["userId"] or "")
        if user in seen and place not in kept and body["code"] != DUPLICATE.code:
            again.add(place)
        elif user:
            seen.add(user)
    return again


@activity
def judge_plan(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). Asks the guards about the plan as a whole; the answer counts it.

    Nothing may be written before it is known what others have removed and overwritten today.
    """
    job = services.store.find(order["jobId"])
    if job is None:
        return answer([], error=no_job(order["jobId"]))
    if services.store.is_cancelled(job.id):
        return answer([], cancelled=True)
    verdict = judge(services, job, order.get("round", 0))
    error = verdict.error
    tallies = services.store.tallies(job.id, Phase.PLAN).values()
    if not job.dry_run and any(tally.to_be_written for tally in tallies):
        error = ending(services, job, read_only(services.policy)) or error
    note_refusal(services, job, order, error)
    if verdict.passed and error is None:
        note_approval(services, job, order, verdict.passed)
    counts = Counter[str]()
    for tally in tallies:
        counts.update(tally.counts)
    removals = sum(tally.removals for tally in tallies)
    return {**answer([], error=error), "counts": dict(counts), "removals": removals}


@activity
def settle_job(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). Gives back what the job has reserved for today and not done, and puts on
    record what it may have done: in the audit trail, and in results that say less."""
    store, job_id, round = services.store, order["jobId"], order.get("round", 0)
    job = store.find(job_id)
    if job is None:
        return answer([])
    # What an earlier round has reserved, too: the last one may have ended before it was judged. Whoever judged it may
    # have ended between the reservation and the verdict.
    held = [judged(verdict) for verdict in store.verdicts(job_id)]
    is_counted = store.verdict(job_id, round) is None or any(
        services.ledger.counts(one.removals, one.overwrites, job.caller) for one in held
    )
    planned = store.weighed(job_id) if is_counted else {}
    begun_on, removals, overwrites = store.begun_on(job_id, round), 0, 0
    for chunk in sorted(store.begun(job_id)):
        stored = store.results(job_id, Phase.RESULT, chunk)
        bodies, doubts = _left(store, job, chunk, begun_on.get(chunk), stored)
        note_doubts(services, job, order, doubts)
        if doubts and stored.bodies is not None:
            store.put_results(job_id, Phase.RESULT, chunk, bodies, stored.version)
        weights = [done(user, body) for user, body in zip(planned.get(chunk, ()), bodies, strict=False)]
        removals += sum(weight.removals for weight in weights)
        overwrites += sum(weight.overwrites for weight in weights)
    if is_counted:
        services.ledger.settle(job_id, removals, overwrites)
    return answer([])


def _left(store: JobStore, job: Job, chunk: int, begun_on: str | None, stored: Stored) -> tuple[list[Json], list[Json]]:
    """What is known of the users of a chunk at the end, and of which of them a change is in doubt."""
    if stored.bodies is None:
        begun_on = ""
    elif begun_on != stored.version and not job.wait_minutes:
        return stored.bodies, []
    planned = store.results(job.id, Phase.PLAN, chunk).bodies or []
    bodies = stored.bodies or planned
    doubts = {i: in_doubt(planned[i], bodies[i]) for i in sorted(doubtful(begun_on, stored, planned))}
    return [doubts.get(i, body) for i, body in enumerate(bodies)], [*doubts.values()]


_DUPLICATE: Json = {
    "status": UserStatus.SKIPPED.value,
    "code": DUPLICATE.code.value,
    "message": DUPLICATE.message,
    "changes": [],
}
