"""A chunk that was cut off, and something else is desired by its repeat: what it wrote stays on record and counted.
Nothing is written over it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.core.desired import DirectorySource
from shared.core.models import Change, Outcome
from shared.core.plan import Policy
from shared.jobs.activities import apply_chunk
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from tests.unit.graph_rules import Account
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import OTHER, TWIN, Run, applying, desire, mover, rehearsed
from tests.unit.jobs.test_cut_off import CutOff, brake, cancel, changes, cut_off, held, throttled, writes
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import MOBILE, OFFICE, InMemory
from tests.unit.world import NEW, OLD

MADE = {("anna", "mobile"): "unknown"}


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    """Anna's number is to be replaced; an attribute that is emptied means a removal."""
    world.ledger = Ledger(None, Ceilings(100, 100))
    world.words["source"] = DirectorySource(remove_on_empty=True)
    mover(world, "anna")
    return world


def begun(world: JobWorld, *names: str) -> Run:
    run = Run(world, JOB, "anna", *names, dry_run=False).plan()
    assert run.judge()["error"] is None
    return run


def cut_off_before(run: Run) -> None:
    """The process ends when it is about to send Anna's write."""

    def die(_directory: InMemory, _user: str, _change: Change) -> Outcome:
        raise CutOff

    run.world.directory.script("anna", die)
    with pytest.raises(RuntimeError):
        run.apply()
    run.world.directory.written.clear()


def statuses(run: Run) -> list[object]:
    return [change["status"] for change in changes(run, "anna")]


def written(world: JobWorld) -> int:
    return len(world.directory.written)


@pytest.mark.parametrize("desired", [OTHER, OLD, None, "not a number"])
def test_what_may_have_been_written_stays_on_record_and_is_not_written_over(
    world: JobWorld, desired: str | None
) -> None:
    mover(world, "bo")
    run = begun(world, "bo")
    cut_off(world, "anna", run.apply)
    desire(world, "anna", desired)
    assert run.apply()["unfinished"] == 0
    assert run.codes() == ["partial", "updated"]
    (change,) = changes(run, "anna")
    assert (change["status"], change["before"], change["after"]) == ("unknown", "+46 *******66", "+46 *******05")
    assert writes(world) == {**MADE, ("bo", "mobile"): "applied"}
    run.settle()
    assert held(world) == (0, 2)
    assert world.directory.phones["anna"] == {MOBILE: NEW}


def test_so_does_that_of_a_dry_run_whose_plan_has_changed(world: JobWorld) -> None:
    mover(world, "bo")
    rehearsed(world, "anna", "bo")
    run = applying(world, "anna", "bo").plan()
    run.judge()
    cut_off(world, "anna", run.apply)
    desire(world, "anna", OTHER)
    run.apply()
    run.settle()
    assert run.codes() == ["partial", "updated"]
    (change,) = changes(run, "anna")
    assert (change["status"], change["code"]) == ("unknown", "planChanged")
    assert str(run.bodies()[0]["message"]).startswith(
        "An earlier run may have changed this user. The plan for this user"
    )
    assert writes(world) == {**MADE, ("bo", "mobile"): "applied"}
    assert (held(world), written(world)) == ((0, 2), 2)


@pytest.mark.parametrize("stop", [cancel, brake])
def test_and_where_the_job_ends_before_the_repeat(world: JobWorld, stop: Callable[[Run], None]) -> None:
    run = begun(world)
    cut_off(world, "anna", run.apply)
    desire(world, "anna", OTHER)
    stop(run)
    run.apply()
    run.settle()
    assert (run.codes(), statuses(run), writes(world)) == (["partial"], ["unknown"], MADE)
    assert (
        run.bodies()[0]["message"]
        == "An earlier run may have made this change. The directory has another value by now."
    )
    assert (held(world), written(world)) == ((0, 1), 1)


