"""A job claims what it did, and does what was judged: as a request that is answered at once."""

from dataclasses import replace

import pytest

from shared.core.codes import ChangeStatus
from shared.core.desired import DirectorySource
from shared.core.models import Change, Outcome, SmsState
from shared.deadline import Deadline
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.jobs.steps import OTHER, Run, desire, mover
from tests.unit.jobs.test_cut_off import changes, cut_off, held, throttled, writes
from tests.unit.jobs.test_cut_off_changed import cut_off_before
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import MOBILE, OFFICE, InMemory
from tests.unit.world import NEW, OLD


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    world.ledger = Ledger(None, Ceilings(100, 100))
    return world


def planned(world: JobWorld, *names: str) -> Run:
    run = Run(world, JOB, *names, dry_run=False).plan()
    assert run.judge()["error"] is None
    return run


def statuses(run: Run, user_id: str = "anna") -> dict[object, object]:
    return {change["method"]: change["status"] for change in changes(run, user_id)}


# What it claims


def test_what_somebody_else_made_between_plan_and_writes_is_not_claimed(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    run = planned(world, "anna", "bo")
    world.directory.phones["anna"][MOBILE] = NEW
    run.apply()
    run.settle()
    assert run.codes() == ["unchanged", "updated"]
    assert writes(world) == {("bo", "mobile"): "applied"}
    assert held(world) == (0, 1)


def test_nor_is_it_by_a_user_who_is_tried_again_for_another_method(world: JobWorld) -> None:
    """The first try of the office number failed for certain."""
    world.directory.add_account("anna", Account({MOBILE: OLD, OFFICE: OLD}), {MOBILE: NEW, OFFICE: NEW})
    run = planned(world, "anna")
    world.directory.script("anna", InMemory.obey, throttled)
    assert run.apply()["unfinished"] == 1
    world.directory.phones["anna"][OFFICE] = NEW
    run.apply()
    assert statuses(run) == {"mobile": "applied", "office": "unchanged"}
    assert writes(world)["anna", "office"] == "failed"


def test_sms_sign_in_that_was_never_on_was_not_switched_off(world: JobWorld) -> None:
    world.words["source"] = DirectorySource(sms_sign_in=False)
    world.directory.add("anna", NEW)
    run = planned(world, "anna")
    run.apply()
    assert run.codes() == ["added"]
    assert statuses(run) == {"mobile": "applied", "smsSignIn": "unchanged"}
    assert writes(world) == {("anna", "mobile"): "applied"}


# What it does


@pytest.mark.parametrize("registered", [{MOBILE: OLD}, {}])
def test_a_method_for_which_nothing_was_planned_is_not_added(world: JobWorld, registered: dict[str, str]) -> None:
    account = Account(dict(registered))  # type: ignore[arg-type]
    world.directory.add_account("anna", account, {MOBILE: NEW, OFFICE: "not a number"})
    mover(world, "bo")
    run = planned(world, "anna", "bo")
    user = world.directory.users["anna"]
    world.directory.users["anna"] = replace(user, attributes={**user.attributes, OFFICE: OTHER})
    run.apply()
    assert run.codes() == ["notAttempted", "updated"]
    assert world.directory.phones["anna"] == registered


def registering(world: JobWorld) -> Run:
    """The tenant switches SMS sign-in of every new number on, and SMS_SIGN_IN is off."""
    world.words["source"] = DirectorySource(sms_sign_in=False)
    account = Account({MOBILE: OLD}, policy=SmsPolicy.REGISTERS, state=SmsState.NOT_ENABLED)
    world.directory.add_account("anna", account, {MOBILE: NEW})
    return planned(world, "anna")


def test_sms_sign_in_of_the_new_number_goes_off_after_a_run_that_was_cut_off_behind_it(world: JobWorld) -> None:
    run = registering(world)
    cut_off(world, "anna", run.apply)
    assert world.directory.accounts["anna"].state is SmsState.READY
    run.apply()
    run.settle()
    assert (run.codes(), held(world)) == (["changed"], (0, 1))
    assert world.directory.accounts["anna"].state is SmsState.NOT_ENABLED


def test_and_after_one_in_which_graph_asked_to_wait(world: JobWorld) -> None:
    run = registering(world)
    world.directory.script("anna", InMemory.obey, throttled)
    assert run.apply()["unfinished"] == 1
    run.apply()
    assert set(statuses(run).values()) == {ChangeStatus.APPLIED}
    assert world.directory.accounts["anna"].state is SmsState.NOT_ENABLED


def test_that_of_the_old_number_stays_on_where_the_number_is_not_to_change_any_more(world: JobWorld) -> None:
    """Nobody has judged that SMS sign-in of a number that stays goes off."""
    world.words["source"] = DirectorySource(sms_sign_in=False)
    world.directory.add_account("anna", Account({MOBILE: OLD}, state=SmsState.READY), {MOBILE: NEW})
    run = planned(world, "anna")
    cut_off_before(run)
    desire(world, "anna", OLD)
    run.apply()
    assert run.codes() == ["notAttempted"]
    assert world.directory.accounts["anna"].state is SmsState.READY


# Two runs of one chunk at the same time


def test_what_both_runs_did_is_told_whichever_stores_first(world: JobWorld) -> None:
    """The other run begins, finds what is desired already there, and stores that; then this one writes."""
    world.words["source"] = DirectorySource(remove_on_empty=True)
    world.directory.add("anna", None, mobile=OLD)
    run = planned(world, "anna")

    def late(directory: InMemory, user_id: str, change: Change) -> Outcome:
        desire(world, "anna", OLD)
        run.apply()
        assert run.codes() == ["unchanged"]
        return directory.obey(user_id, change)

    world.directory.script("anna", late)
    run.apply()
    run.settle()
    assert (run.codes(), statuses(run)) == (["partial"], {"mobile": "applied"})
    assert writes(world) == {("anna", "mobile"): "applied"}
    assert world.ledger.used("webhook-handshake", "", Deadline(5)) == (1, 0)
