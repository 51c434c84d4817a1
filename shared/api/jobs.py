"""The routes of a job: how it is getting on, what came of every user, and its cancellation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl
from uuid import UUID

from shared.api.accept import RETRY_AFTER_S
from shared.api.frame import Call, WebRequest, WebResponse, answer, iso, link, received, respond
from shared.api.payload.rehearsal import refuse_in_unread_body
from shared.api.query import PAGE, choice, next_link, refuse_dry_run, refuse_if_match, refuse_unknown
from shared.api.report_result import Finished, report_result
from shared.core.audit import Origin, cancelled, reported, result_read
from shared.core.codes import UserStatus
from shared.core.guard.ceilings import RefusalCode
from shared.core.models import SourceName
from shared.core.report import Json
from shared.core.report_csv import bodies_csv
from shared.core.survey.rows import STATUSES
from shared.errors import InvalidQuery, JobNotFound
from shared.jobs.chunks import USERS_IN_A_CHUNK
from shared.jobs.engine import Engine, EngineState, Run
from shared.jobs.life import INTERNAL, ending_of
from shared.jobs.orchestrate import WAITING
from shared.jobs.results import JobResults
from shared.log import get_logger
from shared.services import Job, JobStore, Phase, Services
from shared.settings.callers import Right

_log = get_logger(__name__)
_FINISHED = ("succeeded", "partial", "failed", "cancelled")
_CANCELLING = "cancelling"


def handle_job(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """GET /api/jobs/{id}: 200 for a known id, finished or not."""
    return respond(request, services, lambda call: Watched(call, engine).status_answer(), may_be_signed=True)


def handle_result(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """GET /api/jobs/{id}/result: 202 until it is finished, then 200 with the report, in pages or as CSV. With
    `status=pending` 200 before: whom it waits for."""
    return respond(request, services, lambda call: Watched(call, engine).result_answer(), may_be_signed=True)


def handle_cancel(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """DELETE /api/jobs/{id}: no new user is begun; what was done stays and is reported."""
    return respond(request, services, lambda call: Watched(call, engine).cancel(), may_be_signed=True)


class Watched:
    """One job, seen for one request. Being made, it checks that the caller may see it, or raises."""

    def __init__(self, call: Call, engine: Engine) -> None:
        call.need(Right.RECONCILE, Right.OPERATE)
        self._call, self._request, self._services, self._store, self._cid = (
            call,
            *(call.request, call.services, call.services.store, call.cid),
        )
        job = self._store.find(_job_id(self._request.path["id"]))
        if job is None or not call.caller.sees(job):
            raise JobNotFound(
                "You have no job with this id: it never existed, belongs to another caller, or was deleted after"
                " JOB_RETENTION_DAYS."
            )
        self.job: Job = job
        call.line.tell(jobId=job.id)
        self._state = engine.state(job.id)
        self._status = _status(self._state)
        self._error = _error(self._state)
        self._results = JobResults(
            job,
            self._store,
            ends_with_plan=_ends_with_plan(job, self._error, self._store),
            is_over=self._status in _FINISHED,
        )
        if self._status not in _FINISHED and self._store.is_cancelled(job.id):
            self._status = _CANCELLING

    @property
    def error_code(self) -> str | None:
        """Why the job ended, where it did not come to its end. None: it did, or has not ended yet."""
        if self._status == "cancelled":
            return self._status
        return self._error["code"] if self._error else None

    @property
    def is_finished(self) -> bool:
        return self._status in _FINISHED

    @property
    def plan_id(self) -> str | None:
        """Of the whole plan, once it is judged."""
        found = (self._store.verdict(self.job.id) or {}).get("planId")
        return found if isinstance(found, str) else None

    def status_answer(self) -> WebResponse:
        job, state = self.job, self._state
        done = {phase: self._store.count_chunks(job.id, phase) for phase in Phase}
        body: Json = {
            "correlationId": self._cid,
            "jobId": job.id,
            **self._ending,
            "caller": job.caller,
            **({"applies": job.applies} if job.applies else {}),
            "createdAt": job.created_at,
            "updatedAt": _updated_at(job, state),
            **({"operation": "report"} if job.is_report else {"dryRun": job.dry_run}),
            "counts": self._counts(),
            "progress": _progress(job, done, state, finished=self._status in _FINISHED),
        }
        if self.is_finished and not job.is_report:
            body["planId"] = self.plan_id
        return self._answer(200, body)

    def result_answer(self) -> WebResponse:
        wanted = choice(self._request.query, "status", [status.lower() for status in self._statuses])
        # Whom a job waits for can be seen while it waits.
        shows_pending = wanted == UserStatus.PENDING and self.job.wait_minutes > 0
        if self._status not in _FINISHED and not shows_pending:
            body: Json = {"correlationId": self._cid, "jobId": self.job.id, "status": self._status}
            return self._answer(202, body, {"Location": self._result_link()})
        begin = _skip(self._request.query)
        if self.job.is_report:
            # A right may have been taken away since the report was begun.
            self._call.need(Right.OPERATE)
            self._services.audit.note([reported(self._origin, is_read=True)])
            finished = Finished(self.job, self._ending, self._counts(), self._results, self._result_link())
            return report_result(self._call, finished, begin, wanted)
        self._services.audit.note([result_read(self._origin)])
        if "text/csv" in self._request.headers.get("accept", "").lower():
            headers = {"Plan-Id": self.plan_id} if self.plan_id else {}
            return answer(200, bodies_csv(self._results.all_bodies(wanted)), "text/csv", headers)
        found, behind = self._results.page(begin, wanted, PAGE)
        return self._answer(
            200,
            {
                "correlationId": self._cid,
                "jobId": self.job.id,
                **self._ending,
                "dryRun": self.job.dry_run,
                "planId": self.plan_id,
                "source": SourceName.DIRECTORY.value,
                "counts": self._counts(),
                "results": found,
                "nextLink": next_link(self._result_link(), behind, wanted),
            },
        )

    def cancel(self) -> WebResponse:
        refuse_dry_run(self._request.query)
        refuse_unknown(self._request)
        refuse_if_match(self._request)
        refuse_in_unread_body(received(self._request))
        if self._status not in _FINISHED:
            self._store.cancel(self.job.id)
            self._status = _CANCELLING
            self._services.audit.note([cancelled(self._origin)])
            origin = self._origin
            message = f"Job {origin.job_id} cancelled by {origin.caller}."
            _log.event("jobCancelled", message, jobId=origin.job_id, caller=origin.caller, route=origin.route)
        return self.status_answer()

    def _answer(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> WebResponse:
        when = {} if self._status in _FINISHED else {"Retry-After": str(RETRY_AFTER_S)}
        return answer(status, body, "application/json", {**when, **(headers or {})})

    @property
    def _ending(self) -> Json:
        """In the status and in the result: a caller may read only one of them."""
        return {"status": self._status} | ({"error": self._error} if self._error else {})

    @property
    def _origin(self) -> Origin:
        return replace(self._call.origin, job_id=self.job.id)

    def _result_link(self) -> str:
        return link(self._request, self._services, f"jobs/{self.job.id}/result")

    def _counts(self) -> Json:
        """Of all users when the job is finished, of those dealt with before."""
        state, users = self._state, self.job.users
        output = (state.output if state else None) or {}
        is_over = self._status in _FINISHED
        known = (output if is_over else (state and state.custom) or {}).get("counts", {})
        is_whole = sum(known.values()) == users and not self._error and not output.get("cancelled")
        if is_over and not is_whole:
            # It ended early: only the blobs know.
            known = self._results.counts()
        counted = [status for status in self._statuses if status != UserStatus.PENDING or self.job.wait_minutes]
        return {"users": users, **{status: known.get(status, 0) for status in counted}}

    @property
    def _statuses(self) -> Sequence[str]:
        """Of a user in this job."""
        return STATUSES if self.job.is_report else [status.value for status in UserStatus]


def _ends_with_plan(job: Job, error: Mapping[str, str] | None, store: JobStore) -> bool:
    """A dry run, or a job that a guard has stopped before its first write: the plan shows what was too much."""
    return job.dry_run or (error is not None and error["code"] in set(RefusalCode) and not store.begun(job.id))


def _error(state: EngineState | None) -> Mapping[str, str] | None:
    """Code and detail of why the job ended before its end."""
    if state is None:
        return None
    return INTERNAL if state.run is Run.FAILED else (state.output or {}).get("error")


def _status(state: EngineState | None) -> str:
    match state.run if state else Run.PENDING:
        case Run.PENDING:
            return "notStarted"
        case Run.RUNNING:
            return "running"
        case Run.FAILED:
            return "failed"
        case Run.TERMINATED:
            return "cancelled"
    return ending_of((state.output if state else None) or {})


def _progress(job: Job, chunks: Mapping[Phase, int], state: EngineState | None, *, finished: bool) -> Json:
    """Every user is looked at once, and once more where the job is to write: `done` and `total` count both.

    `throttled`: how often a user had to wait for Graph, as of the last wave. Nobody knows when those come whom a job
    waits for.
    """
    passes = 1 if job.dry_run else 2
    total = passes * job.users
    custom = (state and state.custom) or {}
    is_waiting = not finished and custom.get("pass") == WAITING
    pending = custom.get("counts", {}).get(UserStatus.PENDING.value, 0) if is_waiting else 0
    done = sum(min(job.users, count * USERS_IN_A_CHUNK) for count in chunks.values()) - pending
    until = state.updated_at if finished and state and state.updated_at else datetime.now(UTC)
    seconds = max(1.0, (until - datetime.fromisoformat(job.created_at)).total_seconds())
    rate = done / passes / seconds
    return {
        "done": done,
        "total": total,
        "percent": round(100 * done / total) if total else 100 * finished,
        "usersPerSecond": round(rate, 1),
        "etaSeconds": 0 if finished else round((total - done) / passes / rate) if rate and not is_waiting else None,
        "throttled": ((state and (state.output or state.custom)) or {}).get("throttled", 0),
    }


def _updated_at(job: Job, state: EngineState | None) -> str:
    """Not before it was created: the engine's times have whole seconds, and a clock of their own."""
    created = datetime.fromisoformat(job.created_at)
    return iso(max(created, state.updated_at) if state and state.updated_at else created)


def _job_id(text: str) -> str:
    """Only what can be a job id may become the name of a blob."""
    try:
        return str(UUID(text))
    except ValueError:
        raise JobNotFound("A job id is a GUID.") from None


def _skip(query: str) -> int:
    texts = [value for name, value in parse_qsl(query, keep_blank_values=True) if name.lower() == "skip"]
    if not texts:
        return 0
    if len(texts) > 1 or not texts[0].isascii() or not texts[0].isdigit() or len(texts[0]) > 9:
        raise InvalidQuery("skip must be given once, as a whole number.")
    return int(texts[0])
