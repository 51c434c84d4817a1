"""judge.py, withheld.py: only one user can sign in by SMS with a number. Of several in one list who should, none is
switched on, wherever they stand in it."""

from collections.abc import Sequence

import pytest

from shared.core.desired import DirectorySource
from shared.core.models import SmsState
from shared.core.plan import Policy
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import APPLIED, OTHER, Run, applying, desire
from tests.unit.jobs.test_judge_numbers import changes
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld
from tests.unit.people import MOBILE, OFFICE
from tests.unit.world import NEW, OLD

TAKEN = "phoneNumberNotUnique"
ON, OFF = SmsState.READY, SmsState.NOT_ENABLED


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    """Anna and Bo should have the same number, and sign in with it."""
    world.words |= {"source": DirectorySource(sms_sign_in=True), "policy": Policy(users_per_number=3)}
    world.directory.add("anna", NEW)
    world.directory.add("bo", NEW, mobile=OLD)
    world.directory.add("cy", OTHER)
    return world


def done(world: JobWorld, *names: str, dry_run: bool = False) -> Run:
    return ended(Run(world, JOB, *names, dry_run=dry_run))


def ended(run: Run) -> Run:
    run.plan()
    assert run.judge()["error"] is None
    if not run.job.dry_run:
        for chunk in range(run.job.chunks):
            run.apply(chunk)
    return run


def states(world: JobWorld, *names: str) -> list[SmsState | None]:
    return [world.directory.accounts[name].state for name in names]


def sms(run: Run, chunk: int) -> list[object]:
    return [change["code"] for body in run.bodies(chunk=chunk) for change in changes(body)[-1:]]


PLACES = pytest.mark.parametrize(
    "names",
    [("anna", "bo", "cy"), ("anna", "cy", *NOBODY[:198], "bo"), ("bo", "cy", *NOBODY[:198], "anna")],
    ids=["one chunk", "two chunks", "the other way round"],
)


@PLACES
@pytest.mark.parametrize("most", [0, 3])
def test_of_two_with_one_number_none_signs_in_and_both_have_it(
    world: JobWorld, names: Sequence[str], most: int
) -> None:
    world.words["policy"] = Policy(users_per_number=most)
    run = done(world, *names)
    assert states(world, "anna", "bo", "cy") == [OFF, OFF, ON]
    assert [world.directory.phones[name] for name in ("anna", "bo")] == [{MOBILE: NEW}] * 2
    found = {str(body["userId"]): body for chunk in range(run.job.chunks) for body in run.bodies(chunk=chunk)}
    assert [found[name]["code"] for name in ("anna", "bo", "cy")] == ["partial", "partial", "changed"]
    assert [changes(found[name])[-1]["code"] for name in ("anna", "bo")] == [TAKEN] * 2


@PLACES
def test_one_who_signs_in_with_it_already_stays_on_and_the_other_one_off(world: JobWorld, names: Sequence[str]) -> None:
    world.directory.add_account("bo", Account({MOBILE: NEW}, state=ON), {MOBILE: NEW})
    run = done(world, *names)
    assert states(world, "anna", "bo", "cy") == [OFF, ON, ON]
    assert world.directory.phones["anna"] == {MOBILE: NEW}
    assert "unchanged" in [*run.codes(), *run.codes(chunk=run.job.chunks - 1)]


def test_several_of_one_chunk_count_for_the_one_of_another(world: JobWorld) -> None:
    world.directory.add("dee", NEW)
    run = done(world, "anna", "bo", *NOBODY[:198], "dee")
    assert states(world, "anna", "bo", "dee") == [OFF] * 3
    assert sms(run, 1) == [TAKEN]


def test_who_cannot_sign_in_anyway_takes_the_number_from_nobody(world: JobWorld) -> None:
    world.directory.add_account("bo", Account({MOBILE: NEW}, policy=SmsPolicy.FORBIDS), {MOBILE: NEW})
    done(world, "anna", *NOBODY[:199], "bo")
    assert states(world, "anna") == [ON]


def test_nor_does_who_must_not_have_it(world: JobWorld) -> None:
    """Too many should have the number. Bo has it already and may keep it."""
    world.words["policy"] = Policy(users_per_number=1)
    world.directory.add_account("bo", Account({MOBILE: NEW}), {MOBILE: NEW})
    run = done(world, "anna", *NOBODY[:199], "bo")
    assert states(world, "anna", "bo") == [None, ON]
    assert run.codes(chunk=1) == ["enabled"]


def test_where_sms_sign_in_is_not_asked_for_nothing_is_said_of_it(world: JobWorld) -> None:
    world.words["source"] = DirectorySource()
    run = done(world, "anna", *NOBODY[:199], "bo")
    assert run.codes(chunk=1) == ["updated"]


def test_a_dry_run_shows_it_and_what_it_showed_is_applied(world: JobWorld) -> None:
    names = ("anna", *NOBODY[:199], "bo")
    done(world, *names, dry_run=True)
    seen = world.planned(1)
    assert [(seen[0]["code"], changes(seen[0])[-1]["code"])] == [(TAKEN, TAKEN)]
    run = ended(applying(world, *names))
    assert (run.id, run.codes(chunk=1)) == (APPLIED, ["partial"])
    assert states(world, "anna", "bo") == [OFF, OFF]


def test_late_users_too(world: JobWorld) -> None:
    world.directory.add("dee", None)
    world.directory.add_account("eva", Account({}), {MOBILE: None, OFFICE: OLD})
    job = Waiting(world, "anna", *NOBODY[:199], "dee", "eva")
    job.at(2, lambda: desire(world, "dee", NEW))
    job.at(40, lambda: desire(world, "eva", NEW))
    job.run()
    assert states(world, "anna", "dee", "eva") == [ON, OFF, OFF]
    assert world.directory.phones["eva"][MOBILE] == NEW
