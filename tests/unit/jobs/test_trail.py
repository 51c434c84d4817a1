"""trail.py: what a job leaves in the audit trail, also where its activities run twice or are cut off."""

import pytest

from shared.core.plan import Policy
from shared.core.report import Json
from shared.jobs.activities import apply_chunk
from shared.jobs.store import _place
from shared.jobs.whole import judge_plan
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JOB, JobWorld, with_anna_bo_and_cy
from tests.unit.people import MOBILE, failed
from tests.unit.world import NEW, OLD

ORDER = {"jobId": JOB, "chunk": 0, "correlationId": "cid-1"}


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


def forget_results(world: JobWorld) -> None:
    world.store._blobs.remove(_place(JOB, Phase.RESULT, 0))


def told(records: list[Json]) -> list[tuple[object, ...]]:
    return [(record["event"], record["outcome"], record.get("objectId")) for record in records]


def test_a_chunk_leaves_its_writes_in_one_block(world: JobWorld) -> None:
    facts = {"caller": "hr", "proof": "signature", "address": "192.0.2.7", "reason": "hired"}
    world.store.claim(Job(JOB, "f", "2026-11-28T00:00:00.000+00:00", 3, 1, False, **facts))  # type: ignore[arg-type]
    world.accepted("anna", "bo", "cy")
    world.plan()
    assert world.trail.records == []
    apply_chunk(world.services(), ORDER)
    assert [told(block) for block in world.trail.blocks] == [[("write", "applied", "anna"), ("write", "applied", "cy")]]
    also = {"jobId": JOB, "correlationId": "cid-1", "route": "POST /api/reconcile"}
    for record in world.trail.records:
        assert record == record | facts | also


def test_a_run_that_was_cut_off_leaves_no_write_without_a_record(world: JobWorld) -> None:
    world.accepted("anna", "bo", "cy")
    world.plan()
    # Anna was written by a run that ended before it could say so.
    world.store.begin(JOB, 0)
    world.directory.phones["anna"][MOBILE] = NEW
    world.apply()
    (found, written) = sorted(world.trail.records, key=lambda record: str(record["objectId"]))
    assert told([found, written]) == [("write", "foundDone", "anna"), ("write", "applied", "cy")]
    assert [found[name] for name in ("action", "before", "after")] == ["update", "+46 *******66", "+46 *******05"]
    assert found["numberTag"] == written["numberTag"]


def test_a_run_that_was_cut_off_behind_its_records_counts_once(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.plan()
    world.apply()
    first = list(world.trail.records)
    # Its results were not stored, and the same happens again.
    forget_results(world)
    world.apply()
    second = world.trail.records[len(first) :]
    assert [record["outcome"] for record in (*first, *second)] == ["applied"] * 2 + ["foundDone"] * 2
    assert {record["recordId"] for record in first} == {record["recordId"] for record in second}


def test_a_write_that_failed_and_then_succeeded_is_two_records(world: JobWorld) -> None:
    world.accepted("cy")
    world.plan()
    world.directory.script("cy", failed)
    world.apply()
    forget_results(world)
    world.apply()
    assert [record["outcome"] for record in world.trail.records] == ["failed", "applied"]
    assert len({record["recordId"] for record in world.trail.records}) == 2


@pytest.mark.parametrize("dry_run", [False, True])
def test_protected_users_are_on_record_when_they_are_planned_for(world: JobWorld, dry_run: bool) -> None:
    world.directory.protected = frozenset({"anna"})
    world.accepted("anna", "cy", dry_run=dry_run)
    world.plan()
    assert told(world.trail.records) == [("refusal", "refused", "anna")]
    assert world.trail.records[0]["dryRun"] is dry_run


def test_a_guard_that_ends_a_job_is_on_record_once(world: JobWorld) -> None:
    for name in ("x", "y"):
        world.directory.add(name, None, mobile=OLD)
    world.words["policy"] = Policy(max_removals=1, max_removals_percent=0)
    world.accepted("x", "y")
    world.plan()
    for _ in range(2):
        assert judge_plan(world.services(), ORDER)["error"]["code"] == "tooManyRemovals"
    assert len(world.trail.records) == 2
    assert world.apply()["error"]["code"] == "tooManyRemovals"
    assert {(record["event"], record["code"], record["jobId"]) for record in world.trail.records} == {
        ("refusal", "tooManyRemovals", JOB)
    }
    assert len({record["recordId"] for record in world.trail.records}) == 1


def test_the_brake_is_on_record(world: JobWorld) -> None:
    world.accepted("anna")
    world.plan()
    world.words["policy"] = Policy(read_only=True)
    assert world.apply()["error"]["code"] == "readOnly"
    assert [record["code"] for record in world.trail.records] == ["readOnly"]


def test_an_order_for_no_job_is_no_refusal(world: JobWorld) -> None:
    world.accepted("anna", dry_run=True)
    world.plan()
    assert world.apply()["error"]["code"] == "internal"
    assert world.trail.records == []
