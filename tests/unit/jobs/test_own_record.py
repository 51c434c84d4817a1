"""An activity believes the job's own record and what is stored, not its order, and not what it read long ago."""

import json
from collections.abc import Callable

from azure.storage.blob import ContainerClient

from shared.core.plan import Policy
from shared.core.report import Json
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.bodies import tally
from shared.jobs.store import BlobJobStore
from shared.services import Job, Phase, Stored
from tests.unit.jobs.worlds import JOB, JobWorld, codes, with_anna_bo_and_cy
from tests.unit.world import OLD

LEAVERS = [f"leaver{number}" for number in range(12)]
RESULT: list[Json] = [{"userId": "anna", "status": "changed", "code": "updated", "changes": []}]


def with_leavers(world: JobWorld) -> JobWorld:
    """Twelve users whose number is to be removed."""
    for name in LEAVERS:
        world.directory.add(name, None, mobile=OLD)
    return world


def test_a_dry_run_that_is_ordered_to_apply_writes_nothing(world: JobWorld) -> None:
    with_anna_bo_and_cy(world).accepted("anna", dry_run=True)
    world.plan()
    told = world.apply()
    assert told["error"]["code"] == "internal"
    assert world.directory.written == []
    assert world.store.results(JOB, Phase.RESULT, 0) == Stored(None, None)


def test_an_order_for_a_job_that_nobody_accepted_writes_nothing(world: JobWorld) -> None:
    with_anna_bo_and_cy(world).accepted("anna")
    world.plan()
    order = {"jobId": "5b3d6c1e-0000-4000-8000-000000000009", "chunk": 0}
    assert apply_chunk(world.services(), order)["error"]["code"] == "internal"
    assert world.directory.written == []


def test_what_the_guard_did_not_allow_is_not_removed_whatever_the_order_says(world: JobWorld) -> None:
    with_leavers(world).accepted(*LEAVERS)
    assert world.plan()["removals"] == 12
    told = apply_chunk(world.services(), {"jobId": JOB, "chunk": 0, "removalsAllowed": 1000})
    assert told["error"]["code"] == "tooManyRemovals"
    assert world.directory.written == []


def test_what_it_allowed_is_removed(world: JobWorld) -> None:
    with_leavers(world).accepted(*LEAVERS)
    world.words["policy"] = Policy(max_removals=12)
    world.plan()
    assert world.apply()["counts"] == {"changed": 12}


class Slow(BlobJobStore):
    """Reads the results of a chunk, and is then overtaken by another run of the same activity."""

    overtaken_by: Callable[[], object] | None = None

    def results(self, job_id: str, phase: Phase, chunk: int) -> Stored:
        found = super().results(job_id, phase, chunk)
        overtake, self.overtaken_by = self.overtaken_by, None
        if overtake is not None:
            overtake()
        return found


def test_a_plan_that_comes_late_does_not_take_the_place_of_the_one_that_is_applied(
    world: JobWorld, connect: Callable[[], ContainerClient]
) -> None:
    with_anna_bo_and_cy(world).accepted("anna", "cy")
    late, order = Slow(connect), {"jobId": JOB, "chunk": 0}
    services = world.services()

    def meanwhile() -> None:
        plan_chunk(services, order)
        apply_chunk(services, order)

    late.overtaken_by = meanwhile
    world.words["store"] = late
    told = plan_chunk(world.services(), order)
    assert codes(world.planned()) == ["planned", "planned"]
    assert told["counts"] == {"planned": 2}
    assert codes(world.results()) == ["updated", "added"]


def test_the_version_that_was_read_is_the_one_that_is_replaced(store: BlobJobStore) -> None:
    assert store.put_results(JOB, Phase.PLAN, 0, RESULT)
    first = store.results(JOB, Phase.PLAN, 0)
    assert not store.put_results(JOB, Phase.PLAN, 0, [])
    assert store.put_results(JOB, Phase.PLAN, 0, [], first.version)
    assert not store.put_results(JOB, Phase.PLAN, 0, RESULT, first.version)
    assert store.results(JOB, Phase.PLAN, 0).bodies == []


def test_what_came_of_each_chunk_is_told_without_reading_it(store: BlobJobStore) -> None:
    store.put_results(JOB, Phase.RESULT, 0, RESULT)
    store.put_results(JOB, Phase.RESULT, 7, RESULT * 3)
    found = store.tallies(JOB, Phase.RESULT)
    assert {chunk: dict(each.counts) for chunk, each in found.items()} == {0: {"changed": 1}, 7: {"changed": 3}}


def test_results_of_an_earlier_version_are_counted_by_reading_them(
    store: BlobJobStore, connect: Callable[[], ContainerClient]
) -> None:
    store.put_list(JOB, b"")
    connect().upload_blob(f"{JOB}/result/000002.json", json.dumps(RESULT).encode())
    assert store.tallies(JOB, Phase.RESULT) == {2: tally(RESULT)}


def test_a_chunk_has_begun_before_its_first_write(world: JobWorld) -> None:
    with_anna_bo_and_cy(world).accepted("anna", "bo")
    world.plan()
    assert world.store.begun(JOB) == set()
    world.apply()
    assert world.store.begun(JOB) == {0}


def test_a_record_of_another_version_is_read(store: BlobJobStore, connect: Callable[[], ContainerClient]) -> None:
    store.put_list(JOB, b"")
    facts = {"id": JOB, "fingerprint": "f", "created_at": "2026-11-01T00:00:00.000Z", "users": 1, "chunks": 1}
    connect().upload_blob(f"{JOB}/job.json", json.dumps({**facts, "dry_run": False, "later": 1}).encode())
    assert store.find(JOB) == Job(JOB, "f", "2026-11-01T00:00:00.000Z", 1, 1, False)
