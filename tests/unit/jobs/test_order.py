"""jobs/order.py and api/accept.py: how many unfinished jobs there may be."""

import json

import pytest

from shared.api.lists import handle_reconcile
from shared.errors import StorageUnavailable
from shared.services import FIRST_CALLER as CALLER
from tests.unit.jobs.worlds import JobWorld
from tests.unit.world import HEADERS, body, code

LIST = json.dumps([f"user{number}@contoso.com" for number in range(3)]).encode()
MOST = 5  # MAX_OPEN_JOBS of the world


def start(world: JobWorld, key: str = "") -> tuple[int, str]:
    """Status, and job id or code."""
    headers = HEADERS | ({"idempotency-key": key} if key else {})
    answer = world.ask(handle_reconcile, LIST, headers)
    return answer.status, str(body(answer)["jobId"]) if answer.status == 202 else code(answer)


def test_one_job_more_than_there_may_be_is_refused_until_one_has_finished(world: JobWorld) -> None:
    jobs = [start(world)[1] for _ in range(MOST)]
    assert start(world) == (429, "tooManyJobs")
    assert len(world.engine.started) == MOST
    world.engine.ended(jobs[1])
    status, another = start(world)
    assert status == 202
    assert sorted(world.store.open_jobs(CALLER)) == sorted([*jobs[:1], *jobs[2:], another])


def test_a_refusal_says_when_to_come_back(world: JobWorld) -> None:
    for _ in range(MOST):
        start(world)
    assert int(world.ask(handle_reconcile, LIST, HEADERS).headers["Retry-After"]) > 0


def test_a_repeat_with_the_key_of_a_job_is_never_refused(world: JobWorld) -> None:
    first = start(world, "once")
    for _ in range(MOST - 1):
        start(world)
    assert start(world) == (429, "tooManyJobs")
    assert start(world, "once") == first


def test_below_the_limit_the_engine_is_not_asked_about_other_jobs(world: JobWorld) -> None:
    start(world)
    world.engine.states = {}
    assert start(world)[0] == 202


def test_nobody_can_tell_the_id_from_the_key(world: JobWorld) -> None:
    other = JobWorld(world.store)
    assert start(world, "onboarding-2026-11-28")[1] != start(other, "onboarding-2026-11-28")[1]
    assert start(world, "a")[1] == start(world, "a")[1] != start(world, "b")[1]


@pytest.mark.parametrize("key", ["", "some"])
def test_without_the_key_of_the_app_no_job_begins(world: JobWorld, key: str) -> None:
    def digest(*_: object) -> bytes:
        raise StorageUnavailable("away")

    world.words["digest"] = digest
    assert start(world, key) == (503, "storageUnavailable")
    assert world.engine.started == []
