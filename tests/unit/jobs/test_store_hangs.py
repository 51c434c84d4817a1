"""store.py where storage accepts connections and never answers: every call ends soon, whoever else waits for it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage
from shared.api.apply import handle_apply
from shared.api.frame import WebResponse
from shared.api.job_list import handle_jobs
from shared.api.jobs import handle_cancel, handle_job, handle_result
from shared.api.lists import handle_reconcile
from shared.errors import JobsUnavailable
from shared.jobs.store import BlobJobStore
from shared.microsoft.identity import READ_TIMEOUT_S, bounded_transport
from shared.records import blobs as blobs_module
from tests.unit.jobs.test_store import CALLS
from tests.unit.jobs.worlds import HandleJob, JobWorld
from tests.unit.wire import Line, serving
from tests.unit.world import refusal

# Sooner than a read ends by itself, and far sooner than so many reads one after the other.
SOON_S = READ_TIMEOUT_S - 1
AT_ONCE = 8
USERS = b'{"users": ["anna@contoso.com", "bo@contoso.com", "cy@contoso.com"]}'


@pytest.fixture
def hanging(storage: SandboxStorage, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlobJobStore]:
    """A store that nobody has used yet, as after a start."""

    def hang(line: Line) -> None:
        line.request()
        line.hang()

    monkeypatch.setattr(blobs_module, "LIMIT_S", 0.5)
    with serving(hang) as address:
        there = storage.connection_string.replace(storage.url.split("/")[2], address)
        bounded = {"transport": bounded_transport(), "retry_total": 0}
        with ContainerClient.from_connection_string(there, "jobs", **bounded) as client:
            yield BlobJobStore(lambda: client)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_ends(hanging: BlobJobStore, call: Callable[[BlobJobStore], object]) -> None:
    began = time.monotonic()
    with pytest.raises(JobsUnavailable):
        call(hanging)
    assert time.monotonic() - began < SOON_S


def _list(world: JobWorld) -> WebResponse:
    return world.ask(lambda request, services, _: handle_jobs(request, services))


def _on(handle: HandleJob) -> Callable[[JobWorld], WebResponse]:
    return lambda world: world.ask(handle)


def _begin(world: JobWorld) -> WebResponse:
    return world.ask(handle_reconcile, USERS)


@pytest.mark.parametrize(
    "ask", [_list, _on(handle_job), _on(handle_result), _on(handle_cancel), _on(handle_apply), _begin]
)
def test_who_asks_for_jobs_hears_that_it_is_away_side_by_side(
    hanging: BlobJobStore, ask: Callable[[JobWorld], WebResponse]
) -> None:
    world, began = JobWorld(hanging), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, [world] * AT_ONCE))
    took_s = time.monotonic() - began
    assert [refusal(answer) for answer in answers] == [(503, "jobsUnavailable")] * AT_ONCE
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert took_s < SOON_S
