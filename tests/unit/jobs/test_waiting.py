"""activities.py, whole.py, judge.py: users who are not there yet are pending, and done as soon as they are."""

from datetime import UTC, datetime

import pytest

from shared.core.desired import DirectorySource
from shared.core.plan import Policy
from shared.core.report import Json
from shared.deadline import Deadline
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Phase
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import OTHER, desire
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import EMAIL, MOBILE, Account
from tests.unit.world import NEW, OLD


@pytest.fixture
def hr(world: JobWorld) -> JobWorld:
    """Anna's number is old, Bo has the right one, Cy has none in the directory; Dee does not exist yet."""
    world.words["source"] = DirectorySource()
    world.directory.add("anna", NEW, mobile=OLD)
    world.directory.add("bo", NEW, mobile=NEW)
    world.directory.add("cy", None)
    return world


def test_a_hire_who_appears_after_3_minutes_and_whose_number_arrives_after_40(hr: JobWorld) -> None:
    job = Waiting(hr, "anna", "dee", minutes=60)
    job.at(3, lambda: hr.directory.add("dee", None))
    job.at(40, lambda: desire(hr, "dee", OTHER))
    seen: list[tuple[float, list[object]]] = []
    job.watch = lambda name: seen.append((job.minute, job.codes(is_over=False))) if name == "plan_chunk" else None
    assert job.run()["counts"] == {"changed": 2}
    _, *later = seen
    assert [codes for _, codes in later] == [["updated", "pending"]] * len(later)
    assert len(later) == 6
    assert 40 <= job.minute < 40 + 15.5
    assert job.codes() == ["updated", "added"]
    assert hr.directory.phones["dee"] == {MOBILE: OTHER}


def test_who_never_comes_has_the_code_of_a_job_that_does_not_wait(hr: JobWorld) -> None:
    waited = Waiting(hr, "cy", "dee", "anna", minutes=30)
    assert waited.run()["counts"] == {"skipped": 1, "failed": 1, "changed": 1}
    found = waited.results()
    hr.store.clear(waited.job.id, before=datetime.max.replace(tzinfo=UTC))
    not_waited = Waiting(hr, "cy", "dee", "anna", minutes=0)
    not_waited.run()
    assert found[:2] == not_waited.results()[:2]
    assert [body["code"] for body in found] == ["sourceEmpty", "userNotFound", "updated"]


def test_everybody_else_is_done_before_the_job_waits(hr: JobWorld) -> None:
    job = Waiting(hr, "anna", "cy", "bo", "dee")
    done: list[Json] = []
    job.watch = lambda _: done.extend(job.results(is_over=False)) if job.minute > 0.9 and not done else None
    job.run()
    assert [body["status"] for body in done] == ["changed", "pending", "unchanged", "pending"]
    assert [body["changes"] for body in done if body["status"] == "pending"] == [[], []]


def test_nothing_of_a_user_is_written_before_the_mobile_number_is_there(hr: JobWorld) -> None:
    attributes = {MOBILE: None, EMAIL: "cy@example.com"}
    hr.directory.add_account("cy", Account({}), attributes)
    job = Waiting(hr, "cy", minutes=10)
    assert job.run()["counts"] == {"changed": 1}
    assert job.codes() == ["added"]
    assert job.minute > 9.9


def test_a_job_that_is_cancelled_meanwhile_reports_the_last_look(hr: JobWorld) -> None:
    job = Waiting(hr, "anna", "cy", "dee")
    job.at(5, lambda: hr.store.cancel(JOB))
    assert job.run()["cancelled"]
    assert job.codes() == ["updated", "sourceEmpty", "userNotFound"]
    assert job.counts() == {"changed": 1, "skipped": 1, "failed": 1}


def test_the_record_decides_and_not_the_order(hr: JobWorld) -> None:
    Waiting(hr, "dee", minutes=0)
    plan_chunk(hr.services(), {"jobId": JOB, "chunk": 0, "round": 0, "isLast": False})
    stored = hr.store.results(JOB, Phase.PLAN, 0).bodies or []
    assert [body["code"] for body in stored] == ["userNotFound"]


