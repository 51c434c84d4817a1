"""judge.py, whole.py, activities.py: with whom a job has dealt stays judged and counted, whoever comes late."""

import logging
from dataclasses import replace

import pytest

from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import Stop
from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.errors import VaultUnavailable
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Phase
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import OTHER, desire
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld
from tests.unit.people import MOBILE, failed
from tests.unit.world import NEW, OLD

EARLY = ("anna", "bo", "eva")


@pytest.fixture
def hr(world: JobWorld) -> JobWorld:
    """Three users whose number is replaced by the same one, which is as many as may have it; Cy has none yet."""
    world.words["source"] = DirectorySource()
    world.words["policy"] = Policy(users_per_number=3)
    world.ledger = Ledger(None, Ceilings(100, 100))
    for name in EARLY:
        world.directory.add(name, NEW, mobile=OLD)
    world.directory.add("cy", None)
    return world


def held(world: JobWorld) -> tuple[int, int]:
    """Removals and overwrites of the day."""
    return world.ledger.used("webhook-handshake", "", Deadline(5))


def overwritten(world: JobWorld) -> list[str]:
    return [user for user, change in world.directory.written if change.action == "update"]


def renamed(world: JobWorld, user_id: str, name: str) -> None:
    world.directory.users[user_id] = replace(world.directory.users[user_id], upn=f"{name}@contoso.com")


def test_a_late_user_who_shares_their_number_takes_nothing_from_what_was_done(hr: JobWorld) -> None:
    hr.directory.add("dee", OTHER, mobile=OLD)
    job = Waiting(hr, *EARLY, "dee", "cy")
    job.at(5, lambda: desire(hr, "cy", NEW))
    job.run()
    assert job.codes() == [*["updated"] * 4, "numberShared"]
    assert held(hr) == (0, len(overwritten(hr))) == (0, 4)
    planned = hr.store.results(JOB, Phase.PLAN, 0)
    assert [body["code"] for body in planned.bodies or []] == [*["planned"] * 4, "numberShared"]


@pytest.mark.parametrize("number", [NEW, OTHER])
def test_late_overwrites_are_judged_with_all_that_were_made(hr: JobWorld, number: str) -> None:
    hr.words["policy"] = Policy(users_per_number=3, max_overwrites=4, max_overwrites_percent=0)
    for name in ("x", "y"):
        hr.directory.add(name, None, mobile=OLD)

    def come() -> None:
        desire(hr, "x", "+46 701740611")
        desire(hr, "y", "+46 701740612")
        desire(hr, "cy", number)

    job = Waiting(hr, *EARLY, "x", "y", "cy")
    job.at(5, come)
    error = job.run()["error"]
    assert (error["code"], "Nothing more was written." in error["detail"]) == ("tooManyOverwrites", True)
    assert overwritten(hr) == [*EARLY]
    assert held(hr) == (0, 3)


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_late_user_whose_round_was_refused_was_not_begun(hr: JobWorld, *, has_begun: bool) -> None:
    """An earlier round has written; the last one has not, unless it says so."""
    hr.words["policy"] = Policy(max_overwrites=4, max_overwrites_percent=0)
    for name in ("x", "y"):
        hr.directory.add(name, None, mobile=OLD)
    job = Waiting(hr, *EARLY, "x", "y")
    job.at(5, lambda: desire(hr, "x", OTHER))
    job.at(20, lambda: desire(hr, "y", OTHER))
    assert job.run()["error"]["code"] == "tooManyOverwrites"
    if has_begun:
        hr.store.begin(JOB, 0, 9, hr.store.results(JOB, Phase.RESULT, 0).version)
    assert job.codes() == [*["updated"] * 4, "deadline" if has_begun else "notAttempted"]
    assert job.counts() == {"changed": 4, "failed" if has_begun else "skipped": 1}


