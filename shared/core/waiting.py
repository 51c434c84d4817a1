"""Users for whom a job waits: new hires who are not in the directory yet, or have no mobile number there yet. Pure.

Nothing is done for such a user until the number is there, or until the job waits no longer.
"""

from dataclasses import replace

from shared.core.codes import Code
from shared.core.models import Method, RunReport, UserResult
from shared.core.report import Json

_NOT_FOUND = "The job is waiting for this user, who has not been found yet."
_NO_NUMBER = "The job is waiting for this user, who has no mobile number in the directory yet."
# What is said of a user when the job has ended and was still waiting.
_ENDED = {
    Code.USER_NOT_FOUND: "The job ended before this user was found.",
    Code.SOURCE_EMPTY: "The job ended before this user had a mobile number in the directory.",
}


def with_pending(report: RunReport) -> RunReport:
    """The report, in which users to wait for are pending."""
    results = (_pending(result) if _is_early(result) else result for result in report.results)
    return replace(report, results=tuple(results))


def is_pending(body: Json) -> bool:
    return body["code"] == Code.PENDING


def no_longer_pending(body: Json) -> Json:
    """What becomes of a user when the job ends early: the code of the last look."""
    if not is_pending(body):
        return body
    code = Code.USER_NOT_FOUND if body["userId"] is None else Code.SOURCE_EMPTY
    return {**body, "status": code.user_status.value, "code": code.value, "message": _ENDED[code]}


def _is_early(result: UserResult) -> bool:
    return result.code in (Code.USER_NOT_FOUND, Code.SOURCE_EMPTY) or any(
        change.change.method is Method.MOBILE and change.code is Code.SOURCE_EMPTY for change in result.changes
    )


def _pending(result: UserResult) -> UserResult:
    message = _NOT_FOUND if result.user_id is None else _NO_NUMBER
    return replace(result, code=Code.PENDING, message=message, changes=())
