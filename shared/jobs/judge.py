"""The guards of a whole job, between its plan and its first write.

What each user's plan counts for lies beside the plan of its chunk. The verdict is stored, and each activity that writes
asks for it: an order says nothing about what is allowed. Doing it again changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.guard.ceilings import Weight, verdict_on
from shared.core.guard.numbers import NUMBER_SHARED
from shared.core.models import Action, Method, SmsState
from shared.core.report import Json
from shared.core.results import NOT_ATTEMPTED
from shared.jobs.answers import Data, no_job, refused
from shared.jobs.credit import changes_of
from shared.jobs.weighed import weighed_body
from shared.services import Job, JobStore, Phase, Services, Weighed


def judge(services: Services, job: Job) -> Data | None:
    """The error with which the job ends, if its plan is too much, or is not complete."""
    store, policy = services.store, services.policy
    known = store.verdict(job.id)
    if known is None:
        chunks = store.weighed(job.id)
        if len(chunks) < job.chunks:
            return no_job(job.id)
        shared = _shared(chunks, policy.users_per_number)
        marked = [_mark(store, job.id, chunk, users, shared) for chunk, users in chunks.items()]
        found = [user for users in marked for user in users if user is not None]
        verdict = verdict_on((Weight(user.removals, user.overwrites) for user in found), len(found), policy)
        known = {"error": refused(verdict.refusal)}
        store.put_verdict(job.id, known)
    error = known["error"]
    return error if isinstance(error, dict) else None


def is_number_shared(body: Json) -> bool:
    """Whether the user's mobile number may not be written, for it is that of too many."""
    return any(_is_mobile(change) and change["code"] == Code.NUMBER_SHARED for change in changes_of(body))


def _shared(chunks: Mapping[int, Sequence[Weighed | None]], most: int) -> Collection[str]:
    users = Counter(user.number for weighed in chunks.values() for user in weighed if user is not None and user.number)
    return {number for number, count in users.items() if 0 < most < count}


def _mark(
    store: JobStore, job_id: str, chunk: int, users: Sequence[Weighed | None], shared: Collection[str]
) -> Sequence[Weighed | None]:
    """Withholds a number that too many should have from those to whom it would be written."""
    if all(user is None or user.number not in shared for user in users):
        return users
    stored = store.results(job_id, Phase.PLAN, chunk)
    bodies = stored.bodies or []
    marked = [
        _without_number(body) if user is not None and user.number in shared else body
        for body, user in zip(bodies, users, strict=True)
    ]
    less = [_no_more(user, body) for user, body in zip(users, marked, strict=True)]
    if marked != bodies:
        store.put_results(job_id, Phase.PLAN, chunk, marked, stored.version, less)
    return less


def _no_more(user: Weighed | None, body: Json) -> Weighed | None:
    """What the user's plan counts for after something was taken out of it."""
    left = weighed_body(body)
    if user is None or left is None:
        return user
    return Weighed(min(user.removals, left.removals), min(user.overwrites, left.overwrites), user.number)


def _without_number(body: Json) -> Json:
    changes = changes_of(body)
    mobile = next((change for change in changes if _is_mobile(change) and _is_planned(change)), None)
    if mobile is None or mobile["action"] not in (Action.ADD, Action.UPDATE):
        return body
    told = {"status": ChangeStatus.FAILED.value, "code": NUMBER_SHARED.code.value, "message": NUMBER_SHARED.message}
    kept: Json = {**mobile, "action": Action.KEEP.value, "after": None, **told}
    rest = [kept if change is mobile else _withheld(change, mobile) for change in changes]
    failed = [change for change in rest if change["status"] == ChangeStatus.FAILED]
    return body | {
        "status": UserStatus.FAILED.value,
        "code": failed[0]["code"],
        "message": " ".join(dict.fromkeys(str(change["message"]) for change in failed)),
        "changes": rest,
    }


def _withheld(change: Json, mobile: Json) -> Json:
    """As `plan.is_blocked` has it: what depends on a number that is not written."""
    match change["method"], change["action"]:
        case Method.ALTERNATE_MOBILE, Action.ADD:
            depends = mobile["action"] == Action.ADD
        case Method.ALTERNATE_MOBILE, Action.REMOVE:
            depends = mobile["action"] == Action.UPDATE
        case Method.SMS_SIGN_IN, _:
            depends = change["action"] != Action.DISABLE or change["before"] != SmsState.READY
        case _:
            depends = False
    if not depends or not _is_planned(change):
        return change
    told = {"status": ChangeStatus.SKIPPED.value, "code": NOT_ATTEMPTED.code.value, "message": NOT_ATTEMPTED.message}
    return {**change, **told}


def _is_mobile(change: Json) -> bool:
    return change["method"] == Method.MOBILE


def _is_planned(change: Json) -> bool:
    return change["status"] == ChangeStatus.PLANNED
