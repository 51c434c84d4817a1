"""Activities about a whole job, between its plan and its first write: each reads what was planned in all chunks.

They may run twice, as every activity.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from shared.core.codes import Code, UserStatus
from shared.core.guard.ceilings import read_only
from shared.core.report import Json
from shared.core.results import DUPLICATE
from shared.jobs.answers import Data, answer, no_job, refused
from shared.jobs.frame import activity
from shared.jobs.judge import judge, judged
from shared.jobs.life import log_users
from shared.jobs.rounds import dealt_with
from shared.jobs.tally import planned_removals
from shared.jobs.trail import note_refusal
from shared.jobs.weighed import done
from shared.services import JobStore, Phase, Services


@activity
def mark_duplicates(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). A user who is named twice, by name and by id or in two spellings, counts
    once and is written once. The answer counts the whole job."""
    store, job_id, round = services.store, order["jobId"], order.get("round", 0)
    job, counts, removals = store.find(job_id), Counter[str](), 0
    chunks = range(job.chunks if job else 0)
    kept = {chunk: dealt_with(store, job_id, chunk, round) for chunk in chunks} if round else {}
    # Whoever was dealt with before is not the one who is marked, wherever that user stands in the list.
    seen = {str(body["userId"]) for chunk in kept for body in _at(store, job_id, chunk, kept[chunk])}
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


def _at(store: JobStore, job_id: str, chunk: int, places: Collection[int]) -> list[Json]:
    """The plans at these places, of users who were found."""
    bodies = (store.results(job_id, Phase.PLAN, chunk).bodies or []) if places else []
    return [body for place, body in enumerate(bodies) if place in places and body["userId"]]


def _again(bodies: Sequence[Json], seen: set[str], kept: Collection[int]) -> set[int]:
    """The places of users who were seen before, and are not marked yet. Adds the others to `seen`."""
    again = set[int]()
    for place, body in enumerate(bodies):
        user = str(body["userId"] or "")
        if user in seen and place not in kept and body["code"] != Code.DUPLICATE_USER:
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
    error = judge(services, job, order.get("round", 0)).error
    tallies = services.store.tallies(job.id, Phase.PLAN).values()
    if not job.dry_run and any(tally.to_be_written for tally in tallies):
        error = refused(read_only(services.policy)) or error
    note_refusal(services, job, order, error)
    counts = Counter[str]()
    for tally in tallies:
        counts.update(tally.counts)
    removals = sum(tally.removals for tally in tallies)
    return {**answer([], error=error), "counts": dict(counts), "removals": removals}


@activity
def settle_job(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). Gives back what the job has reserved for today and not done."""
    store, job_id = services.store, order["jobId"]
    job, held = store.find(job_id), [judged(verdict) for verdict in store.verdicts(job_id)]
    # What an earlier round has reserved, too: the last one may have ended before it was judged.
    if job is not None and any(services.ledger.counts(one.removals, one.overwrites, job.caller) for one in held):
        begun = {chunk: store.results(job_id, Phase.RESULT, chunk).bodies for chunk in store.begun(job_id)}
        # Of a chunk that was begun and has no results nobody knows what was done.
        if None not in begun.values():
            planned = store.weighed(job_id)
            weights = [
                done(user, body)
                for chunk, bodies in begun.items()
                for user, body in zip(planned[chunk], bodies or [], strict=True)
            ]
            services.ledger.settle(
                job_id, sum(weight.removals for weight in weights), sum(weight.overwrites for weight in weights)
            )
    return answer([])


_DUPLICATE: Json = {
    "status": UserStatus.SKIPPED.value,
    "code": DUPLICATE.code.value,
    "message": DUPLICATE.message,
    "changes": [],
}
