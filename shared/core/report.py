"""The bodies of the HTTP contract: a report or a problem as plain data, camelCase, numbers masked. Pure."""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus

from shared.core.codes import UserStatus
from shared.core.guard.ceilings import Refusal
from shared.core.models import Action, ChangeResult, RunReport, SourceName, Target, UserResult
from shared.errors import MAX_FAULTS, InvalidBody, ServiceError

Json = dict[str, object]

_IN_THE_LOG = "The log has the reason under this correlationId."


def report_body(report: RunReport, users: list[Json], correlation_id: str, beside: Json) -> Json:
    """The 200 answer. `users`: its answered_bodies; `beside`: what else is said of the request as a whole."""
    return {
        "correlationId": correlation_id,
        "status": overall_status(report),
        "dryRun": report.dry_run,
        "source": report.source,
        **beside,
        "counts": counts(report),
        "results": users,
    }


def overall_status(report: RunReport) -> str:
    """`failed` when every user failed, `partial` when some did."""
    failed = _statuses(report)[UserStatus.FAILED]
    if not failed:
        return "succeeded"
    return "failed" if failed == len(report.results) else "partial"


def counts(report: RunReport) -> Mapping[str, int]:
    """Distinct users, and how many have each status; `pending` only where there are some, since only jobs wait."""
    found = _statuses(report)
    statuses = (status for status in UserStatus if status is not UserStatus.PENDING or found[status])
    return {"users": len(report.results), **{status.value: found[status] for status in statuses}}


def _statuses(report: RunReport) -> Counter[UserStatus]:
    found = Counter[UserStatus]()
    for code, users in Counter(result.code for result in report.results).items():
        found[code.user_status] += users
    return found


def problem_body(error: ServiceError, correlation_id: str) -> Json:
    """RFC 9457 problem details for a request that failed as a whole."""
    detail = _IN_THE_LOG if error.status == 500 else error.shown or error.detail
    body = _problem(error.status, detail, error.code, correlation_id)
    if isinstance(error, InvalidBody):
        body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.faults[:MAX_FAULTS]]
        if len(error.faults) > MAX_FAULTS:
            body["errorsTruncated"] = True
    return body


def refusal_body(refusal: Refusal, report: RunReport, users: list[Json], correlation_id: str, beside: Json) -> Json:
    """A guard's answer for the request as a whole: why nothing was written, the way out, and the plan."""
    return _problem(refusal.code.status, refusal.detail, refusal.code.value, correlation_id) | {
        "dryRun": report.dry_run,
        "source": report.source,
        **beside,
        "counts": counts(report),
        "results": users,
    }


def _problem(status: int, detail: str, code: str, correlation_id: str) -> Json:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "correlationId": correlation_id,
    }


def user_bodies(report: RunReport) -> list[Json]:
    """As a job keeps them: without a `userId` the user was not read."""
    return [user_body(result, report.source) for result in report.results]


def answered_bodies(report: RunReport) -> list[Json]:
    """Built once: for the log and for the answer."""
    return [named(user_body(result, report.source), result.target) for result in report.results]


def named(body: Json, target: Target) -> Json:
    """A user's result as it is answered: without the object id that was sent, nobody could tell whose it is."""
    return body if body["userId"] else {**body, "userId": target.id}


def user_body(result: UserResult, source: SourceName) -> Json:
    """One user's result; `ignored` only where the caller said something that means nothing here."""
    body: Json = {
        "userPrincipalName": result.target.upn,
        "userId": result.user_id,
        "status": result.status,
        "code": result.code,
        "message": result.message,
        "source": source,
        "changes": [_change(change) for change in result.changes],
    }
    return body | {"ignored": list(result.ignored)} if result.ignored else body


def _change(result: ChangeResult) -> Json:
    change = result.change
    stays = change.action is Action.KEEP and change.stop is None
    after = change.after or (change.before if stays else None)
    body: Json = {
        "method": change.method,
        "action": change.action,
        "before": change.before.masked if change.before else None,
        "after": after.masked if after else None,
        "status": result.status,
        "code": result.code,
        "message": result.message,
    }
    return body | {"id": change.id} if change.id is not None else body
