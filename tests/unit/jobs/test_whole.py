"""whole.py: one user under two names."""

from typing import Any

import pytest

from shared.jobs.whole import mark_duplicates
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld, codes, with_anna_bo_and_cy
from tests.unit.world import OLD


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


def mark(world: JobWorld) -> dict[str, Any]:
    return mark_duplicates(world.services(), {"jobId": JOB, "chunk": 0})


def test_a_user_named_in_two_chunks_is_written_once(world: JobWorld) -> None:
    world.accepted(*NOBODY[:199], "anna", ids=("anna", "bo", "cy"))
    world.plan(0), world.plan(1)
    told = mark(world)
    assert told["counts"] == {"failed": 199, "planned": 2, "unchanged": 1, "skipped": 1}
    assert codes(world.planned(1)) == ["duplicateUser", "unchanged", "planned"]
    world.apply(0), world.apply(1)
    assert [user for user, _ in world.directory.written] == ["anna", "cy"]
    assert codes(world.results(1)) == ["duplicateUser", "unchanged", "added"]


def test_one_who_needs_nothing_is_marked_too_as_in_one_answer(world: JobWorld) -> None:
    world.accepted(*NOBODY[:199], "bo", ids=("bo",))
    world.plan(0), world.plan(1)
    mark(world)
    assert codes(world.planned(1)) == ["duplicateUser"]


def test_marking_again_and_planning_again_change_nothing(world: JobWorld) -> None:
    world.directory.add("leaver", None, mobile=OLD)
    world.accepted(*NOBODY[:198], "anna", "leaver", ids=("anna", "leaver", "cy"))
    world.plan(0), world.plan(1)
    told = mark(world)
    marked = world.planned(0), world.planned(1)
    assert told["removals"] == 1
    world.plan(0), world.plan(1)
    assert mark(world) == told
    assert (world.planned(0), world.planned(1)) == marked


def test_users_that_could_not_be_read_are_not_one_user(world: JobWorld) -> None:
    world.accepted(*NOBODY, "nobody-else")
    world.plan(0), world.plan(1)
    mark(world)
    assert codes(world.planned(1)) == ["userNotFound"]
