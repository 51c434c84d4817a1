"""What the audit trail says: who changed what for whom, who saw it, and who was refused. Pure.

A record is a flat JSON object (schema: records/audit.schema.json). Numbers and addresses in it are masked; `numberTag`
is equal for equal numbers. Its `recordId` follows from what happened, so that what is recorded a second time, by a
repeated activity or a repeated append, is counted once.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.core.codes import ChangeStatus, Code
from shared.core.models import After, Change, ChangeResult, Method, RunReport, UserResult
from shared.core.phone import PhoneNumber
from shared.core.plan import UserPlan
from shared.core.plan_id import Keyed, number_tag
from shared.core.report import Json
from shared.errors import StorageUnavailable, VaultUnavailable


class Event(StrEnum):
    WRITE = "write"
    REFUSAL = "refusal"  # 401, 403, a guard, a protected user
    FULL_READ = "fullRead"
    RESULT_READ = "resultRead"
    REPORT = "report"  # begun, or its result read
    DRIFT = "drift"  # what a drift check has found
    CANCEL = "cancel"
    APPLY = "apply"


class Ending(StrEnum):
    """What became of it."""

    INTENDED = "intended"  # about to be written
    APPLIED = "applied"
    FOUND_DONE = "foundDone"  # planned by this job, and found done when its activity ran again
    FAILED = "failed"
    UNKNOWN = "unknown"  # sent, and the outcome is not known
    NOT_WRITTEN = "notWritten"  # intended, and then blocked by an earlier change, or not needed any more
    REFUSED = "refused"
    SHOWN = "shown"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a request, from where, and the reason given. `caller` "": unknown. `job_id`: of the job that it is
    about. `caller_correlation_id`: by which the caller knows the request."""

    correlation_id: str
    route: str
    address: str = ""
    caller: str = ""
    proof: str = ""
    reason: str = ""
    job_id: str = ""
    caller_correlation_id: str = ""


class Tags:
    """Tags of numbers, while the app's key can be read. After one failure it is not tried again."""

    def __init__(self, keyed: Keyed) -> None:
        self._keyed: Keyed | None = keyed

    def of(self, value: After | None) -> str | None:
        if self._keyed is None or not isinstance(value, PhoneNumber):
            return None
        try:
            return number_tag(value, self._keyed)
        except (StorageUnavailable, VaultUnavailable):
            self._keyed = None
            return None


# A change of a user in the bodies of a job, by method and id.
Key = tuple[Method, str | None]
_ENDINGS = {
    ChangeStatus.APPLIED: Ending.APPLIED,
    ChangeStatus.FAILED: Ending.FAILED,
    ChangeStatus.UNKNOWN: Ending.UNKNOWN,
}
PROTECTED = (Code.PROTECTED_USER, Code.SERVICE_ACCOUNT)


def intents(plans: Sequence[UserPlan], origin: Origin, tags: Tags) -> list[Json]:
    """What is about to be written."""
    return [
        _write(origin, plan.user_id, change, Ending.INTENDED, tags)
        for plan in plans
        for change in plan.plan.changes
        if change.is_write
    ]


def outcomes(report: RunReport, origin: Origin, tags: Tags) -> list[Json]:
    """What was written, or tried."""
    return [] if report.dry_run else [write for result in report.results for write in _writes(result, origin, tags)]


def unwritten(intended: Sequence[UserPlan], report: RunReport, origin: Origin, tags: Tags) -> list[Json]:
    """What was intended, and is not among the outcomes: the code says why."""
    results = {(result.user_id, change.change.key): change for result in report.results for change in result.changes}
    found = ((plan.user_id, change) for plan in intended for change in plan.plan.changes if change.is_write)
    settled = ((user_id, change, results.get((user_id, change.key))) for user_id, change in found)
    return [
        _write(origin, user_id, change, Ending.NOT_WRITTEN, tags, result)
        for user_id, change, result in settled
        if result is None or _ending(result) is None
    ]


def protected(report: RunReport, origin: Origin) -> list[Json]:
    """Protected users who were asked for, in a dry run too."""
    return [
        refusal(origin, result.code, result.message, result.user_id or "", dry_run=report.dry_run)
        for result in report.results
        if result.code in PROTECTED
    ]


def found_done(result: UserResult, planned: Mapping[Key, Json], origin: Origin, tags: Tags) -> list[Json]:
    """What was `planned` for a user, and had been done by an earlier run of the same activity."""
    return [
        _record(
            Event.WRITE,
            Ending.FOUND_DONE,
            origin,
            _write_key(result.user_id or "", change.change),
            objectId=result.user_id,
            method=change.change.method,
            methodId=change.change.id,
            **{name: planned[change.change.key][name] for name in ("action", "before", "after")},
            numberTag=tags.of(change.change.after),
        )
        for change in result.changes
        if change.change.key in planned
    ]