def test_a_removal_is_not_lost_when_a_number_is_desired_again(world: JobWorld) -> None:
    desire(world, "anna", None)
    run = begun(world)
    cut_off(world, "anna", run.apply)
    desire(world, "anna", OTHER)
    run.apply()
    run.settle()
    assert (run.codes(), statuses(run), writes(world)) == (["partial"], ["unknown"], MADE)
    assert (held(world), written(world)) == ((1, 0), 1)


def test_a_write_that_was_not_made_is_none(world: JobWorld) -> None:
    run = begun(world)
    cut_off_before(run)
    desire(world, "anna", OTHER)
    run.apply()
    run.settle()
    assert (run.codes(), writes(world), held(world)) == (["updated"], {("anna", "mobile"): "applied"}, (0, 1))
    assert world.directory.phones["anna"] == {MOBILE: OTHER}


def test_nor_is_one_that_is_not_to_be_made_any_more(world: JobWorld) -> None:
    run = begun(world)
    cut_off_before(run)
    desire(world, "anna", OLD)
    run.apply()
    run.settle()
    assert (run.codes(), writes(world), held(world), written(world)) == (["unchanged"], {}, (0, 0), 0)


def test_nobody_claims_what_was_right_before_the_first_run(world: JobWorld) -> None:
    """No run was cut off: the directory was corrected between the plan and its writes."""
    run = begun(world)
    desire(world, "anna", OLD)
    run.apply()
    run.settle()
    assert (run.codes(), writes(world), held(world)) == (["unchanged"], {}, (0, 0))


def test_where_somebody_else_has_changed_the_number_too_nobody_knows(world: JobWorld) -> None:
    run = begun(world)
    cut_off(world, "anna", run.apply)
    desire(world, "anna", OTHER)
    world.directory.phones["anna"][MOBILE] = OTHER
    assert run.apply()["unfinished"] == 0
    run.settle()
    assert (run.codes(), statuses(run), writes(world), held(world)) == (["partial"], ["unknown"], MADE, (0, 1))


@pytest.mark.parametrize("is_made", [False, True])
@pytest.mark.parametrize("desired", [NEW, OTHER])
def test_numbers_that_look_alike_prove_nothing_unless_the_same_is_written(
    world: JobWorld, desired: str, *, is_made: bool
) -> None:
    """Masked, the number before the change is the one after it."""
    world.directory.phones["anna"][MOBILE] = TWIN
    run = begun(world)
    if is_made:
        cut_off(world, "anna", run.apply)
    else:
        cut_off_before(run)
    desire(world, "anna", desired)
    run.apply()
    run.settle()
    assert (run.codes(), statuses(run)) == (
        (["updated"], ["applied"]) if desired == NEW else (["partial"], ["unknown"])
    )
    assert (held(world), written(world)) == ((0, 1), int(is_made or desired == NEW))


# Several changes of one user


@pytest.fixture
def two(world: JobWorld) -> Run:
    world.directory.add_account("anna", Account({MOBILE: OLD, OFFICE: OLD}), {MOBILE: NEW, OFFICE: NEW})
    return begun(world)


def desire_office(world: JobWorld, number: str) -> None:
    world.directory.users["anna"].attributes[OFFICE] = number  # type: ignore[index]


def test_the_one_that_was_made_counts_and_the_other_one_is_made_as_desired_now(world: JobWorld, two: Run) -> None:
    cut_off(world, "anna", two.apply)
    desire_office(world, OTHER)
    two.apply()
    two.settle()
    assert (two.codes(), statuses(two), held(world)) == (["updated"], ["applied", "applied"], (0, 2))
    assert writes(world) == {("anna", "mobile"): "foundDone", ("anna", "office"): "applied"}
    assert world.directory.phones["anna"] == {MOBILE: NEW, OFFICE: OTHER}


