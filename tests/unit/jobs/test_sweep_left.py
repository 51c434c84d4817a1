"""jobs/sweep_left.py: whom a job of a sweep left without a verdict, or not for good, joins the next one."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ContainerClient

from shared.core.models import Target
from shared.core.report import Json
from shared.core.sweep import Changed
from shared.jobs import sweep, sweep_left
from shared.jobs.engine import EngineState, Run
from shared.jobs.store import BlobJobStore
from shared.services import Phase
from tests.unit.jobs.sweeps import SweepWorld


@pytest.fixture
def world(store: BlobJobStore, connect: Callable[[], ContainerClient]) -> SweepWorld:
    return SweepWorld(store, connect)


ENDINGS = [
    ({"cancelled": True}, {"anna": "planned", "bo": "unchanged"}, ["anna"]),
    ({"error": {"code": "readOnly"}}, {"anna": "planned", "bo": "invalidNumber"}, ["anna"]),
    ({"error": {"code": "storageUnavailable"}}, None, ["anna", "bo"]),
    ({}, {"anna": "throttled", "bo": "graphUnavailable"}, ["anna", "bo"]),
    ({}, {"anna": "notReady", "bo": "deadline"}, ["anna", "bo"]),
    ({}, {"anna": "userNotFound", "bo": "invalidNumber"}, ["anna"]),
    ({}, {"anna": "smsSignInNotChanged", "bo": "phoneNumberNotUnique"}, ["anna"]),
    ({}, {"anna": "forbidden", "bo": "unchanged"}, ["anna"]),
    ({}, {"anna": "mfaRequired", "bo": "graphError"}, ["anna"]),
    ({"error": {"code": "tooManyRemovals"}}, {"anna": "planned", "bo": "forbidden"}, ["bo"]),
    ({}, {"anna": "planChanged", "bo": "unchanged"}, ["anna"]),
    ({"error": {"code": "dailyLimit"}}, {"anna": "planChanged", "bo": "planned"}, ["anna"]),
    ({}, {"anna": "protectedUser", "bo": "sourceEmpty"}, []),
    # A caller decides about these, but not about who could not be read.
    ({"error": {"code": "tooManyOverwrites"}}, {"anna": "planned", "bo": "unchanged"}, []),
    ({"error": {"code": "tooManyRemovals"}}, {"anna": "planned", "bo": "throttled"}, ["bo"]),
    ({"error": {"code": "dailyLimit"}}, {"anna": "planned", "bo": "unchanged"}, []),
]


@pytest.mark.parametrize(("output", "codes", "kept"), ENDINGS)
def test_users_without_a_verdict_join_the_next_sweep(
    world: SweepWorld, output: dict[str, object], codes: dict[str, str] | None, kept: list[str]
) -> None:
    world.begun().change("link-0", "anna", "bo", then="link-1")
    world.over(world.sweep(), codes, **output)
    world.change("link-1", "cy", then="link-2")
    assert world.listed(world.sweep()) == [*kept, "cy"]


APPLIED, MAYBE, REFUSED, CHANGED, LEFT = (
    {"method": method, "action": "add", "status": status, "code": code, "before": None, "after": "+46 *******05"}
    for method, status, code in (
        ("mobile", "applied", "added"),
        ("mobile", "unknown", "notAttempted"),
        ("mobile", "failed", "graphError"),
        ("office", "skipped", "planChanged"),
        ("office", "skipped", "notAttempted"),
    )
)


@pytest.mark.parametrize(
    ("changes", "error", "is_kept"),
    [
        ((APPLIED, CHANGED), None, True),
        ((APPLIED, CHANGED, LEFT), "dailyLimit", True),
        ((APPLIED, LEFT), None, True),
        ((APPLIED, LEFT), "readOnly", True),
        ((APPLIED, LEFT), "dailyLimit", False),
        ((MAYBE,), None, True),
    ],
)
def test_so_does_a_user_of_whom_one_change_was_not_reached(
    world: SweepWorld, changes: tuple[Json, ...], error: str | None, is_kept: bool
) -> None:
    end_partial(world, changes, error)
    assert (world.sweep() is not None) is is_kept


def test_but_not_a_user_of_whom_a_change_failed_that_the_other_one_depends_on(world: SweepWorld) -> None:
    end_partial(world, (REFUSED, LEFT))
    assert world.sweep() is None


def end_partial(world: SweepWorld, changes: tuple[Json, ...], error: str | None = None) -> None:
    """A job changes Anna in part."""
    world.begun().change("link-0", "anna", then="link-1")
    job_id = str(world.sweep())
    names = {"userPrincipalName": "anna@contoso.com", "userId": "id-anna"}
    body: Json = {**names, "status": "failed", "code": "partial", "changes": list(changes)}
    world.store.put_results(job_id, Phase.RESULT, 0, [body])
    world.engine.ended(job_id, error={"code": error} if error else None)


class Days:
    """Sweeps of a world on days counted from now, in each of which all users end in the same way."""

    def __init__(self, world: SweepWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self._world, self._patch, self._began = world, monkeypatch, datetime.now(UTC)

    def sweep(self, days: float, code: str) -> list[str]:
        """Whom the sweep looks at."""
        for module in (sweep, sweep_left):
            self._patch.setattr(module, "now", lambda: (self._began + timedelta(days=days)).isoformat())
        job_id = self._world.sweep()
        found = [] if job_id is None else self._world.listed(job_id)
        if job_id is not None:
            self._world.over(job_id, dict.fromkeys(found, code))
        return found


@pytest.fixture
def days(world: SweepWorld, monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(world, monkeypatch)


def test_whom_graph_refuses_is_tried_again_for_three_days_and_it_is_told(
    world: SweepWorld, days: Days, caplog: pytest.LogCaptureFixture
) -> None:
    world.begun().change("link-0", "anna", "id-bo", then="link-1")
    assert [days.sweep(day, "forbidden") for day in (0, 0.1, 2.8)] == [["anna", "id-bo"]] * 3
    # Who changes meanwhile begins anew.
    world.change("link-1", "anna", then="link-2")
    assert days.sweep(2.9, "forbidden") == ["anna", "id-bo"]
    with caplog.at_level(logging.ERROR):
        assert days.sweep(3.1, "forbidden") == ["anna"]
    assert "(forbidden). Tried again: 1. Given up after 3 days: 1." in caplog.text
    assert days.sweep(5.8, "forbidden") == ["anna"]
    assert days.sweep(6, "forbidden") == []


@pytest.mark.parametrize("code", ["userNotFound", "notReady", "smsSignInNotChanged"])
def test_for_whom_it_was_too_early_is_tried_again_as_long_and_only_the_end_of_it_is_told(
    world: SweepWorld, days: Days, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.begun().change("link-0", "anna", then="link-1")
    with caplog.at_level(logging.ERROR):
        assert [days.sweep(day, code) for day in (0, 0.1, 2.9)] == [["anna"]] * 3
        assert caplog.text == ""
        assert days.sweep(3.1, code) == []
    assert f" could not be completed ({code}). Tried again: 0. Given up after 3 days: 1." in caplog.text


def test_a_job_that_ends_early_does_not_begin_the_three_days_anew(world: SweepWorld, days: Days) -> None:
    world.begun().change("link-0", "anna", then="link-1")
    codes = ("forbidden", "throttled", "notAttempted", "forbidden", "forbidden")
    assert [days.sweep(day, code) for day, code in enumerate(codes)] == [["anna"]] * 4 + [[]]


def test_sweeps_that_are_a_week_apart_try_once_more(world: SweepWorld, days: Days) -> None:
    world.begun().change("link-0", "anna", "bo", then="link-1")
    assert [days.sweep(day, "userNotFound") for day in (0, 7, 14)] == [["anna", "bo"], ["anna", "bo"], []]


@pytest.mark.parametrize("tries", [1, 3])
@pytest.mark.parametrize("code", ["userNotFound", "forbidden", "throttled"])
def test_who_is_deleted_is_tried_no_more(world: SweepWorld, code: str, tries: int) -> None:
    """Graph tells only the object id."""
    world.begun().changes.pages["link-0"] = Changed({"aaa-1": Target("Anna@contoso.com")}, "link-1", is_last=True)
    for _ in range(tries):
        world.over(world.sweep(), {"Anna": code})
    world.changes.pages["link-1"] = Changed({}, "link-2", is_last=True, gone={"aaa-1": Target(id="aaa-1")})
    assert world.sweep() is None


def test_so_is_who_is_known_by_results_only(world: SweepWorld) -> None:
    end_partial(world, (APPLIED, LEFT))
    world.changes.pages["link-1"] = Changed({}, "link-2", is_last=True, gone={"id-anna": Target(id="id-anna")})
    assert world.sweep() is None


def test_who_is_renamed_is_tried_by_the_new_name_only(world: SweepWorld) -> None:
    world.begun().changes.pages["link-0"] = Changed({"aaa-1": Target("anna@contoso.com")}, "link-1", is_last=True)
    world.over(world.sweep(), {"anna": "userNotFound"})
    world.changes.pages["link-1"] = Changed({"aaa-1": Target("berg@contoso.com")}, "link-2", is_last=True)
    assert world.listed(world.sweep()) == ["berg"]


def test_a_new_user_with_the_name_of_a_deleted_one_is_tried(world: SweepWorld) -> None:
    world.begun().changes.pages["link-0"] = Changed({"aaa-1": Target("anna@contoso.com")}, "link-1", is_last=True)
    world.over(world.sweep(), {"anna": "userNotFound"})
    entries = {"bbb-2": Target("anna@contoso.com")}, {"aaa-1": Target(id="aaa-1")}
    world.changes.pages["link-1"] = Changed(entries[0], "link-2", is_last=True, gone=entries[1])
    assert world.listed(world.sweep()) == ["anna"]


def test_users_without_a_name_are_kept_too(world: SweepWorld) -> None:
    world.begun().change("link-0", "id-anna", then="link-1")
    world.over(world.sweep(), {"id-anna": "throttled"})
    assert world.listed(world.sweep()) == ["id-anna"]


@pytest.mark.parametrize("run", [Run.TERMINATED, Run.FAILED])
def test_a_job_that_was_ended_from_outside_leaves_its_users(world: SweepWorld, run: Run) -> None:
    world.begun().change("link-0", "anna", then="link-1")
    job_id = str(world.sweep())
    world.engine.states[job_id] = EngineState(run, None, None, None)
    assert world.listed(world.sweep()) == ["anna"]


def test_jobs_that_go_on_are_looked_at_later_and_one_whose_results_are_gone_means_a_full_run(world: SweepWorld) -> None:
    world.begun().change("link-0", "anna", then="link-1")
    first = str(world.sweep())
    world.change("link-1", "bo", then="link-2")
    second = str(world.sweep())
    assert world.listed(second) == ["bo"]
    assert world.state.jobs == (first, second)
    assert world.sweep() is None
    world.over(first, {"anna": "updated"})
    world.store.clear(second, before=datetime.max.replace(tzinfo=UTC))
    assert world.job(world.sweep()).scope == "everyone"
    assert first not in world.state.jobs
