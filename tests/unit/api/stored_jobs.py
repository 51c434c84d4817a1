"""Jobs as the storage holds them, and what the routes show of them."""

from typing import Any

import pytest

from shared.api.frame import WebResponse
from shared.api.jobs import handle_cancel, handle_job, handle_result
from shared.core.models import Target
from shared.core.report import Json
from shared.jobs.chunks import count_chunks, pack
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JOB, HandleJob, JobWorld
from tests.unit.world import ORIGIN, body

ROUTES = pytest.mark.parametrize("handle", [handle_job, handle_result, handle_cancel], ids=["job", "result", "cancel"])
CREATED = "2026-11-22T00:00:00.000+00:00"
TOO_MANY = {"code": "tooManyRemovals", "detail": "12 phone methods would be removed."}


def stored(world: JobWorld, *statuses: str, dry_run: bool = False, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    """A job whose users have these statuses, in the phases that are over."""
    users = [f"user{index}@contoso.com" for index in range(len(statuses))]
    chunks = count_chunks(len(users))
    world.store.claim(Job(JOB, "f", CREATED, len(users), chunks, dry_run))
    world.store.put_list(JOB, pack([Target(upn) for upn in users], {}))
    for phase in phases:
        for chunk in range(chunks):
            place = slice(200 * chunk, 200 * (chunk + 1))
            bodies = [result(upn, status) for upn, status in zip(users[place], statuses[place], strict=True)]
            world.store.put_results(JOB, phase, chunk, bodies)


def job_id(response: WebResponse) -> str:
    """Of the job that a request became."""
    assert response.status == 202, response.body
    return str(body(response)["jobId"])


def result(upn: str, status: str) -> Json:
    changes: list[Json] = []
    if status in ("changed", "planned"):
        done = {"changed": "applied"}.get(status, status)
        changes = [{"method": "mobile", "action": "add", "before": None, "after": "+46 *******05", "status": done}]
        changes[0] |= {"code": "added" if status == "changed" else "planned", "message": "m"}
    code = {"changed": "added", "failed": "userNotFound", "skipped": "sourceEmpty"}.get(status, status)
    return {
        **{"userPrincipalName": upn, "userId": upn.partition("@")[0], "status": status, "code": code},
        **{"message": "m", "source": "directory", "changes": changes},
    }


def seen(world: JobWorld, handle: HandleJob = handle_job, query: str = "") -> dict[str, Any]:
    response = world.ask(handle, query=query)
    assert response.status == 200, response.body
    return body(response)


def pages(world: JobWorld, query: str = "") -> list[dict[str, Any]]:
    found = [seen(world, handle_result, query)]
    while found[-1]["nextLink"]:
        path, _, query = found[-1]["nextLink"].partition("?")
        assert path == f"{ORIGIN}/api/jobs/{JOB}/result"
        found.append(seen(world, handle_result, query))
    return found


def as_csv(world: JobWorld, query: str = "") -> WebResponse:
    return world.ask(handle_result, headers={"message": "current-not-real", "accept": "text/csv"}, query=query)
