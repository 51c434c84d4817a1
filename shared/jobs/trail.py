"""What a job leaves in the audit trail, whichever activity does it. An activity may run twice, and so may its records:
each is counted once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shared.core.audit import Key, Origin, approved, found_done, in_doubt, outcomes, protected, refusal
from shared.core.codes import ChangeStatus
from shared.core.guard.ceilings import RefusalCode
from shared.core.models import Method, RunReport
from shared.core.report import Json
from shared.jobs.answers import Data
from shared.jobs.bodies import changes_with
from shared.jobs.credit import found_made
from shared.jobs.life import route_of
from shared.services import Job, Services


def note_refusal(services: Services, job: Job, order: Data, error: Data | None) -> None:
    """A guard ends the job."""
    if error is not None and error["code"] in set(RefusalCode):
        told = refusal(origin_of(job, order), error["code"], error["detail"], dry_run=job.dry_run)
        services.audit.note([told])


def note_approval(services: Services, job: Job, order: Data, limit: str) -> None:
    """The job goes on although its plan exceeds this limit."""
    services.audit.note([approved(origin_of(job, order), limit, job.applies)])


def note_plan(services: Services, job: Job, order: Data, report: RunReport) -> None:
    """The protected users of a chunk. That nothing is written here says nothing about the job."""
    services.audit.note(protected(replace(report, dry_run=job.dry_run), origin_of(job, order)))


def note_writes(
    services: Services, job: Job, order: Data, report: RunReport, before: Sequence[Json], bodies: Sequence[Json]
) -> None:
    """What was written for the users of a chunk, now or by an earlier run. `before`, `bodies`: of each user of the
    report what earlier runs left, and what the report says."""
    origin, tags = origin_of(job, order), services.tags()
    records = [*outcomes(report, origin, tags), *protected(report, origin)]
    for result, left, body in zip(report.results, before, bodies, strict=True):
        records += found_done(result, _by_key(found_made(left, body)), origin, tags)
    services.audit.note(records)


def note_doubts(services: Services, job: Job, order: Data, bodies: Iterable[Json]) -> None:
    """Changes of users whom a run that was cut off may have made, and of which nobody knows."""
    origin = origin_of(job, order)
    records = [
        record
        for body in bodies
        for record in in_doubt(str(body["userId"]), changes_with(body, ChangeStatus.UNKNOWN), origin)
    ]
    if records:
        services.audit.note(records)


def _by_key(changes: Sequence[Json]) -> Mapping[Key, Json]:
    found: dict[Key, Json] = {}
    for change in changes:
        method_id = change.get("id")
        found[Method(str(change["method"])), None if method_id is None else str(method_id)] = change
    return found


def origin_of(job: Job, order: Data) -> Origin:
    """Who asked for the job."""
    return Origin(
        correlation_id=str(order.get("correlationId", "")),
        caller_correlation_id=job.caller_correlation_id,
        route=route_of(job),
        address=job.address,
        caller=job.caller,
        proof=job.proof,
        reason=job.reason,
        job_id=job.id,
    )
