"""activities.py: one chunk planned or applied. What is stored, what is tried again, and who waits or ends the job."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.storage import SandboxStorage
from shared.core.codes import Code
from shared.core.models import Snapshot, Stop
from shared.core.phone_text import InvalidNumber
from shared.deadline import Deadline
from shared.errors import ConfigurationError, SignInFailed, SignInUnavailable, VaultUnavailable
from shared.services import Phase
from tests.recorded import lines
from tests.unit.graph_rules import Account
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld, codes, with_anna_bo_and_cy
from tests.unit.people import MOBILE, OFFICE, lost_before, obeyed
from tests.unit.world import NEW, OLD

THROTTLED = Stop(Code.THROTTLED, "Graph asked to wait.")


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


# Plan and apply


def test_planning_writes_nothing(world: JobWorld) -> None:
    world.accepted("anna", "bo", "cy", "nobody")
    told = world.plan()
    assert world.directory.written == []
    assert codes(world.planned()) == ["planned", "unchanged", "planned", "userNotFound"]
    assert told["counts"] == {"planned": 2, "unchanged": 1, "failed": 1}
    assert (told["removals"], told["unfinished"], told["error"], told["cancelled"]) == (0, 0, None, False)


def test_what_was_planned_is_done_and_nobody_else_is_looked_at(world: JobWorld) -> None:
    world.accepted("anna", "bo", "cy", "nobody")
    world.plan()
    world.directory.asked_methods.clear()
    told = world.apply()
    assert codes(world.results()) == ["updated", "unchanged", "added", "userNotFound"]
    assert told["counts"] == {"changed": 2, "unchanged": 1, "failed": 1}
    assert {user for users in world.directory.asked_methods for user in users} == {"anna", "cy"}
    assert world.directory.phones["anna"] == world.directory.phones["cy"] == {MOBILE: NEW}


def test_a_chunk_without_anything_to_do_is_stored_as_done(world: JobWorld) -> None:
    world.accepted("bo")
    world.plan()
    world.directory.calls.clear()
    assert world.apply()["counts"] == {"unchanged": 1}
    assert world.directory.calls == []
    assert codes(world.results()) == ["unchanged"]


def test_one_method_that_cannot_be_does_not_keep_another_from_being_written(world: JobWorld) -> None:
    account = Account({OFFICE: "+46 701740611"})
    world.directory.add_account("dee", account, {MOBILE: "not a number", OFFICE: "+46 701740612"})
    world.accepted("dee")
    world.plan()
    assert codes(world.planned()) == ["invalidNumber"]
    world.apply()
    assert codes(world.results()) == ["partial"]
    assert world.directory.phones["dee"][OFFICE] == "+46 701740612"


def test_each_chunk_has_its_own_users(world: JobWorld) -> None:
    world.accepted(*NOBODY, "anna")
    assert world.plan(0)["counts"] == {"failed": 200}
    assert world.plan(1)["counts"] == {"planned": 1}
    assert world.apply(1)["counts"] == {"changed": 1}


def test_a_chunk_that_was_never_planned_is_not_written(world: JobWorld) -> None:
    world.accepted("anna")
    assert world.apply()["error"]["code"] == "internal"
    assert world.directory.written == []


def test_no_number_in_clear_is_stored_told_or_logged(
    world: JobWorld, blobs: Callable[[], dict[str, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.accepted("anna", "cy")
    told = f"{world.plan()} {world.apply()}"
    everything = b"".join(blobs().values()).decode() + caplog.text + told
    assert "701740" not in everything.replace(" ", "")
    assert "anna@contoso.com" not in caplog.text + told
    assert "User anna: changed, updated." in caplog.text
    assert {line["jobId"] for line in lines(caplog)} == {JOB}


# Run again


def test_a_chunk_that_is_done_is_not_done_again(world: JobWorld) -> None:
    world.accepted("anna", "bo", "cy")
    first = world.plan(), world.apply(), world.planned(), world.results()
    writes = list(world.directory.written)
    world.directory.calls.clear()
    assert (world.plan(), world.apply(), world.planned(), world.results()) == first
    assert (world.directory.written, world.directory.calls) == (writes, [])


def test_a_plan_that_is_made_is_not_made_again_when_the_directory_changes(world: JobWorld) -> None:
    world.accepted("anna")
    world.plan()
    world.directory.accounts["anna"].phones[MOBILE] = NEW
    assert world.plan()["counts"] == {"planned": 1}


def test_who_was_throttled_is_tried_again_and_nobody_else(world: JobWorld) -> None:
    world.accepted("anna", "bo", "cy")
    world.directory.unreadable["bo"] = THROTTLED
    told = world.plan()
    assert (told["throttled"], told["unfinished"]) == (1, 1)
    del world.directory.unreadable["bo"]
    world.directory.asked_methods.clear()
    assert (world.plan()["unfinished"], codes(world.planned())) == (0, ["planned", "unchanged", "planned"])
    assert world.directory.asked_methods == [["bo"]]


def test_a_write_without_a_verdict_is_tried_again(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.plan()
    world.directory.script("anna", *[lost_before] * 9)
    assert world.apply()["unfinished"] == 1
    assert codes(world.results()) == ["graphUnavailable", "added"]
    world.directory.script("anna", obeyed)
    world.directory.written.clear()
    assert world.apply()["unfinished"] == 0
    assert codes(world.results()) == ["updated", "added"]
    assert [user for user, _ in world.directory.written] == ["anna"]


def test_of_a_user_who_is_half_done_the_other_half_is_tried_again(world: JobWorld) -> None:
    account = Account({MOBILE: OLD, OFFICE: "+46 701740611"})
    world.directory.add_account("dee", account, {MOBILE: NEW, OFFICE: "+46 701740612"})
    world.accepted("dee")
    world.plan()
    world.directory.script("dee", obeyed, *[lost_before] * 9)
    assert world.apply()["unfinished"] == 1
    assert codes(world.results()) == ["partial"]
    world.directory.script("dee")
    world.directory.written.clear()
    assert world.apply()["unfinished"] == 0
    (body,) = world.results()
    assert (body["status"], body["code"]) == ("changed", "updated")
    assert [change["status"] for change in body["changes"]] == ["applied", "applied"]  # type: ignore[attr-defined]
    assert [change.method for _, change in world.directory.written] == [OFFICE]


# The directory changes between plan and apply


def test_what_the_directory_says_now_is_written(world: JobWorld) -> None:
    world.accepted("anna")
    world.plan()
    world.directory.users["anna"].attributes[MOBILE] = "+46 701740607"  # type: ignore[index]
    world.apply()
    assert world.directory.phones["anna"] == {MOBILE: "+46 701740607"}


def test_nothing_is_removed_that_the_guard_has_not_judged(world: JobWorld) -> None:
    world.directory.add("leaver", None, mobile=OLD)
    world.accepted("anna", "leaver", "cy")
    assert world.plan()["removals"] == 1
    world.directory.users["anna"].attributes[MOBILE] = None  # type: ignore[index]
    told = world.apply()
    assert (told["error"], told["counts"]) == (None, {"skipped": 1, "changed": 2})
    assert codes(world.results()) == ["notAttempted", "removed", "added"]
    assert world.directory.phones["anna"] == {MOBILE: OLD}


def test_looking_again_without_such_a_user_takes_no_more_time_than_a_chunk_has(
    world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, deadlines = world.directory.read, []

    def reading(targets: Any, scope_of: Any, deadline: Deadline) -> list[Snapshot]:
        deadlines.append(deadline)
        return read(targets, scope_of, deadline)

    world.accepted("anna", "cy")
    world.plan()
    world.directory.users["anna"].attributes[MOBILE] = None  # type: ignore[index]
    monkeypatch.setattr(world.directory, "read", reading)
    world.apply()
    assert codes(world.results()) == ["notAttempted", "added"]
    assert len(deadlines) == 2
    assert deadlines[0] is deadlines[1]


def test_a_user_who_is_gone_by_then(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.plan()
    del world.directory.users["anna"]
    assert world.apply()["counts"] == {"failed": 1, "changed": 1}


# Cancelled


def test_cancelled_before_its_turn(world: JobWorld) -> None:
    world.accepted("anna")
    world.store.cancel(JOB)
    assert (world.plan()["cancelled"], world.store.results(JOB, Phase.PLAN, 0).bodies) == (True, None)


def test_cancelled_between_plan_and_apply(world: JobWorld) -> None:
    world.accepted("anna")
    world.plan()
    world.store.cancel(JOB)
    assert (world.apply()["cancelled"], world.store.results(JOB, Phase.RESULT, 0).bodies) == (True, None)
    assert world.directory.written == []


def test_cancelled_nobody_is_tried_again_and_what_was_done_is_told(world: JobWorld) -> None:
    world.accepted("anna", "cy")
    world.plan()
    world.directory.script("anna", *[lost_before] * 9)
    world.apply()
    world.directory.written.clear()
    world.store.cancel(JOB)
    told = world.apply()
    assert (told["cancelled"], told["counts"]) == (True, {"failed": 1, "changed": 1})
    assert world.directory.written == []


# What goes wrong behind


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(VaultUnavailable("d"), "vaultUnavailable"), (SignInUnavailable("d"), "signInUnavailable")],
)
def test_a_service_that_is_away_is_waited_for(world: JobWorld, trouble: Exception, code: str) -> None:
    world.accepted("anna", "bo")
    world.sign_in_trouble = trouble
    told = world.plan()
    assert (told["pausedBy"]["code"], told["unfinished"], told["error"]) == (code, 2, None)
    assert "JOB_PATIENCE_MINUTES" in told["pausedBy"]["detail"]
    assert world.store.results(JOB, Phase.PLAN, 0).bodies is None
    world.sign_in_trouble = None
    assert world.plan()["unfinished"] == 0


@pytest.mark.parametrize(
    ("trouble", "code", "detail"),
    [
        (SignInFailed("AADSTS7000215: the secret is wrong."), "graphSignInFailed", "AADSTS7000215"),
        (ConfigurationError("GRAPH_AUTH hunter2-not-real"), "configuration", "under the job's id"),
    ],
)
def test_what_waiting_cannot_mend_ends_the_job(world: JobWorld, trouble: Exception, code: str, detail: str) -> None:
    world.accepted("anna")
    world.plan()
    world.sign_in_trouble = trouble
    told = world.apply()
    assert (told["error"]["code"], told["pausedBy"]) == (code, None)
    assert detail in told["error"]["detail"]
    assert "hunter2" not in str(told)
    assert world.store.results(JOB, Phase.RESULT, 0).bodies is None


def test_an_unforeseen_fault_leaves_its_text_to_the_log(world: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    world.accepted("anna")
    world.sign_in_trouble = InvalidNumber("about anna@contoso.com")
    with pytest.raises(RuntimeError) as raised:
        world.plan()
    assert "anna" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert "InvalidNumber: about ***" in caplog.text
    assert "anna@" not in caplog.text


def test_storage_that_is_away_is_waited_for(world: JobWorld, storage: SandboxStorage) -> None:
    world.accepted("anna")
    storage.fail(1)
    told = world.plan()
    assert (told["pausedBy"]["code"], told["unfinished"], told["error"]) == ("jobsUnavailable", 1, None)
    assert "did not respond for longer than JOB_PATIENCE_MINUTES" in told["pausedBy"]["detail"]
    assert world.plan()["counts"] == {"planned": 1}