def in_doubt(user_id: str, planned: Sequence[Json], origin: Origin) -> list[Json]:
    """What was `planned` for a user, and may have been done by a run of an activity that was cut off."""
    return [
        _record(
            Event.WRITE,
            Ending.UNKNOWN,
            origin,
            (user_id, str(change["method"]), str(change.get("id") or "")),
            objectId=user_id,
            method=change["method"],
            methodId=change.get("id"),
            **{name: change[name] for name in ("action", "before", "after", "code")},
        )
        for change in planned
    ]


def refusal(origin: Origin, code: str, detail: str, user_id: str = "", *, dry_run: bool | None = None) -> Json:
    """Somebody was not let in, or may not do this, or a guard said no."""
    facts = {"objectId": user_id, "code": str(code), "detail": detail, "dryRun": dry_run}
    return _record(Event.REFUSAL, Ending.REFUSED, origin, (user_id, str(code)), **facts)


def full_read(origin: Origin, user_id: str) -> Json:
    return _record(Event.FULL_READ, Ending.SHOWN, origin, (user_id,), objectId=user_id)


def result_read(origin: Origin) -> Json:
    return _record(Event.RESULT_READ, Ending.SHOWN, origin, (origin.correlation_id,))


def reported(origin: Origin, *, is_read: bool = False) -> Json:
    """A report is begun, or its result is read."""
    ending = Ending.SHOWN if is_read else Ending.ACCEPTED
    return _record(Event.REPORT, ending, origin, (origin.correlation_id,) if is_read else ())


def drift(origin: Origin, users: int, drifted: int, failed: int) -> Json:
    """How many users there are, how many differ from the directory, and how many could not be compared."""
    return _record(Event.DRIFT, Ending.SHOWN, origin, (), users=users, drifted=drifted, failed=failed)


def cancelled(origin: Origin) -> Json:
    return _record(Event.CANCEL, Ending.ACCEPTED, origin, (origin.correlation_id,))


def applied(origin: Origin, planned_id: str, planned_by: str) -> Json:
    """The plan of a job becomes the job that the origin names. A repeat by the same caller is the same record."""
    planned = {"applies": planned_id, "appliesCaller": planned_by}
    return _record(Event.APPLY, Ending.ACCEPTED, origin, (origin.caller,), **planned)


def approved(origin: Origin, limit: str, dry_run_id: str = "") -> Json:
    """A plan is carried out although it exceeds this limit, because the caller may approve that."""
    return _record(Event.APPLY, Ending.ACCEPTED, origin, (origin.caller, limit), applies=dry_run_id, code=limit)


def _writes(result: UserResult, origin: Origin, tags: Tags) -> Iterator[Json]:
    for change in result.changes:
        ending = _ending(change)
        if ending is not None:
            yield _write(origin, result.user_id or "", change.change, ending, tags, change)


def _ending(result: ChangeResult) -> Ending | None:
    """None: not written, nor tried."""
    return _ENDINGS.get(result.status) if result.change.is_write else None


def _write(
    origin: Origin, user_id: str, change: Change, ending: Ending, tags: Tags, result: ChangeResult | None = None
) -> Json:
    return _record(
        Event.WRITE,
        ending,
        origin,
        _write_key(user_id, change),
        objectId=user_id,
        method=change.method,
        methodId=change.id,
        action=change.action,
        before=change.before.masked if change.before else None,
        after=change.after.masked if change.after else None,
        numberTag=tags.of(change.after),
        code=result.code if result else None,
        graphRequestId=result.request_id if result else None,
    )


def _write_key(user_id: str, change: Change) -> Collection[str]:
    """Without the action: what was planned as an add may have become an update."""
    return user_id, change.method, change.id or ""


def _record(event: Event, ending: Ending, origin: Origin, key: Collection[str], **facts: object) -> Json:
    # A write that an activity finds done is the one that it made before.
    what = Ending.APPLIED if ending is Ending.FOUND_DONE else ending
    parts = (event, what, origin.job_id or origin.correlation_id, *key)
    record: Json = {
        "recordId": hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "event": event,
        "outcome": ending,
        "caller": origin.caller,
        "proof": origin.proof,
        "address": origin.address,
        "route": origin.route,
        "correlationId": origin.correlation_id,
        "callerCorrelationId": origin.caller_correlation_id,
        "jobId": origin.job_id,
        "reason": origin.reason,
        **facts,
    }
    return {name: value for name, value in record.items() if value not in (None, "")}