def test_the_one_that_was_made_is_in_doubt_and_the_other_one_is_left(world: JobWorld, two: Run) -> None:
    cut_off(world, "anna", two.apply)
    desire(world, "anna", OTHER)
    two.apply()
    two.settle()
    assert (two.codes(), statuses(two), held(world)) == (["partial"], ["unknown", "skipped"], (0, 1))
    assert (writes(world), written(world)) == (MADE, 1)


def test_nor_is_a_change_overwritten_that_an_earlier_try_has_made(world: JobWorld, two: Run) -> None:
    """Nothing was cut off: the other change failed for a reason that may pass."""
    world.directory.script("anna", InMemory.obey, throttled)
    assert two.apply()["unfinished"] == 1
    desire(world, "anna", OTHER)
    assert two.apply()["unfinished"] == 0
    two.settle()
    assert (two.codes(), statuses(two), held(world)) == (["partial"], ["applied", "skipped"], (0, 1))
    assert (writes(world)["anna", "mobile"], world.directory.phones["anna"][MOBILE]) == ("applied", NEW)


def test_a_number_that_graph_masks_is_written_again_for_it_is_the_same(world: JobWorld, two: Run) -> None:
    world.words["policy"] = Policy(rewrite_masked=True)
    world.directory.masks = True
    cut_off(world, "anna", two.apply)
    two.apply()
    assert (two.codes(), statuses(two), written(world)) == (["updated"], ["applied", "applied"], 3)


def desire_office_too(run: Run) -> None:
    """An addition that nobody has judged: the job does not write for the user any more."""
    anna = run.world.directory.users["anna"]
    run.world.directory.users["anna"] = replace(anna, attributes={MOBILE: NEW, OFFICE: OTHER})


def brake_rewriting(run: Run) -> None:
    run.world.words["policy"] = Policy(rewrite_masked=True, read_only=True)


@pytest.mark.parametrize("stop", [cancel, brake_rewriting, desire_office_too])
def test_where_it_is_not_written_again_nobody_knows(world: JobWorld, stop: Callable[[Run], None]) -> None:
    world.words["policy"] = Policy(rewrite_masked=True)
    world.directory.masks = True
    world.directory.phones["anna"][MOBILE] = TWIN
    run = begun(world)
    cut_off(world, "anna", run.apply)
    stop(run)
    run.apply()
    run.settle()
    assert (run.codes(), statuses(run)[0], writes(world)) == (["partial"], "unknown", MADE)
    told = str(run.bodies()[0]["message"])
    assert stop is desire_office_too or told.endswith("The masked numbers before and after this change look the same.")
    assert written(world) == 1


@pytest.mark.parametrize("is_other", [False, True])
def test_sms_sign_in_of_a_number_that_was_written_is_switched_on_unless_the_number_is_another(
    world: JobWorld, is_other: bool
) -> None:
    world.words["source"] = DirectorySource(sms_sign_in=True)
    run = begun(world)
    cut_off(world, "anna", run.apply)
    if is_other:
        desire(world, "anna", OTHER)
    run.apply()
    assert statuses(run) == (["unknown", "skipped"] if is_other else ["applied", "applied"])
    assert written(world) == (1 if is_other else 2)


def test_a_late_user_of_a_round_that_was_cut_off(world: JobWorld) -> None:
    world.words["source"] = DirectorySource()
    world.directory.add("cy", None, mobile=OLD)
    job = Waiting(world, "cy", minutes=10)
    job.at(2, lambda: desire(world, "cy", NEW))

    def lose(name: str) -> None:
        if name == "apply_chunk" and job.engine.sent["round"]:
            job.watch = lambda _: None
            cut_off(world, "cy", lambda: apply_chunk(world.services(), job.engine.sent))
            desire(world, "cy", OTHER)

    job.watch = lose
    job.run()
    assert (job.codes(), writes(world)) == (["partial"], {("cy", "mobile"): "unknown"})
    assert (held(world), written(world)) == ((0, 1), 1)
