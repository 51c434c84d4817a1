"""The result of a report, in the form that Accept asks for: rows in pages as JSON, all of them as CSV or as a page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.api.frame import Call, WebResponse, answer
from shared.api.query import PAGE, next_link
from shared.api.report_page.page import Heading, content_policy, report_page
from shared.core.report import Json
from shared.core.report_csv import rows_csv
from shared.core.survey.rows import distinct, shown
from shared.jobs.results import JobResults
from shared.jobs.survey.settle import SETTLED
from shared.services import Job


@dataclass(frozen=True, slots=True)
class Finished:
    """A report whose job has ended, with this `status` and perhaps an `error`, and this many users of each status."""

    job: Job
    ending: Json
    counts: Json
    results: JobResults
    link: str


def report_result(call: Call, report: Finished, begin: int, wanted: str | None) -> WebResponse:
    # A job that ended early has none. The report then cannot tell which numbers are shared.
    stored = call.services.parts.get(report.job.id, SETTLED)
    settled = json.loads(stored) if stored is not None else None
    accept = call.request.headers.get("accept", "").lower()
    name = f'filename="phone-methods-report-{report.job.created_at[:10]}'
    if "text/html" in accept:
        early = f"the report ended early ({report.ending['status']}), so it is incomplete"
        endings = [] if settled is not None else [early]
        endings += [f"only users with the status {wanted}"] if wanted else []
        heading = Heading(datetime.fromisoformat(report.job.created_at), "; ".join(endings))
        rows = distinct(_all(report, settled, wanted))
        page = report_page(rows, settled["notes"] if settled else [], heading)
        policy = f"{content_policy()}; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
        return answer(200, page, "text/html", {**headers, "Content-Disposition": f'inline; {name}.html"'})
    if "text/csv" in accept:
        headers = {"Content-Disposition": f'attachment; {name}.csv"'}
        return answer(200, rows_csv(_all(report, settled, wanted)), "text/csv", headers)
    return answer(200, _page(call, report, settled, begin, wanted), "application/json")


def _page(call: Call, report: Finished, settled: Json | None, begin: int, wanted: str | None) -> Json:
    found, behind = report.results.page(begin, wanted, PAGE)
    return {
        "correlationId": call.cid,
        "jobId": report.job.id,
        "operation": "report",
        **report.ending,
        "createdAt": report.job.created_at,
        "counts": report.counts,
        "figures": settled and settled["figures"],
        "notes": settled["notes"] if settled else [],
        "results": [_shown(row, settled) for row in found],
        "nextLink": next_link(report.link, behind, wanted),
    }


def _all(report: Finished, settled: Json | None, wanted: str | None) -> Iterator[Json]:
    return (_shown(row, settled) for row in report.results.all_bodies(wanted))


def _shown(row: Json, settled: Json | None) -> Json:
    if settled is None:
        return shown({**row, "tags": None}, ())
    shared = settled["shared"]
    return shown(row, shared if isinstance(shared, list) else ())
