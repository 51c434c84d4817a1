"""activities.py: what a job waits for with its patience instead of reporting it."""

import pytest

from shared.core.codes import Code
from shared.core.models import Change, Outcome, OutcomeKind, Stop
from tests.unit.jobs.worlds import JobWorld, codes, with_anna_bo_and_cy
from tests.unit.people import InMemory
from tests.unit.world import NEW

NOT_READY = Stop(Code.NOT_READY, "The methods are not there yet.")


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


def not_ready(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    return Outcome(OutcomeKind.FAILED, NOT_READY)


def test_a_user_whose_methods_are_not_there_yet_is_read_again(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.directory.unreadable["cy"] = NOT_READY
    told = world.plan()
    assert (told["unfinished"], told["throttled"]) == (1, 0)
    assert codes(world.planned()) == ["planned", "notReady"]
    del world.directory.unreadable["cy"]
    world.directory.asked_methods.clear()
    assert (world.plan()["unfinished"], codes(world.planned())) == (0, ["planned", "planned"])
    assert world.directory.asked_methods == [["cy"]]


def test_who_got_no_plan_is_not_waited_for_once_more_when_it_is_applied(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.directory.unreadable["cy"] = NOT_READY
    world.plan()
    world.apply()
    assert world.apply()["unfinished"] == 0
    assert codes(world.results()) == ["updated", "notReady"]


def test_a_write_that_found_no_methods_yet_is_tried_again(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.plan()
    world.directory.script("cy", not_ready)
    assert world.apply()["unfinished"] == 1
    assert codes(world.results()) == ["updated", "notReady"]
    assert world.apply()["unfinished"] == 0
    assert codes(world.results()) == ["updated", "added"]
    assert list(world.directory.phones["cy"].values()) == [NEW]