def test_nothing_else_is_said_of_who_was_dealt_with(hr: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    job = Waiting(hr, *EARLY, "cy")
    job.at(5, lambda: desire(hr, "cy", NEW))
    with caplog.at_level(logging.INFO):
        job.run()
    judged = [record.getMessage() for record in caplog.records if "numberShared" in record.getMessage()]
    assert ["User cy" in line for line in judged] == [True] * len(judged) != []


@pytest.mark.parametrize("between", [[], NOBODY], ids=["one chunk", "two chunks"])
def test_a_user_who_is_found_by_an_earlier_name_too_counts_once_and_stays_done(
    hr: JobWorld, between: list[str]
) -> None:
    hr.words["policy"] = Policy(max_overwrites=1, max_overwrites_percent=0, users_per_number=0)
    hr.directory.add("id-anna", NEW, mobile=OLD)
    job = Waiting(hr, "new.name", "x", *between, "id-anna", minutes=10)
    hr.directory.add("x", None, mobile=OLD)

    def come() -> None:
        renamed(hr, "id-anna", "new.name")
        desire(hr, "x", OTHER)

    job.at(2, come)
    assert job.run()["error"]["code"] == "tooManyOverwrites"
    codes = [body["code"] for body in job.results() if body["userId"]]
    assert codes == ["duplicateUser", "notAttempted", "updated"]
    assert (overwritten(hr), held(hr)) == (["id-anna"], (0, 1))


def test_who_could_not_be_read_before_is_judged_with_the_late_users(hr: JobWorld) -> None:
    """In the first round nothing was planned for Dee, so that she is one of those who come late."""
    hr.directory.add("dee", OTHER, mobile=OLD)
    hr.directory.unreadable["dee"] = Stop(Code.THROTTLED, "x")
    job = Waiting(hr, *EARLY, "dee", "cy", minutes=200)
    job.at(70, lambda: hr.directory.unreadable.clear())
    job.at(70, lambda: desire(hr, "dee", NEW))
    job.at(70, lambda: desire(hr, "cy", OTHER))
    job.run()
    assert job.codes() == [*["updated"] * 3, "numberShared", "added"]
    assert held(hr) == (0, 3)


# What is given back at the end


@pytest.fixture
def failing(hr: JobWorld) -> JobWorld:
    """Of the three users whose number is replaced, for two that fails."""
    for name in EARLY[1:]:
        hr.directory.script(name, failed)
    return hr


@pytest.mark.parametrize("minute", [0.02, 0.5, 5, 9.9])
def test_a_job_that_is_cancelled_while_it_waits_gives_back_what_it_did_not_use(
    failing: JobWorld, minute: float
) -> None:
    job = Waiting(failing, *EARLY, "cy")
    job.at(minute, lambda: failing.store.cancel(JOB))
    assert job.run()["cancelled"]
    assert held(failing) == (0, sum(failing.directory.phones[name] == {MOBILE: NEW} for name in EARLY))


def test_so_does_one_that_is_cancelled_behind_a_round_that_was_judged(failing: JobWorld) -> None:
    job = Waiting(failing, *EARLY, "cy", "dee")
    job.at(2, lambda: desire(failing, "cy", OTHER))
    job.at(9, lambda: failing.store.cancel(JOB))
    assert job.run()["cancelled"]
    assert job.codes()[3:] == ["added", "userNotFound"]
    assert held(failing) == (0, 1)


def test_so_does_one_that_ends_because_a_service_is_away(failing: JobWorld) -> None:
    job = Waiting(failing, *EARLY, "cy", minutes=200)
    job.at(5, lambda: setattr(failing, "sign_in_trouble", VaultUnavailable("v")))
    assert job.run()["error"]["code"] == "vaultUnavailable"
    assert held(failing) == (0, 1)


def test_a_late_user_whose_round_was_cut_off_may_have_been_done(hr: JobWorld) -> None:
    """By an earlier version, whose marker does not tell the results that it was begun on; and nobody can look."""
    hr.directory.add("cy", None, mobile=OLD)
    job = Waiting(hr, *EARLY, "cy")
    job.at(2, lambda: desire(hr, "cy", OTHER))

    def cut_off(name: str) -> None:
        if name == "apply_chunk" and job.engine.sent["round"]:
            hr.store.begin(JOB, 0, job.engine.sent["round"])
            hr.store.cancel(JOB)
            hr.sign_in_trouble = VaultUnavailable("v")

    job.watch = cut_off
    assert job.run()["cancelled"]
    assert held(hr) == (0, 4)
    records = [record for record in hr.trail.records if record["event"] == "write" and record["objectId"] == "cy"]
    assert [record["outcome"] for record in records] == ["unknown"]