def test_a_repeated_round_counts_as_done_what_it_has_done(hr: JobWorld) -> None:
    """The machine is lost between the write and the blob with its result."""
    job = Waiting(hr, "anna", "dee")
    job.at(0.9, lambda: hr.directory.add("dee", OTHER))

    def lose(name: str) -> None:
        if name == "apply_chunk" and job.engine.sent["round"] == 1:
            before = hr.store.results(JOB, Phase.RESULT, 0)
            apply_chunk(hr.services(), job.engine.sent)
            after = hr.store.results(JOB, Phase.RESULT, 0)
            assert after.bodies != before.bodies
            hr.store.put_results(JOB, Phase.RESULT, 0, before.bodies or [], after.version)

    job.watch = lose
    assert job.run()["counts"] == {"changed": 2}
    assert job.codes() == ["updated", "added"]
    assert len(hr.directory.written) == 2


def test_a_second_plan_of_a_round_looks_only_at_who_is_still_missing(hr: JobWorld) -> None:
    job = Waiting(hr, "dee", "eva")
    job.at(2.9, lambda: hr.directory.add("dee", NEW))
    job.run()
    asked = [call for call in hr.directory.calls if call == "read"]
    # Eva once in each of the eight rounds, Dee in the first three; she is read once more to be written.
    assert job.engine.of("plan_chunk").count(0) == 8
    assert job.codes() == ["added", "userNotFound"]
    assert len(asked) == 8 + 1


# The guards


def add_late(world: JobWorld, names: list[str]) -> None:
    for name in names:
        world.directory.add(name, NEW, mobile=OLD)


def test_late_users_are_judged_with_the_first_plan_counted_in(hr: JobWorld) -> None:
    early, late = [f"early{n}" for n in range(2)], [f"late{n}" for n in range(2)]
    add_late(hr, early)
    hr.words["policy"] = Policy(max_overwrites=3, max_overwrites_percent=0, users_per_number=0)
    job = Waiting(hr, *early, *late)
    job.at(2, lambda: add_late(hr, late))
    outcome = job.run()
    assert outcome["error"]["code"] == "tooManyOverwrites"
    assert "4" in outcome["error"]["detail"]
    assert job.codes() == ["updated", "updated", "notAttempted", "notAttempted"]
    assert len(hr.directory.written) == 2


def test_the_share_is_one_of_those_found_at_first(hr: JobWorld) -> None:
    """Of 4 found, 50 % are 2. With the late ones it would be 4 of 8."""
    calm, late = [f"calm{n}" for n in range(4)], [f"late{n}" for n in range(4)]
    for name in calm:
        hr.directory.add(name, NEW, mobile=NEW)
    hr.words["policy"] = Policy(max_overwrites=0, max_overwrites_percent=50, users_per_number=0)
    job = Waiting(hr, *calm, *late)
    job.at(2, lambda: add_late(hr, late[:3]))
    assert job.run()["error"]["code"] == "tooManyOverwrites"
    assert hr.directory.written == []


def test_within_the_ceilings_late_users_are_overwritten_and_the_day_counts_them(hr: JobWorld) -> None:
    hr.ledger = Ledger(None, Ceilings(overwrites=2))
    hr.words["policy"] = Policy(max_overwrites=2)
    job = Waiting(hr, "anna", "late")
    job.at(2, lambda: add_late(hr, ["late"]))
    assert job.run()["counts"] == {"changed": 2}
    assert not hr.ledger.reserve("other", "c", 0, 1, Deadline(5))


def test_the_day_has_no_room_for_late_users(hr: JobWorld) -> None:
    hr.ledger = Ledger(None, Ceilings(overwrites=1))
    job = Waiting(hr, "anna", "late")
    job.at(2, lambda: add_late(hr, ["late"]))
    assert job.run()["error"]["code"] == "dailyLimit"
    assert len(hr.directory.written) == 1


def test_a_number_that_late_users_share_with_early_ones_is_counted_over_the_whole_job(hr: JobWorld) -> None:
    hr.words["policy"] = Policy(users_per_number=2)
    for name in ("early0", "early1"):
        hr.directory.add(name, OTHER)
    job = Waiting(hr, "early0", "early1", "late")
    job.at(2, lambda: hr.directory.add("late", OTHER))
    job.run()
    assert job.codes() == ["added", "added", "numberShared"]
    assert len(hr.directory.written) == 2


def test_protected_late_users_are_left_alone(hr: JobWorld) -> None:
    job = Waiting(hr, "late")
    hr.directory.protected = frozenset({"late"})
    job.at(2, lambda: add_late(hr, ["late"]))
    job.run()
    assert job.codes() == ["protectedUser"]
