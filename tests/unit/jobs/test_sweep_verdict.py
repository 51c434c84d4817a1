"""jobs/sweep_verdict.py: of what the ceilings of a sweep are a share, and what counts with it."""

from dataclasses import dataclass, field

import pytest

from shared.core.codes import Code
from shared.core.guard.ceilings import RefusalCode, Verdict, Weight, verdict_on
from shared.core.models import Stop
from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.errors import ConfigurationError, GraphUnavailable
from shared.jobs.sweep_verdict import of_a_sweep
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import SWEEP, Services
from tests.unit.world import World

POLICY = Policy(max_removals=5, max_removals_percent=10, max_overwrites=5, max_overwrites_percent=10)


@dataclass
class Users:
    """A directory with so many users, or why nobody knows."""

    there: int | Stop
    asked: int = field(default=0)

    def count(self, _deadline: Deadline) -> int | Stop:
        self.asked += 1
        return self.there


def services(users: Users, earlier: int = 0, trouble: Exception | None = None) -> Services:
    """`earlier`: overwrites of another sweep of today. `trouble`: why nobody can sign in."""
    world = World()
    world.sign_in_trouble = trouble
    world.ledger = Ledger(None, Ceilings(), {SWEEP})
    assert world.ledger.reserve("earlier", SWEEP, 0, earlier, Deadline(5))
    world.words |= {"changed": users, "policy": POLICY}
    return world.services()


def planned(overwrites: int) -> Verdict:
    """Everybody whom the sweep has found."""
    return verdict_on([Weight(0, 1)] * overwrites, overwrites, POLICY)


def told_of(served: Services, verdict: Verdict) -> Verdict:
    return of_a_sweep(served, verdict, served.ledger.used(SWEEP, "this", Deadline(5)), Deadline(5))


def removing(removals: int) -> Verdict:
    return verdict_on([Weight(1, 0)] * removals, removals, POLICY)


def test_what_sweeps_removed_before_does_not_stop_one_that_removes_nothing() -> None:
    world = services(Users(1000))
    assert world.ledger.reserve("others", SWEEP, 500, 0, Deadline(5))
    assert told_of(world, planned(6)).refusal is None


@pytest.mark.parametrize(("overwrites", "refusal"), [(100, None), (101, RefusalCode.TOO_MANY_OVERWRITES)])
def test_the_share_is_one_of_the_directory(overwrites: int, refusal: RefusalCode | None) -> None:
    told = told_of(services(Users(1000)), planned(overwrites)).refusal
    assert (told and told.code) == refusal


@pytest.mark.parametrize(("overwrites", "refusal"), [(40, None), (41, RefusalCode.TOO_MANY_OVERWRITES)])
def test_what_sweeps_did_before_counts_with_it(overwrites: int, refusal: RefusalCode | None) -> None:
    told = told_of(services(Users(1000), earlier=60), planned(overwrites)).refusal
    assert (told and told.code) == refusal


@pytest.mark.parametrize(("removals", "refusal"), [(40, None), (41, RefusalCode.TOO_MANY_REMOVALS)])
def test_so_does_what_they_removed(removals: int, refusal: RefusalCode | None) -> None:
    users = Users(1000)
    served = services(users)
    assert served.ledger.reserve("before", SWEEP, 60, 0, Deadline(5))
    told = told_of(served, removing(removals)).refusal
    assert (told and told.code) == refusal
    assert users.asked == 1


@pytest.mark.parametrize(("id", "caller"), [("this", SWEEP), ("theirs", "helpdesk")])
def test_what_this_sweep_holds_already_and_what_others_do_does_not_count(id: str, caller: str) -> None:
    served = services(Users(1000))
    assert served.ledger.reserve(id, caller, 80, 0, Deadline(5))
    told = told_of(served, removing(80))
    assert (told.removals, told.refusal) == (80, None)


@pytest.mark.parametrize(("overwrites", "earlier", "asked"), [(5, 0, 0), (6, 0, 1), (3, 3, 1), (0, 90, 0)])
def test_graph_is_asked_only_above_the_absolute_allowance(overwrites: int, earlier: int, asked: int) -> None:
    users = Users(1000)
    told_of(services(users, earlier), planned(overwrites))
    assert users.asked == asked


def test_the_app_signs_in_before_it_asks_graph_and_not_without_need() -> None:
    users = Users(1000)
    served = services(users, trouble=ConfigurationError("no token"))
    assert told_of(served, planned(5)) == planned(5)
    with pytest.raises(ConfigurationError, match="no token"):
        told_of(served, planned(6))
    assert users.asked == 0


def test_a_count_that_cannot_be_had_is_raised() -> None:
    with pytest.raises(GraphUnavailable):
        told_of(services(Users(Stop(Code.THROTTLED, "later"))), planned(6))
    everybodys = ConfigurationError("User.Read.All")
    with pytest.raises(ConfigurationError):
        told_of(services(Users(Stop(Code.FORBIDDEN, "no", everybodys))), planned(6))
