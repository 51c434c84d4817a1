"""jobs/sweep.py: who has changed becomes a job, whatever is cut off between two steps."""

import logging
from collections.abc import Callable
from contextlib import suppress

import pytest
from azure.storage.blob import ContainerClient

from shared.core.codes import Code
from shared.core.models import Stop
from shared.core.sweep import Changed, SweepState
from shared.errors import GraphUnavailable, JobsUnavailable
from shared.jobs import sweep
from shared.jobs.engine import EngineState, Run
from shared.jobs.life import route_of
from shared.jobs.store import BlobJobStore
from tests.unit.jobs.sweeps import SweepWorld, users

TRACKED = "mobile=extensionAttribute15"


@pytest.fixture
def world(store: BlobJobStore, connect: Callable[[], ContainerClient]) -> SweepWorld:
    return SweepWorld(store, connect)


def test_the_first_sweep_only_fetches_a_link(world: SweepWorld) -> None:
    assert world.sweep() is None
    assert (world.changes.asked, world.state) == (["latest"], SweepState("link-0", TRACKED))
    assert world.engine.started == []


def test_who_has_changed_becomes_a_job_and_the_link_moves_on(world: SweepWorld) -> None:
    world.begun().change("link-0", "anna", "bo", then="link-0b", is_last=False)
    world.change("link-0b", "bo", "id-cy", then="link-1")
    job_id = world.sweep()
    assert world.listed(job_id) == ["anna", "bo", "id-cy"]
    job = world.job(job_id)
    assert (job.caller, job.dry_run, job.is_mixed, job.delta_link, route_of(job)) == (
        *("sweep", False, True, "link-1", "sweep"),
    )
    assert world.state == SweepState("link-1", TRACKED, (str(job_id),))
    assert [started for started, _ in world.engine.started] == [job_id]
    assert [listed.id for listed in world.store.listed(None, "", 9)] == [job_id]
    # Nobody asked for it, so it takes no place of MAX_OPEN_JOBS.
    assert world.store.open_jobs("sweep") == []


def test_an_empty_sweep_asks_once_and_begins_nothing(world: SweepWorld) -> None:
    world.begun()
    for _ in range(3):
        assert world.sweep() is None
    assert world.changes.asked == ["link-0"] * 3
    assert world.engine.started == []


def test_changes_behind_a_link_that_stays_the_same_are_seen(world: SweepWorld) -> None:
    world.begun().change("link-0", "anna", then="link-0")
    first = world.sweep()
    world.over(first, {"anna": "updated"})
    world.change("link-0", "bo", then="link-0")
    assert world.listed(world.sweep()) == ["bo"]


