"""settle_job: a job whose activities failed for good tells the truth about its users, and holds nothing of the day."""

from dataclasses import replace

import pytest

from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import Change, Outcome, Stop
from shared.core.report import Json
from shared.deadline import Deadline
from shared.errors import JobsUnavailable
from shared.jobs.results import JobResults
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import Run, desire, mover
from tests.unit.jobs.test_cut_off import cut_off
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import InMemory, failed
from tests.unit.world import NEW, OLD

NAMES = ("anna", "bo", "cy")


@pytest.fixture
def run(world: JobWorld) -> Run:
    """Three overwrites, of which Graph makes one at first and refuses two for the moment."""
    world.ledger = Ledger(None, Ceilings(100, 100))
    mover(world, *NAMES)
    run = Run(world, JOB, *NAMES, dry_run=False).plan()
    assert run.judge()["error"] is None
    for name in ("bo", "cy"):
        world.directory.script(name, throttled)
    assert run.apply()["unfinished"] == 2
    return run


def throttled(directory: InMemory, user_id: str, change: Change) -> Outcome:
    return replace(failed(directory, user_id, change), stop=Stop(Code.THROTTLED, "x"))


def shown(run: Run) -> dict[object, Json]:
    """What the result says when the job is over."""
    results = JobResults(run.job, run.world.store, ends_with_plan=False)
    bodies = {body["userId"]: body for body in results.all_bodies(None)}
    counted = {status: count for status, count in results.counts().items() if count}
    assert sum(counted.values()) == len(bodies)
    return bodies


def held(world: JobWorld) -> tuple[int, int]:
    return world.ledger.used("webhook-handshake", "", Deadline(5))


def test_who_may_have_been_changed_by_the_last_run_is_unknown_and_not_what_the_run_before_has_told(run: Run) -> None:
    cut_off(run.world, "bo", run.apply)
    for _ in range(2):
        run.settle()
        found = shown(run)
        assert {name: found[name]["changes"][0]["status"] for name in NAMES} == {  # type: ignore[index]
            **{"anna": "applied", "bo": "unknown", "cy": "unknown"}
        }
        assert [found[name]["status"] for name in NAMES] == ["changed", "failed", "failed"]
        assert held(run.world) == (0, 3)
    doubts = [record for record in run.world.trail.records if record.get("outcome") == "unknown"]
    assert {record["objectId"] for record in doubts} == {"bo", "cy"}


def test_a_run_that_has_begun_nothing_leaves_what_was_told(run: Run) -> None:
    run.settle()
    assert [shown(run)[name]["code"] for name in NAMES] == ["updated", "throttled", "throttled"]
    assert held(run.world) == (0, 1)


def test_what_was_reserved_by_a_judge_who_could_not_say_so_is_given_back(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ledger = Ledger(None, Ceilings(100, 100))
    mover(world, *NAMES)
    run = Run(world, JOB, *NAMES, dry_run=False).plan()

    def away(*_: object) -> None:
        raise JobsUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "put_verdict", away)
        assert run.judge()["pausedBy"]["code"] == "jobsUnavailable"
    assert held(world) == (0, 3)
    run.settle()
    assert held(world) == (0, 0)


def test_so_is_what_the_judge_of_a_later_round_has_reserved(world: JobWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.ledger, world.words["source"] = Ledger(None, Ceilings(100, 100)), DirectorySource()
    world.directory.add("anna", None, mobile=OLD)
    job, seen, put_verdict = Waiting(world, "anna"), list[tuple[int, int]](), world.store.put_verdict

    def away(job_id: str, verdict: Json, round: int = 0) -> Json:
        if round:
            seen.append(held(world))
            raise JobsUnavailable("away")
        return put_verdict(job_id, verdict)

    monkeypatch.setattr(world.store, "put_verdict", away)
    job.at(2, lambda: desire(world, "anna", NEW))
    assert job.run()["error"]["code"] == "jobsUnavailable"
    assert (set(seen), held(world)) == ({(0, 1)}, (0, 0))
