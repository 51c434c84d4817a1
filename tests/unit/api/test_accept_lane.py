"""accept.py: few lists are stored at once, however long, and none of them waits for lists that are no jobs."""

import pytest

from shared.api.lists import handle_reconcile
from shared.deadline import Deadline
from shared.services import Lane, Lanes
from tests.unit.jobs.worlds import JobWorld
from tests.unit.world import HEADERS, refusal

LISTS = {"short": (b'["anna@contoso.com"]', "async=true"), "long": (b'["a@b.c","b@b.c","c@b.c"]', "")}


@pytest.mark.parametrize("name", LISTS)
def test_what_becomes_a_job_waits_for_other_jobs(world: JobWorld, name: str) -> None:
    raw, query = LISTS[name]
    lanes = Lanes(lists=Lane(1, waiting=0), jobs=Lane(1, waiting=0))
    world.words["lanes"] = lanes
    with lanes.jobs.entered(Deadline(10)):
        assert refusal(world.ask(handle_reconcile, raw, HEADERS, query)) == (503, "busy")
    assert world.engine.started == []
    with lanes.lists.entered(Deadline(10)):
        assert world.ask(handle_reconcile, raw, HEADERS, query).status == 202
    assert world.ask(handle_reconcile, raw, HEADERS, query).status == 202
