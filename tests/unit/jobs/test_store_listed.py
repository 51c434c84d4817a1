"""store.py: the jobs of several callers, listed together."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sandbox.storage import SandboxStorage
from shared.errors import JobsUnavailable
from shared.jobs.index import listed_job, position_of
from shared.jobs.store import BlobJobStore
from shared.services import Job, ListedJob

BEGIN = datetime(2026, 11, 28, 23, 59, 58, tzinfo=UTC)


def put(store: BlobJobStore, caller: str, *seconds: int) -> None:
    """A job of the caller, accepted so long after the beginning."""
    for second in seconds:
        created = (BEGIN + timedelta(seconds=second)).isoformat(timespec="milliseconds")
        store.put_index(caller, Job(str(UUID(int=second)), "f", created, second, 1, dry_run=False, caller=caller))


def shown(jobs: list[ListedJob]) -> list[tuple[str, int]]:
    return [(job.caller, job.users) for job in jobs]


@pytest.fixture
def filled(store: BlobJobStore) -> BlobJobStore:
    put(store, "a", 1, 4, 7)
    put(store, "ab", 2, 5)
    put(store, "b", 3, 6)
    return store


def test_the_newest_of_all_these_callers_stand_first(filled: BlobJobStore) -> None:
    assert shown(filled.listed(("a", "b"), "", 10)) == [("a", 7), ("b", 6), ("a", 4), ("b", 3), ("a", 1)]
    assert shown(filled.listed(("b", "a"), "", 2)) == [("a", 7), ("b", 6)]


def test_a_name_that_begins_like_another_is_another(filled: BlobJobStore) -> None:
    assert shown(filled.listed(("a",), "", 10)) == [("a", 7), ("a", 4), ("a", 1)]


def test_none_are_everybodys(filled: BlobJobStore) -> None:
    everybodys = [("a", 7), ("b", 6), ("ab", 5), ("a", 4), ("b", 3), ("ab", 2), ("a", 1)]
    assert shown(filled.listed(None, "", 10)) == everybodys
    assert shown(filled.listed(None, "", 3)) == everybodys[:3]


@pytest.mark.parametrize("callers", [None, ("a", "ab", "b")])
def test_pages_hold_every_job_once(filled: BlobJobStore, callers: tuple[str, ...] | None) -> None:
    found: list[ListedJob] = []
    while page := filled.listed(callers, found[-1].position if found else "", 2):
        found += page
    assert [job.users for job in found] == [7, 6, 5, 4, 3, 2, 1]


def test_two_jobs_of_one_moment_are_both_listed_on_pages_of_one(store: BlobJobStore) -> None:
    for number, caller in ((1, "a"), (2, "b")):
        job = Job(str(UUID(int=number)), "f", BEGIN.isoformat(), number, 1, dry_run=False)
        store.put_index(caller, job)
    (first,) = store.listed(None, "", 1)
    (second,) = store.listed(None, first.position, 1)
    assert {first.caller, second.caller} == {"a", "b"}
    assert store.listed(None, second.position, 1) == []


def test_a_report_is_known_as_one_and_a_job_of_an_earlier_version_is_none(store: BlobJobStore) -> None:
    report = Job(str(UUID(int=1)), "f", BEGIN.isoformat(), 1, 1, dry_run=True, is_report=True)
    store.put_index("a", report)
    put(store, "a", 2)
    assert [job.is_report for job in store.listed(("a",), "", 10)] == [False, True]
    listed = listed_job("a", position_of(report), {"users": "1", "dryrun": "true"})
    assert (listed.dry_run, listed.is_report) == (True, False)


def test_callers_without_jobs_and_nobody_at_all(store: BlobJobStore) -> None:
    assert store.listed(None, "", 10) == store.listed(("a", "b"), "", 10) == store.listed((), "", 10) == []


def test_storage_that_does_not_answer(filled: BlobJobStore, storage: SandboxStorage) -> None:
    for callers in (None, ("a", "b")):
        storage.fail(1)
        with pytest.raises(JobsUnavailable):
            filled.listed(callers, "", 10)


def test_open_jobs_are_those_of_one_caller(store: BlobJobStore) -> None:
    for caller, job in (("a", "1"), ("a", "2"), ("ab", "3")):
        store.open_job(caller, job)
    assert (store.open_jobs("a"), store.open_jobs("ab"), store.open_jobs("b")) == (["1", "2"], ["3"], [])
    store.close_job("ab", "1")
    store.close_job("a", "1")
    assert (store.open_jobs("a"), store.open_jobs("ab")) == (["2"], ["3"])
