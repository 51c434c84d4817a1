"""Jobs that an earlier version accepted go on after an update, wherever it stopped them.

The histories were recorded with the orchestrators of that version, driven as in test_orchestrate.py: an order, and
steps with what was asked for, the result, and the time. Those before guards (commit 9c93533) have orders with
`removalsAllowed` and without `isJudged`; those of 1.0.0 have `isJudged` and no `settles`.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from shared.core.plan import Policy
from shared.core.report import Json
from shared.jobs.activities import apply_chunk
from shared.jobs.bodies import tally
from shared.jobs.orchestrate import Data, Steps, run_job, run_wave
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Phase
from tests.unit.jobs.driver import BEGIN, Context, Step, replay
from tests.unit.jobs.worlds import JOB, JobWorld, codes
from tests.unit.people import MOBILE
from tests.unit.world import NEW, OLD

ORCHESTRATORS = {"run_job": run_job, "run_wave": run_wave}
BEFORE_GUARDS, OF_1_0_0 = (
    json.loads(Path(__file__).with_name(f"histories_{version}.json").read_text(encoding="utf-8"))
    for version in ("before_guards", "of_1_0_0")
)
RECORDED = {**BEFORE_GUARDS, **OF_1_0_0}
Orchestrator = Callable[[Any], Steps]


def step(found: Data) -> Step:
    asked = found["asked"]
    if found["kind"] == "timer":
        asked = datetime.fromisoformat(asked)
    elif found["kind"] == "activities":
        asked = [tuple(each) for each in asked]
    return Step(found["kind"], asked, found["result"], datetime.fromisoformat(found["at"]))


def histories(name: str) -> Iterator[tuple[Orchestrator, Data, list[Step]]]:
    for found in RECORDED[name]["histories"]:
        yield ORCHESTRATORS[found["orchestrator"]], found["order"], [step(each) for each in found["steps"]]


def ended(orchestrator: Orchestrator, order: Data, history: list[Step]) -> Any:
    context = Context(order)
    context.now = BEGIN
    steps, result = orchestrator(context), None
    for past in history:
        assert steps.send(result) is not None
        result, context.now = past.result, past.at
    with pytest.raises(StopIteration) as end:
        steps.send(result)
    return end.value.value


@pytest.mark.parametrize("name", RECORDED)
def test_stopped_anywhere_it_asks_for_the_same_again(name: str) -> None:
    for orchestrator, order, history in histories(name):
        for length in range(len(history) + 1):
            replay(orchestrator, order, history[:length])


@pytest.mark.parametrize("name", RECORDED)
def test_it_asks_for_nothing_more_and_ends_as_it_would_have(name: str) -> None:
    (orchestrator, order, history), *waves = histories(name)
    assert orchestrator is run_job
    assert ended(orchestrator, order, history) == RECORDED[name]["outcome"]
    results = [each.result for each in history if each.kind == "wave"]
    assert [ended(*wave) for wave in waves] == results


def test_what_was_recorded_is_of_these_versions_and_holds_every_step() -> None:
    orders = [order for name in BEFORE_GUARDS for _, order, _ in histories(name)]
    assert all("removalsAllowed" in order and "isJudged" not in order for order in orders)
    orders = [order for name in OF_1_0_0 for _, order, _ in histories(name)]
    assert all("isJudged" in order and "settles" not in order for order in orders)
    kinds = {each.kind for name in RECORDED for _, _, history in histories(name) for each in history}
    assert kinds == {"wave", "activities", "timer"}


# What it may write is judged by the activity that writes

LEAVERS = [f"leaver{place}" for place in range(12)]


@pytest.fixture
def old(world: JobWorld, connect: Callable[[], ContainerClient]) -> JobWorld:
    """The record of a job, and its plan for the first of two chunks, as that version has left them."""
    for name in LEAVERS:
        world.directory.add(name, None, mobile=OLD)
    world.directory.add("anna", NEW, mobile=OLD)
    world.accepted(*LEAVERS, *(f"nobody{place}" for place in range(188)), "anna")
    record = json.loads(connect().download_blob(f"{JOB}/job.json").readall())
    kept = {name: record[name] for name in ("id", "fingerprint", "created_at", "users", "chunks", "dry_run", "caller")}
    connect().upload_blob(f"{JOB}/job.json", json.dumps(kept).encode(), overwrite=True)
    for chunk in range(2):
        world.plan(chunk)
        as_then(connect(), world.planned(chunk), chunk)
    return world


def as_then(container: ContainerClient, bodies: list[Json], chunk: int) -> None:
    facts = tally(bodies)
    metadata = {"tally": json.dumps({"counts": facts.counts, "to_be_written": facts.to_be_written, "removals": 0})}
    name = f"{JOB}/{Phase.PLAN}/{chunk:06d}.json"
    container.upload_blob(name, json.dumps(bodies).encode(), overwrite=True, metadata=metadata)


def apply_as_ordered(world: JobWorld, chunk: int) -> Data:
    return apply_chunk(world.services(), {"jobId": JOB, "chunk": chunk})


def test_within_the_ceilings_it_is_written(old: JobWorld) -> None:
    old.words["policy"] = Policy(max_removals=12)
    assert apply_as_ordered(old, 0)["counts"] == {"changed": 12, "failed": 188}
    assert apply_as_ordered(old, 1)["counts"] == {"changed": 1}
    assert codes(old.results(1)) == ["updated"]


def test_beyond_them_nothing_is(old: JobWorld) -> None:
    for chunk in (1, 0):
        assert apply_as_ordered(old, chunk)["error"]["code"] == "tooManyRemovals"
    assert old.directory.written == []


def test_the_ceiling_of_the_day_holds_and_it_counts_once(old: JobWorld) -> None:
    old.words["policy"] = Policy(max_removals=12)
    old.ledger = Ledger(None, Ceilings(removals=12))
    for _ in range(2):
        assert apply_as_ordered(old, 0)["error"] is None
    assert not old.ledger.reserve("other", "c", 1, 0, deadline())
    assert sum(MOBILE not in old.directory.phones[name] for name in LEAVERS) == 12


def test_without_room_in_the_day_nothing_is(old: JobWorld) -> None:
    old.words["policy"] = Policy(max_removals=12)
    old.ledger = Ledger(None, Ceilings(removals=11))
    assert apply_as_ordered(old, 0)["error"]["code"] == "dailyLimit"
    assert old.directory.written == []


def deadline() -> Any:
    from shared.deadline import Deadline

    return Deadline(5)
