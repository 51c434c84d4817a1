"""jobs/activities.py: a job that has listed its users: whom it reads again, and that it writes to these alone."""

from dataclasses import replace
from functools import partial

from shared.core.listed import listed_user
from shared.deadline import Deadline
from shared.jobs.chunks import pack_listed
from shared.services import Job
from tests.unit.jobs.steps import OTHER, desire
from tests.unit.jobs.worlds import JOB, JobWorld, codes
from tests.unit.people import MOBILE
from tests.unit.world import NEW, OLD

GROUP = "9009c000-0000-4000-8000-00000000009c"


def _listed(world: JobWorld) -> None:
    """Anna's number is old. She is the only member of the group."""
    services = world.services()
    anna = world.directory.add("anna", NEW, mobile=OLD)
    found = listed_user(anna, services.source, partial(services.digest, Deadline(10)))
    assert found is not None
    world.store.claim(Job(JOB, "f", "2026-11-22T00:00:00.000Z", 0, 0, False, scope=GROUP))
    world.store.put_listing(JOB, 1, pack_listed([(anna.upn, found)]))


def _swapped(world: JobWorld) -> None:
    """Whoever writes to the directory gives the member's name to somebody else."""
    anna = world.directory.users["anna"]
    world.directory.users["anna"] = replace(anna, upn="anna.new@contoso.com")
    world.directory.users["chief"] = replace(world.directory.add("chief", NEW, mobile=OLD), upn=anna.upn)


def test_a_member_is_written(world: JobWorld) -> None:
    _listed(world)
    world.plan()
    world.apply()
    assert [user for user, _ in world.directory.written] == ["anna"]


def test_a_member_who_has_what_the_listing_desired_is_not_read_again_for_the_plan(world: JobWorld) -> None:
    _listed(world)
    world.directory.phones["anna"][MOBILE] = NEW
    # Whoever reads her again does not find her.
    del world.directory.users["anna"]
    world.plan()
    assert codes(world.planned()) == ["unchanged"]


def test_before_a_write_every_member_is_read_again(world: JobWorld) -> None:
    _listed(world)
    world.plan()
    world.directory.phones["anna"][MOBILE] = NEW
    desire(world, "anna", OTHER)
    world.apply()
    assert world.directory.phones["anna"] == {MOBILE: OTHER}


def test_who_bears_the_name_of_a_member_by_the_time_of_the_plan_is_left_alone(world: JobWorld) -> None:
    _listed(world)
    _swapped(world)
    world.plan()
    world.apply()
    assert codes(world.planned()) == ["userNotFound"]
    assert world.directory.written == []


def test_who_bears_the_name_of_a_member_by_the_time_of_the_write_is_left_alone(world: JobWorld) -> None:
    _listed(world)
    world.plan()
    _swapped(world)
    world.apply()
    assert codes(world.results()) == ["userNotFound"]
    assert world.directory.written == []
