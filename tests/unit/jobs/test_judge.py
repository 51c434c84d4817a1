"""judge.py, and the activities that ask it: what a whole job may do, and what is held of the day for it."""

import json

import pytest

from shared.core.codes import Code
from shared.core.models import Stop
from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.errors import VaultUnavailable
from shared.jobs.activities import plan_chunk
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Phase
from tests.unit.graph_rules import Account
from tests.unit.jobs.steps import APPLIED, OTHER, TWIN, Run, applying, desire, mover, rehearsed
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld
from tests.unit.people import MOBILE, OFFICE, failed
from tests.unit.world import NEW

# The verdict


def test_a_day_that_is_full_before_a_later_chunk_tells_that_the_first_one_was_written(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    world.ledger = Ledger(None, Ceilings(overwrites=9))
    run = Run(world, JOB, "anna", *NOBODY, "bo", dry_run=False).plan()
    assert run.judge()["error"] is None
    assert run.apply(0)["error"] is None
    world.ledger = Ledger(None, Ceilings(overwrites=0))
    error = run.apply(1)["error"]
    assert (error["code"], "Nothing more was written." in error["detail"]) == ("dailyLimit", True)


def test_before_the_first_chunk_that_nothing_was(world: JobWorld) -> None:
    mover(world, "anna")
    world.ledger = Ledger(None, Ceilings(overwrites=0))
    error = Run(world, JOB, "anna", dry_run=False).plan().judge()["error"]
    assert (error["code"], "Nothing was written." in error["detail"]) == ("dailyLimit", True)


def test_a_job_that_is_cancelled_meanwhile_waits_for_nothing_that_judging_needs(world: JobWorld) -> None:
    mover(world, "anna")
    run = Run(world, JOB, "anna", dry_run=False).plan()

    def away(*_: object) -> None:
        raise VaultUnavailable("away")

    world.words["digest"] = away
    assert run.judge()["pausedBy"]["code"] == "vaultUnavailable"
    world.store.cancel(JOB)
    told = run.judge()
    assert (told["cancelled"], told["error"], told["pausedBy"]) == (True, None, None)
    assert run.verdict == {}


def test_a_plan_that_is_not_whole_is_not_judged(world: JobWorld) -> None:
    mover(world, "anna")
    run = Run(world, JOB, *NOBODY, "anna", dry_run=False)
    plan_chunk(world.services(), {"jobId": JOB, "chunk": 1})
    assert run.judge()["error"]["code"] == "internal"
    assert run.apply(1)["error"]["code"] == "internal"
    assert (run.verdict, world.directory.written) == ({}, [])


def test_the_id_is_that_of_all_chunks_and_null_where_a_user_could_not_be_read(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    first = rehearsed(world, "bo", *NOBODY, "anna").verdict["planId"]
    assert first
    again = Run(world, APPLIED, "anna", "bo", dry_run=True).plan()
    again.judge()
    assert again.verdict["planId"] == first
    world.directory.unreadable["bo"] = Stop(Code.THROTTLED, "x")
    unread = Run(world, JOB[:-1] + "3", "anna", "bo", dry_run=True).plan()
    unread.judge()
    assert unread.verdict["planId"] is None


def test_the_first_verdict_stands(world: JobWorld) -> None:
    """Of several activities that judge at once."""
    first, second = ({"error": None, "planId": text, "removals": 0, "overwrites": 0} for text in "ab")
    assert world.store.put_verdict(JOB, first) == first
    assert world.store.put_verdict(JOB, second) == first == world.store.verdict(JOB)


def test_an_approved_job_exceeds_the_ceilings_and_counts(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    world.words["policy"] = Policy(max_overwrites=1, max_overwrites_percent=0)
    world.ledger = Ledger(None, Ceilings(None, 1))
    assert rehearsed(world, "anna", "bo").verdict["error"] is not None
    run = applying(world, "anna", "bo", is_approved=True).plan()
    assert (run.judge()["error"], run.judge()["error"]) == (None, None)
    approvals = [record for record in world.trail.records if record["event"] == "apply"]
    assert {(one["jobId"], one["applies"], one["code"]) for one in approvals} == {(APPLIED, JOB, "tooManyOverwrites")}
    assert len({one["recordId"] for one in approvals}) == 1
    assert run.apply()["counts"] == {"changed": 2}
    assert not world.ledger.reserve("other", "c", 0, 1, Deadline(1))


@pytest.mark.parametrize(("room", "passed"), [(0, ["dailyLimit"]), (1, [])])
def test_it_is_on_record_that_the_day_was_full_and_only_then(world: JobWorld, room: int, passed: list[str]) -> None:
    mover(world, "anna")
    world.ledger = Ledger(None, Ceilings(None, room))
    rehearsed(world, "anna")
    run = applying(world, "anna", is_approved=True).plan()
    assert run.judge()["error"] is None
    assert [record["code"] for record in world.trail.records if record["event"] == "apply"] == passed
    assert run.apply()["counts"] == {"changed": 1}


def test_it_is_on_record_too_if_the_process_ended_before_the_verdict_was_stored(world: JobWorld) -> None:
    mover(world, "anna")
    world.ledger = Ledger(None, Ceilings(None, 0))
    rehearsed(world, "anna")
    run = applying(world, "anna", is_approved=True).plan()
    # What an activity held that ended there.
    assert not world.ledger.reserve(APPLIED, run.job.caller, 0, 1, Deadline(1), approved=True)
    assert run.judge()["error"] is None
    assert [record["code"] for record in world.trail.records if record["event"] == "apply"] == ["dailyLimit"]


def test_an_approved_job_that_read_only_ends_has_exceeded_nothing(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    world.words["policy"] = Policy(max_overwrites=1, max_overwrites_percent=0, read_only=True)
    rehearsed(world, "anna", "bo")
    run = applying(world, "anna", "bo", is_approved=True).plan()
    assert run.judge()["error"]["code"] == "readOnly"
    assert [record for record in world.trail.records if record["event"] == "apply"] == []


# What is held of the day


def held(world: JobWorld, ceiling: int) -> int:
    """Overwrites that a day with this ceiling has no room for."""
    room = 0
    while world.ledger.reserve("probe", "c", 0, room + 1, Deadline(1)):
        room += 1
    world.ledger.settle("probe", 0, 0)
    return ceiling - room


def test_read_only_nothing_is_held(world: JobWorld) -> None:
    mover(world, "anna")
    world.ledger, world.words["policy"] = Ledger(None, Ceilings(None, 5)), Policy(read_only=True)
    run = Run(world, JOB, "anna", dry_run=False).plan()
    assert run.judge()["error"]["code"] == "readOnly"
    assert (held(world, 5), bool(run.verdict["planId"])) == (0, True)


def test_it_is_held_anew_before_each_chunk_that_is_written(world: JobWorld) -> None:
    """Its day may be over by then, or an order from elsewhere may have given it back."""
    mover(world, "anna", "bo")
    world.ledger = Ledger(None, Ceilings(None, 5))
    run = Run(world, JOB, "anna", *NOBODY[:199], "bo", dry_run=False).plan()
    run.judge(), run.apply(0)
    run.settle()
    assert held(world, 5) == 1
    run.apply(1)
    assert held(world, 5) == 2
    run.apply(1), run.judge(), run.settle()
    assert held(world, 5) == 2


def test_without_room_for_it_the_job_ends_before_the_chunk(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    world.ledger = Ledger(None, Ceilings(None, 5))
    run = Run(world, JOB, "anna", *NOBODY[:199], "bo", dry_run=False).plan()
    run.judge(), run.apply(0), run.settle()
    assert world.ledger.reserve("other", "c", 0, 4, Deadline(1))
    assert run.apply(1)["error"]["code"] == "dailyLimit"
    assert [user for user, _ in world.directory.written] == ["anna"]


def test_what_was_not_done_is_given_back_and_looks_do_not_count(world: JobWorld) -> None:
    world.directory.add("anna", NEW, mobile=TWIN)
    mover(world, "bo", "cy")
    world.ledger = Ledger(None, Ceilings(None, 5))
    run = Run(world, JOB, "anna", "bo", "cy", dry_run=False).plan()
    run.judge()
    assert held(world, 5) == 3
    world.directory.script("bo", failed)
    run.apply(), run.settle()
    assert run.codes() == ["updated", "forbidden", "updated"]
    assert held(world, 5) == 2


def test_an_add_does_not_become_an_overwrite_in_place_of_another_one(world: JobWorld) -> None:
    account = Account({OFFICE: "+46 701740611"})
    world.directory.add_account("dee", account, {MOBILE: NEW, OFFICE: "+46 701740612"})
    run = Run(world, JOB, "dee", dry_run=False).plan()
    run.judge()
    account.phones |= {OFFICE: "+46 701740612", MOBILE: OTHER}
    run.apply()
    assert run.codes() == ["notAttempted"]
    assert world.directory.written == []


# A number that too many should have, over several chunks


def four(world: JobWorld) -> list[str]:
    for name in ("anna", "bo", "cy", "dee"):
        account = Account({OFFICE: "+46 701740611"})
        world.directory.add_account(name, account, {MOBILE: NEW, OFFICE: "+46 701740612"})
    return ["anna", "bo", *NOBODY[:198], "cy", "dee"]


def test_it_is_taken_out_again_when_the_rest_is_applied(world: JobWorld) -> None:
    names = four(world)
    seen = rehearsed(world, *names)
    assert seen.codes(Phase.PLAN)[:2] == ["numberShared"] * 2
    run = applying(world, *names).plan()
    assert run.judge()["error"] is None
    assert run.verdict["planId"] == seen.verdict["planId"]
    run.apply(0), run.apply(1)
    assert run.codes(chunk=1) == ["partial"] * 2
    assert world.directory.phones["cy"] == {OFFICE: "+46 701740612"}


def test_where_it_is_no_longer_shared_the_plan_is_another_one(world: JobWorld) -> None:
    names = four(world)
    rehearsed(world, *names)
    desire(world, "anna", OTHER)
    run = applying(world, *names).plan()
    run.judge(), run.apply(0), run.apply(1)
    assert run.codes()[:2] == ["planChanged"] * 2
    assert run.codes(chunk=1) == ["planChanged"] * 2
    assert world.directory.written == []


def test_judging_again_changes_nothing(world: JobWorld) -> None:
    names = four(world)
    rehearsed(world, *names)
    run = applying(world, *names).plan()
    told = run.judge()
    marked, verdict = run.bodies(Phase.PLAN), run.verdict
    # As if it had ended before the verdict was stored.
    (container := world.store._blobs._container()).delete_blob(f"{APPLIED}/verdict.json")
    assert run.judge() == told
    assert (run.bodies(Phase.PLAN), run.verdict) == (marked, verdict)
    assert json.loads(container.download_blob(f"{APPLIED}/verdict.json").readall()) == verdict


def test_what_has_the_same_mask_counts_beside_a_number_that_is_taken_out(world: JobWorld) -> None:
    names = four(world)
    world.directory.add("eve", "+46 701745505", mobile=TWIN)
    run = Run(world, JOB, *names, "eve", dry_run=True).plan()
    run.judge()
    assert run.verdict["overwrites"] == 5
