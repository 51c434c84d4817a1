"""judge.py and activities.py: of a dry run that is applied, what is another plan by now is left alone."""

import pytest

from shared.core.codes import Code
from shared.core.models import Stop
from tests.unit.graph_rules import Account
from tests.unit.jobs.steps import OTHER, TWIN, applying, desire, mover, rehearsed
from tests.unit.jobs.worlds import JobWorld
from tests.unit.people import MOBILE, OFFICE, lost_before, obeyed
from tests.unit.world import NEW, OLD


def test_who_has_another_plan_by_now_is_left_alone(world: JobWorld) -> None:
    mover(world, "anna", "bo", "cy")
    rehearsed(world, "anna", "bo", "cy")
    desire(world, "anna", OTHER)
    world.directory.accounts["bo"].phones[MOBILE] = NEW
    run = applying(world, "anna", "bo", "cy").plan()
    told = run.judge()
    assert told["counts"] == {"skipped": 1, "unchanged": 1, "planned": 1}
    run.apply()
    assert run.codes() == ["planChanged", "unchanged", "updated"]


def test_who_is_left_alone_counts_for_nothing(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    rehearsed(world, "anna", "bo")
    desire(world, "anna", OTHER)
    run = applying(world, "anna", "bo").plan()
    run.judge()
    assert (run.verdict["removals"], run.verdict["overwrites"]) == (0, 1)


def test_who_was_not_read_for_the_dry_run_is_left_alone(world: JobWorld) -> None:
    mover(world, "anna")
    world.directory.unreadable["anna"] = Stop(Code.GRAPH_UNAVAILABLE, "x")
    rehearsed(world, "anna")
    world.directory.unreadable.clear()
    run = applying(world, "anna").plan()
    run.judge(), run.apply()
    assert run.codes() == ["planChanged"]


def test_who_was_not_found_for_it_is_left_alone(world: JobWorld) -> None:
    rehearsed(world, "anna")
    mover(world, "anna")
    run = applying(world, "anna").plan()
    run.judge(), run.apply()
    assert run.codes() == ["planChanged"]


@pytest.mark.parametrize("number", [OTHER, TWIN, None])
def test_who_changes_behind_the_verdict_is_left_alone(world: JobWorld, number: str | None) -> None:
    mover(world, "anna", "bo")
    rehearsed(world, "anna", "bo")
    run = applying(world, "anna", "bo").plan()
    run.judge()
    desire(world, "anna", number)
    told = run.apply()
    assert (told["error"], told["counts"]) == (None, {"skipped": 1, "changed": 1})
    assert world.directory.phones["anna"] == {MOBILE: OLD}
    assert run.codes()[1] == "updated"


def test_of_who_was_begun_the_rest_is_done_and_nothing_else(world: JobWorld) -> None:
    account = Account({MOBILE: OLD, OFFICE: "+46 701740611"})
    world.directory.add_account("dee", account, {MOBILE: NEW, OFFICE: "+46 701740612"})
    rehearsed(world, "dee")
    run = applying(world, "dee").plan()
    run.judge()
    world.directory.script("dee", obeyed, *[lost_before] * 9)
    assert run.apply()["unfinished"] == 1
    world.directory.script("dee")
    assert run.apply()["unfinished"] == 0
    assert run.codes() == ["updated"]


def test_of_who_was_begun_and_changes_then_it_is_told_what_was_done(world: JobWorld) -> None:
    account = Account({MOBILE: OLD, OFFICE: "+46 701740611"})
    world.directory.add_account("dee", account, {MOBILE: NEW, OFFICE: "+46 701740612"})
    rehearsed(world, "dee")
    run = applying(world, "dee").plan()
    run.judge()
    world.directory.script("dee", obeyed, *[lost_before] * 9)
    run.apply()
    world.directory.script("dee")
    world.directory.users["dee"].attributes[OFFICE] = "+46 701740699"  # type: ignore[index]
    told = run.apply()
    assert (told["unfinished"], told["error"]) == (0, None)
    (body,) = run.bodies()
    assert (body["status"], body["code"]) == ("failed", "partial")
    assert [change["status"] for change in body["changes"]] == ["applied", "skipped"]  # type: ignore[attr-defined]
    assert world.directory.phones["dee"] == {MOBILE: NEW, OFFICE: "+46 701740611"}
