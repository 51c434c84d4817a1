"""whole.py: a list names somebody twice for whom the job waits. The user is written once, not never."""

import pytest

from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import OTHER, desire
from tests.unit.jobs.test_waiting_judged import renamed
from tests.unit.jobs.worlds import NOBODY, JobWorld
from tests.unit.people import MOBILE
from tests.unit.world import NEW, OLD

FAR = NOBODY[:199]  # whoever stands behind them is in another chunk
ORDERS = pytest.mark.parametrize(
    "names", [("cy", "id-cy"), ("id-cy", "cy"), ("cy", *FAR, "id-cy"), ("id-cy", *FAR, "cy")]
)


@pytest.fixture
def hr(world: JobWorld) -> JobWorld:
    """Cy, who can be named in two ways, has a number that is out of date, and none in the directory yet."""
    world.words["source"] = DirectorySource()
    world.ledger = Ledger(None, Ceilings(100, 100))
    world.directory.add("id-cy", None, mobile=OLD)
    renamed(world, "id-cy", "cy")
    return world


def codes(job: Waiting) -> list[object]:
    return [body["code"] for body in job.results() if body["userId"]]


@ORDERS
@pytest.mark.parametrize("minute", [2, 40])
def test_a_user_who_was_waited_for_is_written_when_the_number_comes(
    hr: JobWorld, names: tuple[str, ...], minute: float
) -> None:
    job = Waiting(hr, *names)
    job.at(minute, lambda: desire(hr, "id-cy", NEW))
    assert job.run()["error"] is None
    assert codes(job) == ["updated", "duplicateUser"]
    assert hr.directory.phones["id-cy"] == {MOBILE: NEW}
    assert len(hr.directory.written) == 1
    assert hr.ledger.used("webhook-handshake", "", Deadline(5)) == (0, 1)


@ORDERS
def test_one_whose_number_never_comes_is_told_so_once(hr: JobWorld, names: tuple[str, ...]) -> None:
    job = Waiting(hr, *names, minutes=10)
    job.run()
    assert codes(job) == ["sourceEmpty", "duplicateUser"]


@ORDERS
def test_a_user_whom_graph_did_not_show_is_written_while_the_job_waits_for_another(
    hr: JobWorld, names: tuple[str, ...]
) -> None:
    desire(hr, "id-cy", NEW)
    hr.directory.unreadable["id-cy"] = Stop(Code.THROTTLED, "x")
    hr.directory.add("dee", None)
    job = Waiting(hr, *names, "dee", minutes=200)
    job.at(70, hr.directory.unreadable.clear)
    job.at(80, lambda: desire(hr, "dee", OTHER))
    job.run()
    assert codes(job) == ["updated", "duplicateUser", "added"]
    assert hr.directory.phones["id-cy"] == {MOBILE: NEW}


@ORDERS
def test_a_user_who_turns_up_under_both_names_at_once(hr: JobWorld, names: tuple[str, ...]) -> None:
    cy = hr.directory.users.pop("id-cy")
    job = Waiting(hr, *names)

    def come() -> None:
        hr.directory.users["id-cy"] = cy
        desire(hr, "id-cy", NEW)

    job.at(2, come)
    job.run()
    assert codes(job) == ["updated", "duplicateUser"]
    assert len(hr.directory.written) == 1


@ORDERS
def test_a_user_with_a_second_name_that_comes_later_is_done_under_the_first_one(
    hr: JobWorld, names: tuple[str, ...]
) -> None:
    """Known by id from the beginning; the name is given to the user afterwards, and then the number."""
    renamed(hr, "id-cy", "before")
    job = Waiting(hr, *names)
    job.at(2, lambda: renamed(hr, "id-cy", "cy"))
    job.at(20, lambda: desire(hr, "id-cy", NEW))
    job.run()
    assert codes(job) == ["updated", "duplicateUser"]
    assert len(hr.directory.written) == 1
