"""jobs/drift.py: what a check has found is told once, in the log and in the audit trail."""

import logging

import pytest

from shared.core.plan import Policy
from shared.jobs.drift import tell_drift
from shared.jobs.judge import judge
from shared.services import Job
from tests.unit.jobs.worlds import JOB, JobWorld, with_anna_bo_and_cy

ORDER = {"jobId": JOB, "chunk": 0, "correlationId": "5b3d6c1e-0000-4000-8000-00000000000c"}


def checked(world: JobWorld) -> JobWorld:
    with_anna_bo_and_cy(world).accepted("anna", "bo", "cy", "nobody", dry_run=True)
    world.store._blobs.remove(f"{JOB}/job.json")
    world.store.claim(Job(JOB, "f", "2026-11-22T00:00:00.000Z", 4, 1, True, "sweep", tells_drift=True))
    return world


def test_who_differs_and_who_could_not_be_compared_is_told_once(
    world: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    checked(world).plan()
    world.trail.blocks.clear()
    with caplog.at_level(logging.INFO):
        assert tell_drift(world.services(), ORDER)["error"] is None
        tell_drift(world.services(), ORDER)
    # Anna's number is old, Cy has none; Bo's is right, and nobody is nobody.
    first, again = world.trail.records
    assert {name: first[name] for name in ("event", "caller", "route", "users", "drifted", "failed")} == {
        **{"event": "drift", "caller": "sweep", "route": "check"},
        **{"users": 4, "drifted": 2, "failed": 1},
    }
    assert first["recordId"] == again["recordId"]
    assert "2 of 4 users differ from the directory, 1 could not be compared." in caplog.text
    assert world.directory.written == []


def test_who_is_left_different_counts_and_who_is_protected_does_not(
    world: JobWorld,
) -> None:
    """Bo is protected and as he should be; Anna's number is old and stays, and Cy has none."""
    world.words["policy"] = Policy(keep_different=True)
    checked(world).directory.protected = frozenset({"bo"})
    world.plan()
    world.trail.blocks.clear()
    tell_drift(world.services(), ORDER)
    (told,) = world.trail.records
    assert (told["users"], told["drifted"], told["failed"]) == (4, 2, 1)


def test_numbers_that_too_many_share_differ_too(world: JobWorld) -> None:
    """Anna and Cy would get one number; nobody is nobody."""
    world.words["policy"] = Policy(users_per_number=1)
    checked(world).plan()
    job = world.store.find(JOB)
    assert job is not None
    judge(world.services(), job)
    world.trail.blocks.clear()
    tell_drift(world.services(), ORDER)
    (told,) = world.trail.records
    assert (told["users"], told["drifted"], told["failed"]) == (4, 2, 1)


def test_of_a_check_that_did_not_get_through_nothing_is_told(world: JobWorld) -> None:
    checked(world)
    tell_drift(world.services(), ORDER)
    tell_drift(world.services(), {**ORDER, "jobId": "5b3d6c1e-0000-4000-8000-000000000009"})
    assert world.trail.records == []
