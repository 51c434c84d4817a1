"""activities.py: a chunk is planned twice at once."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.core.models import Snapshot
from shared.services import Phase, Weighed
from tests.unit.jobs.steps import desire
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import NEW, OLD


def test_the_plan_that_is_stored_first_stands_with_what_it_counts_for(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run has read Anna when the second one begins, which finds that her number is to be removed."""
    world.directory.add("anna", NEW, mobile=OLD)
    world.accepted("anna")
    read = world.directory.read

    def reading(*asked: Any) -> Sequence[Snapshot]:
        found = read(*asked)
        monkeypatch.undo()
        desire(world, "anna", None)
        world.plan()
        return found

    monkeypatch.setattr(world.directory, "read", reading)
    assert world.plan()["removals"] == 1
    (weighed,) = world.store.results(JOB, Phase.PLAN, 0).weighed
    assert isinstance(weighed, Weighed)
    assert (weighed.removals, weighed.overwrites) == (1, 0)