@pytest.mark.parametrize("step", ["put_swept", "put_list", "claim", "replace", "put_index", "start"])
def test_a_sweep_that_is_cut_off_loses_nobody_and_names_nobody_twice(
    world: SweepWorld, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off before and behind each step; the next run goes on."""
    world.begun().change("link-0", "anna", "bo", then="link-1")
    holder = {"replace": world.sweeps, "start": world.engine}.get(step, world.store)
    for is_done in (False, True):
        with monkeypatch.context() as patched:
            patched.setattr(holder, step, _cut_off(getattr(holder, step), is_done=is_done))
            # An engine that says no and has begun the job is believed to have begun it.
            with suppress(JobsUnavailable):
                world.sweep()
        job_id = world.sweep()
        again = world.sweep()
        assert again in (None, job_id)
        assert len(world.engine.started) == 1
        ((started, _),) = world.engine.started
        assert world.listed(started) == ["anna", "bo"]
        assert world.state == SweepState("link-1", TRACKED, (started,))
        # And the same once more with the next change.
        world.over(started, {"anna": "updated", "bo": "unchanged"})
        world.engine.started.clear()
        world.sweeps.replace(SweepState("link-0", TRACKED), world.sweeps.read())


def _cut_off(do: Callable[..., object], *, is_done: bool) -> Callable[..., object]:
    def done(*args: object, **words: object) -> object:
        if is_done:
            do(*args, **words)
        raise JobsUnavailable("cut off")

    return done


def test_a_repeated_run_takes_what_was_found_and_asks_graph_nothing(
    world: SweepWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.begun().change("link-0", "anna", then="link-1")
    with monkeypatch.context() as patched:
        patched.setattr(world.sweeps, "replace", _cut_off(world.sweeps.replace, is_done=False))
        with pytest.raises(JobsUnavailable):
            world.sweep()
    world.changes.asked.clear()
    # Meanwhile more has changed, and other attributes are read.
    world.change("link-0", "anna", "bo", then="link-2")
    world.changes.tracked = "office=businessPhones"
    assert world.listed(world.sweep()) == ["anna"]
    assert world.changes.asked == []
    assert world.state.link == "link-1"
    assert world.state.tracked == TRACKED


def test_a_user_left_behind_whose_name_has_changed_in_case_only_is_one_user(world: SweepWorld) -> None:
    world.begun().change("link-0", "anna", "bo", then="link-1")
    world.over(world.sweep(), {"anna": "graphUnavailable", "bo": "updated"})
    world.change("link-1", "ANNA", "cy", then="link-2")
    job_id = world.sweep()
    assert world.listed(job_id) == ["ANNA", "cy"]
    assert not world.job(job_id).is_mixed


def test_a_name_that_is_not_ascii_is_looked_at_for_duplicates(world: SweepWorld) -> None:
    world.begun().change("link-0", "åsa", "bo", then="link-1")
    world.over(world.sweep(), {"åsa": "graphUnavailable", "bo": "updated"})
    world.change("link-1", "ÅSA", then="link-2")
    assert world.job(world.sweep()).is_mixed


@pytest.mark.parametrize("is_cut_off", [False, True])
def test_of_two_runs_at_once_the_list_and_the_link_of_one_stand(
    world: SweepWorld, monkeypatch: pytest.MonkeyPatch, *, is_cut_off: bool
) -> None:
    world.begun().change("link-0", "anna", then="link-1")
    read = world.changes.read

    def slow(path: str, deadline: sweep.Deadline) -> object:
        found = read(path, deadline)
        if world.changes.asked.count(path) == 1:
            # The other one reads behind this one and is done first.
            world.change("link-0", "anna", "bo", then="link-2")
            with monkeypatch.context() as patched:
                if is_cut_off:
                    patched.setattr(world.store, "put_list", _cut_off(world.store.put_list, is_done=False))
                with suppress(JobsUnavailable):
                    world.sweep()
        return found

    world.changes.read = slow  # type: ignore[method-assign,assignment]
    job_id = world.sweep()
    assert world.listed(job_id) == ["anna", "bo"]
    assert (world.state.link, world.job(job_id).delta_link, len(world.engine.started)) == ("link-2", "link-2", 1)


@pytest.mark.parametrize("lost", ["refused", "attributes", "record"])
def test_a_link_that_is_of_no_use_means_one_full_run_from_a_link_made_before(world: SweepWorld, lost: str) -> None:
    world.begun()
    world.changes.newest = "link-9"
    if lost == "refused":
        world.changes.pages["link-0"] = None
    elif lost == "attributes":
        world.changes.tracked = "office=businessPhones"
    else:
        world.sweeps.replace(SweepState("", ""), world.sweeps.read())
    job_id = world.sweep()
    assert (world.job(job_id).scope, world.changes.asked[-1]) == ("everyone", "latest")
    # Nobody has anything desired: the listing ends with nobody, and that is no reason to list again.
    world.store.put_listing(str(job_id), 0, b"")
    world.over(job_id)
    assert world.sweep() is None
    assert world.state == SweepState("link-9", world.changes.tracked)


@pytest.mark.parametrize("ending", [{"cancelled": True}, {"error": {"code": "graphUnavailable"}}, None])
def test_a_full_run_whose_listing_never_ended_is_made_again(
    world: SweepWorld, ending: dict[str, object] | None
) -> None:
    world.begun().changes.pages["link-0"] = None
    first = world.sweep()
    assert first is not None
    if ending is None:
        world.engine.states[first] = EngineState(Run.TERMINATED, None, None, None)
    else:
        world.over(first, **ending)
    second = world.sweep()
    assert (world.job(second).scope, second != first) == ("everyone", True)


def test_a_full_run_over_too_many_users_is_told_once_and_changes_go_on(
    world: SweepWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.begun().changes.pages["link-0"] = None
    world.changes.newest = "link-1"
    world.over(world.sweep(), error={"code": "tooManyUsers"})
    world.change("link-1", "anna", then="link-2")
    world.change("link-2", "bo", then="link-3")
    with caplog.at_level(logging.ERROR):
        assert [world.listed(world.sweep()), world.listed(world.sweep())] == [["anna"], ["bo"]]
    assert [record.getMessage().count("MAX_USERS") > 0 for record in caplog.records] == [True]


def test_who_is_left_while_a_sweep_is_cut_off_is_not_forgotten(
    world: SweepWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first job was running when the second sweep looked, and had ended when that went on."""
    world.begun().change("link-0", "anna", then="link-1")
    first = world.sweep()
    world.change("link-1", "bo", then="link-2")
    with monkeypatch.context() as patched:
        patched.setattr(world.sweeps, "replace", _cut_off(world.sweeps.replace, is_done=False))
        with pytest.raises(JobsUnavailable):
            world.sweep()
    world.over(first, {"anna": "throttled"})
    assert world.listed(world.sweep()) == ["bo"]
    assert world.listed(world.sweep()) == ["anna"]


def test_more_than_one_list_may_have_is_left_to_the_next_sweep(world: SweepWorld) -> None:
    world.words["max_users"] = 2
    world.begun().change("link-0", "anna", "bo", then="page-2", is_last=False)
    world.change("page-2", "cy", then="link-1")
    assert world.listed(world.sweep()) == ["anna", "bo"]
    assert world.state.link == "page-2"
    assert world.listed(world.sweep()) == ["cy"]
    assert world.state.link == "link-1"


def test_who_is_gone_on_a_later_page_is_not_looked_at(world: SweepWorld) -> None:
    world.begun().change("link-0", "anna", "bo", "cy", then="page-2", is_last=False)
    world.changes.pages["page-2"] = Changed(users("dora"), "page-3", is_last=False, gone=users("anna", "bo"))
    world.change("page-3", "bo", then="link-1")
    assert world.listed(world.sweep()) == ["cy", "dora", "bo"]


def test_nor_is_who_was_left_by_an_earlier_sweep_and_is_gone_by_now(world: SweepWorld) -> None:
    world.begun().change("link-0", "anna", "bo", then="link-1")
    world.over(world.sweep(), {"anna": "throttled", "bo": "throttled"})
    world.changes.pages["link-1"] = Changed({}, "link-2", is_last=True, gone=users("anna"))
    assert world.listed(world.sweep()) == ["bo"]


def test_a_sweep_for_which_there_is_no_time_is_gone_on_with(world: SweepWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LEAST_S", sweep.LIMIT_S)
    world.begun().change("link-0", then="page-2", is_last=False)
    world.change("page-2", "cy", then="link-1")
    assert world.sweep() is None
    assert world.listed(world.sweep()) == ["cy"]


def test_where_graph_does_not_answer_the_next_sweep_begins_where_this_one_did(world: SweepWorld) -> None:
    stop = Stop(Code.THROTTLED, "Later.")
    world.changes.newest = stop
    with pytest.raises(GraphUnavailable):
        world.sweep()
    assert world.sweeps.read() is None
    world.changes.newest = "link-0"
    world.begun().changes.pages["link-0"] = stop
    before = world.sweeps.read()
    with pytest.raises(GraphUnavailable):
        world.sweep()
    assert world.sweeps.read() == before
