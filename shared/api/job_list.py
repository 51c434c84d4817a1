"""GET /api/jobs: the jobs of the caller, or everybody's for an operator, newest first.

Only blobs are read, so that a busy engine of jobs does not keep it from answering.
"""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from shared.api.frame import Call, WebRequest, WebResponse, answer, iso, link, respond
from shared.core.report import Json
from shared.errors import InvalidQuery
from shared.services import ListedJob, Services
from shared.settings.callers import Right

JOBS_ON_A_PAGE = 50
_POSITION = re.compile(r"\d{13}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def handle_jobs(request: WebRequest, services: Callable[[], Services]) -> WebResponse:
    """The status of each is behind its statusUrl."""
    return respond(request, services, _list, may_be_signed=True)


def _list(call: Call) -> WebResponse:
    call.need(Right.RECONCILE, Right.OPERATE)
    request, services = call.request, call.services
    found = services.store.listed(call.caller.sees_jobs_of, _after(request.query), JOBS_ON_A_PAGE + 1)
    page = found[:JOBS_ON_A_PAGE]
    more = len(found) > JOBS_ON_A_PAGE
    body: Json = {
        "correlationId": call.cid,
        "value": [_shown(request, services, job) for job in page],
        "nextLink": link(request, services, f"jobs?after={page[-1].position}") if more else None,
    }
    return answer(200, body, "application/json")


def _shown(request: WebRequest, services: Services, job: ListedJob) -> Json:
    return {
        "jobId": job.id,
        "caller": job.caller,
        "createdAt": iso(job.created_at),
        "users": job.users,
        **({"operation": "report"} if job.is_report else {"dryRun": job.dry_run}),
        "statusUrl": link(request, services, f"jobs/{job.id}"),
        "resultUrl": link(request, services, f"jobs/{job.id}/result"),
    }


def _after(query: str) -> str:
    """Where the page begins: what a nextLink says, or nothing."""
    texts = [value for name, value in parse_qsl(query, keep_blank_values=True) if name.lower() == "after"]
    if not texts:
        return ""
    if len(texts) > 1 or not _POSITION.fullmatch(texts[0]):
        raise InvalidQuery("after must be given once, as in the nextLink of the page before.")
    return texts[0]
