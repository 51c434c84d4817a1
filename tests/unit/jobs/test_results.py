"""jobs/results.py: what came of every user of a job that ended early, counted and listed alike."""

import pytest

from sandbox.storage import SandboxStorage
from shared.core.codes import UserStatus
from shared.core.report import Json
from shared.jobs.results import JobResults
from shared.jobs.store import BlobJobStore
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld
from tests.unit.keeping import is_kept

DONE, PLANNED, BEGUN, UNREAD = range(4)  # the chunks of the job
USERS = 3 * 200 + 10


def user(status: str, action: str = "add", change: str = "unchanged") -> Json:
    return {
        "userPrincipalName": "a@contoso.com",
        "userId": "id",
        "status": status,
        "code": status,
        "message": "",
        "source": "directory",
        "changes": [{"method": "mobile", "action": action, "status": change, "code": change, "message": ""}],
    }


def half_planned() -> list[Json]:
    return [user("planned", change="planned")] * 100 + [user("unchanged")] * 60 + [user("failed")] * 40


@pytest.fixture
def results(world: JobWorld) -> JobResults:
    """One chunk done, one planned, one that was begun and not reported, one that was never read."""
    world.accepted(*NOBODY, *NOBODY, *NOBODY, *[f"late{number}" for number in range(10)])
    for chunk in (DONE, PLANNED, BEGUN):
        world.store.put_results(JOB, Phase.PLAN, chunk, half_planned())
    world.store.put_results(JOB, Phase.RESULT, DONE, [user("changed")] * 199 + [user("failed")])
    world.store.begin(JOB, DONE)
    world.store.begin(JOB, BEGUN)
    return JobResults(Job(JOB, "f", "", USERS, 4, False), world.store, ends_with_plan=False)


def test_the_counts_are_those_of_the_list(results: JobResults) -> None:
    listed = [body["status"] for _, body in results.bodies(0, None)]
    assert len(listed) == USERS
    assert {status: count for status, count in results.counts().items() if count} == {
        status.value: count for status in UserStatus if (count := listed.count(status.value))
    }
    assert results.counts()["changed"] == 199


def test_a_user_of_a_chunk_that_was_begun_and_not_reported_is_unknown(results: JobResults) -> None:
    (begun,) = {body["message"] for position, body in results.bodies(BEGUN * 200, None) if position < BEGUN * 200 + 100}
    assert "outcome is unknown" in str(begun)
    first = next(body for position, body in results.bodies(BEGUN * 200, None))
    assert (first["status"], first["code"]) == ("failed", "deadline")
    assert [change["status"] for change in first["changes"]] == ["unknown"]  # type: ignore[attr-defined]


def test_a_user_who_was_planned_only_was_not_attempted(results: JobResults) -> None:
    position, body = next(results.bodies(PLANNED * 200, None))
    assert (position, body["code"], body["changes"]) == (PLANNED * 200, "notAttempted", [])


@pytest.mark.parametrize("status", [*UserStatus])
def test_any_status_from_any_position_on(results: JobResults, status: UserStatus) -> None:
    every = list(results.bodies(0, None))
    for begin in (0, 150, 401, USERS):
        expected = [(at, body) for at, body in every if at >= begin and body["status"] == status]
        assert list(results.bodies(begin, status)) == expected
    assert list(results.all_bodies(status)) == [body for _, body in every if body["status"] == status]


def test_all_of_them_in_order(results: JobResults) -> None:
    assert list(results.all_bodies(None)) == [body for _, body in results.bodies(0, None)]


def test_a_request_is_not_kept_if_storage_fails(results: JobResults, storage: SandboxStorage) -> None:
    assert len(list(results.all_bodies(None))) == USERS
    storage.fail(100)
    assert not is_kept(lambda: list(results.all_bodies(None)))


class Counting(BlobJobStore):
    """Counts how many blobs of results are read."""

    read = 0

    def results(self, job_id, phase, chunk):  # type: ignore[no-untyped-def]
        self.read += 1
        return super().results(job_id, phase, chunk)


def test_a_chunk_without_a_hit_is_not_read(world: JobWorld, connect) -> None:  # type: ignore[no-untyped-def]
    store = Counting(connect)
    for chunk in range(20):
        bodies = [user("changed")] * 200 if chunk != 13 else [user("failed")] * 200
        store.put_results(JOB, Phase.RESULT, chunk, bodies)
    results = JobResults(Job(JOB, "f", "", 4000, 20, False), store, ends_with_plan=False)
    assert len(list(results.bodies(0, "failed"))) == 200
    assert list(results.bodies(0, "skipped")) == []
    assert results.counts() == {"changed": 3800, "failed": 200}
    assert store.read == 1
