"""What an activity tells its orchestrator: counts, and why it could not go on."""

from collections.abc import Sequence
from typing import Any

from shared.core.codes import Code
from shared.core.guard.ceilings import Refusal
from shared.core.plan_id import MAY_PASS
from shared.core.report import Json, safe_detail
from shared.errors import (
    GraphUnavailable,
    JobsUnavailable,
    ServiceError,
    SignInUnavailable,
    StorageUnavailable,
    TokenRefused,
    VaultUnavailable,
)
from shared.jobs.credit import changes_of
from shared.jobs.life import log_fault
from shared.jobs.tally import planned_removals

# Worth another try while the job has patience.
UNFINISHED = frozenset(code.value for code in MAY_PASS)
_THROTTLED = {Code.DEADLINE.value, Code.THROTTLED.value}
# Among the counts of the activity that lists users: how many they are.
LISTED = "listed"
IN_THE_LOG = "The log has the reason under the job's id."

# A service that did not answer; a job waits for it.
AWAY = (VaultUnavailable, StorageUnavailable, JobsUnavailable, SignInUnavailable, TokenRefused, GraphUnavailable)

Data = dict[str, Any]


def no_job(job_id: str) -> Data:
    log_fault(job_id, "internal", "an order for what is no job, not one of that kind, or not planned")
    return {"code": "internal", "detail": IN_THE_LOG}


def refused(refusal: Refusal, *, has_begun: bool) -> Data:
    """The error with which a guard ends a job. `has_begun`: users may have been changed."""
    return {"code": refusal.code.value, "detail": (refusal.later if has_begun else "") or refusal.detail}


def waiting(error: ServiceError) -> Data:
    """Why the job waits, or ends."""
    return {
        "code": error.code,
        "detail": IN_THE_LOG if error.status == 500 else _DETAIL.get(error.code, safe_detail(error)),
    }


def answer(
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
    codes = [codes_of(body) for body in known]
    return {
        "counts": counts,
        "removals": sum(planned_removals(body) for body in known),
        "throttled": sum(bool(found & _THROTTLED) for found in codes),
        "unfinished": sum(bool(found & UNFINISHED) for found in codes) if unfinished is None else unfinished,
        "cancelled": cancelled,
        "error": error,
        "pausedBy": paused_by,
    }


def stopped(bodies: Sequence[Json], error: Data | None) -> Data:
    """A guard ends the job, or without an error whoever cancels it."""
    return answer(bodies, error=error, cancelled=error is None)


def codes_of(body: Json) -> set[object]:
    """Of the user and of each change: of a user who failed, any change may be the one to try again."""
    return {body["code"], *(change["code"] for change in changes_of(body))}


_AWAY = "did not respond for longer than JOB_PATIENCE_MINUTES. The result shows what was done; send the list again."
_DETAIL = {
    VaultUnavailable.code: f"Key Vault {_AWAY}",
    StorageUnavailable.code: f"Blob storage {_AWAY}",
    JobsUnavailable.code: f"Blob storage {_AWAY}",
    SignInUnavailable.code: f"Microsoft Entra {_AWAY}",
}
