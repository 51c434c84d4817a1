"""jobs/judge.py: sweeps that are judged at the same time."""

import pytest

from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import SWEEP
from tests.unit.jobs.steps import Run
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import OLD

# Of 30 users three.
POLICY = Policy(max_overwrites=2, max_overwrites_percent=10)
NAMES = ("anna", "bo", "cy")


class Counting:
    """A directory of 30 users. While it is counted, another sweep reserves so many overwrites."""

    def __init__(self, world: JobWorld, meanwhile: int) -> None:
        self._world, self._meanwhile = world, meanwhile

    def count(self, deadline: Deadline) -> int:
        assert self._world.ledger.reserve("another", SWEEP, 0, self._meanwhile, deadline)
        return 30


def swept(world: JobWorld, meanwhile: int) -> Run:
    """A planned sweep that overwrites three numbers."""
    for place, name in enumerate(NAMES):
        world.directory.add(name, f"+46 7017406{place + 11}", mobile=OLD)
    world.ledger = Ledger(None, Ceilings(), {SWEEP})
    world.words |= {"policy": POLICY, "changed": Counting(world, meanwhile)}
    return Run(world, JOB, *NAMES, dry_run=False, caller=SWEEP, delta_link="/users/delta").plan()


@pytest.mark.parametrize(("meanwhile", "code", "held"), [(0, None, 3), (3, "tooManyOverwrites", 0)])
def test_two_sweeps_do_not_pass_the_ceiling_together(
    world: JobWorld, meanwhile: int, code: str | None, held: int
) -> None:
    run = swept(world, meanwhile)
    error = run.judge()["error"]
    assert (error and error["code"]) == code
    assert world.ledger.used(SWEEP, "another", Deadline(5)) == (0, held)
