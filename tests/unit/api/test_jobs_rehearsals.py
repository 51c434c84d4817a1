"""api/jobs.py: cancelling cannot be rehearsed."""

import pytest

from shared.api.frame import WebResponse
from shared.api.jobs import handle_cancel
from tests.unit.api.stored_jobs import stored
from tests.unit.api.test_rehearsals import NOT_OBEYED
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import HEADERS, refusal


@pytest.mark.parametrize(
    ("query", "headers", "raw", "code"),
    [
        *((query, {}, b"", "invalidQuery") for query in (*NOT_OBEYED, "dryRun=true", "whatIf=false")),
        ("", {"x-what-if": "true"}, b"", "invalidQuery"),
        ("", {}, b'{"dryRun": true}', "invalidBody"),
    ],
)
def test_a_job_is_not_cancelled(world: JobWorld, query: str, headers: dict[str, str], raw: bytes, code: str) -> None:
    stored(world, "changed", phases=())
    assert refusal(cancel(world, query, headers, raw)) == (400, code)
    assert not world.store.is_cancelled(JOB)
    assert cancel(world, "code=x", {}, b"").status == 200
    assert world.store.is_cancelled(JOB)


def cancel(world: JobWorld, query: str, headers: dict[str, str], raw: bytes) -> WebResponse:
    return world.ask(handle_cancel, raw, {**HEADERS, **headers}, query)
