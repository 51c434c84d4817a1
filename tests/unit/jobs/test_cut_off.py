"""A chunk that was cut off in the middle of its writes, and whose repeat is stopped: every write is on record."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.storage import SandboxStorage
from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.models import Change, Outcome, Stop
from shared.core.plan import Policy
from shared.core.report import Json
from shared.deadline import Deadline
from shared.errors import ConfigurationError, VaultUnavailable
from shared.jobs.activities import apply_chunk
from shared.jobs.store import BlobJobStore
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Phase
from tests.unit.graph_rules import Account
from tests.unit.jobs.hires import Waiting
from tests.unit.jobs.steps import OTHER, Run, applying, desire, mover, rehearsed
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import ALTERNATE, MOBILE, InMemory, failed
from tests.unit.world import NEW, OLD

NAMES = ("anna", "bo", "cy")


class CutOff(Exception):
    pass


@pytest.fixture
def run(world: JobWorld) -> Run:
    """Three overwrites, and the chunk is cut off behind the second one."""
    world.ledger = Ledger(None, Ceilings(100, 100))
    for place, name in enumerate(NAMES):
        world.directory.add(name, f"+46 70174061{place}", mobile=OLD)
    run = Run(world, JOB, *NAMES, dry_run=False).plan()
    assert run.judge()["error"] is None
    cut_off(world, "bo", run.apply)
    return run


def cut_off(world: JobWorld, user_id: str, run: Callable[[], object]) -> None:
    """The process ends behind the write for this user."""

    def die(directory: InMemory, user: str, change: Change) -> Outcome:
        directory.obey(user, change)
        raise CutOff

    world.directory.script(user_id, die)
    with pytest.raises(RuntimeError):
        run()


def cancel(run: Run) -> None:
    run.world.store.cancel(run.id)


def brake(run: Run) -> None:
    run.world.words["policy"] = Policy(read_only=True)


def use_up_the_day(run: Run) -> None:
    """What the job held has been given back, and others have taken it."""
    run.world.ledger = Ledger(None, Ceilings(100, 1))


def writes(world: JobWorld) -> dict[tuple[object, object], object]:
    """Of each record, which is counted once, who and what; and what became of it, whatever was said last."""
    records = [record for record in world.trail.records if record["event"] == "write"]
    return {(record["objectId"], record["method"]): record["outcome"] for record in records}


def refusals(world: JobWorld) -> list[Json]:
    return [record for record in world.trail.records if record["event"] == "refusal"]


def held(world: JobWorld) -> tuple[int, int]:
    return world.ledger.used("webhook-handshake", "", Deadline(5))


@pytest.mark.parametrize("stop", [cancel, brake, use_up_the_day])
def test_what_was_done_is_found_out_before_the_job_ends(run: Run, stop: Callable[[Run], None]) -> None:
    stop(run)
    told = run.apply()
    assert told["cancelled"] or "Nothing more was written" in told["error"]["detail"]
    assert [each["detail"] for each in refusals(run.world)] == ([] if told["cancelled"] else [told["error"]["detail"]])
    assert writes(run.world) == {("anna", "mobile"): "foundDone", ("bo", "mobile"): "foundDone"}
    assert run.codes() == ["updated", "updated", "notAttempted"]
    assert len(run.world.directory.written) == 2


def test_then_the_rest_is_given_back(run: Run) -> None:
    assert held(run.world) == (0, 3)
    cancel(run)
    run.apply()
    run.settle()
    assert held(run.world) == (0, 2)


def test_a_chunk_that_has_not_begun_claims_nothing(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    run = Run(world, JOB, "anna", "bo", dry_run=False).plan()
    world.directory.phones["anna"][MOBILE] = NEW  # by somebody else
    brake(run)
    error = run.apply()["error"]
    assert (error["code"], "Nothing was written" in error["detail"]) == ("readOnly", True)
    run.settle()
    assert (writes(world), run.bodies()) == ({}, [])


@pytest.mark.parametrize("fault", [VaultUnavailable("v"), ConfigurationError("c")])
@pytest.mark.parametrize("is_cancelled", [False, True])
def test_where_nobody_can_look_that_is_on_record_at_the_end(run: Run, fault: Exception, is_cancelled: bool) -> None:
    if is_cancelled:
        cancel(run)
    run.world.sign_in_trouble = fault
    told = run.apply()
    assert told["cancelled"] or told["pausedBy"] or told["error"]
    assert writes(run.world) == {}
    run.settle()
    run.settle()
    assert writes(run.world) == {(name, "mobile"): "unknown" for name in NAMES}
    assert len({record["recordId"] for record in run.world.trail.records}) == 3
    assert held(run.world) == (0, 3)


def test_storage_that_is_away_meanwhile_is_waited_for(
    run: Run, storage: SandboxStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel(run)
    users = run.world.store.users

    def away(job_id: str, chunk: int) -> object:
        storage.fail(1)
        return users(job_id, chunk)

    with monkeypatch.context() as patched:
        patched.setattr(run.world.store, "users", away)
        told = run.apply()
    assert ((told["pausedBy"] or {}).get("code"), told["cancelled"]) == ("jobsUnavailable", False)
    assert run.apply()["cancelled"]
    assert writes(run.world) == {("anna", "mobile"): "foundDone", ("bo", "mobile"): "foundDone"}


@pytest.mark.parametrize("is_cancelled", [False, True])
@pytest.mark.parametrize("code", [Code.THROTTLED, Code.FORBIDDEN])
def test_a_user_who_cannot_be_read_again_is_in_doubt(run: Run, code: Code, is_cancelled: bool) -> None:
    if is_cancelled:
        cancel(run)
    run.world.directory.unreadable["bo"] = Stop(code, "x")
    run.apply()
    ending = "foundDone", "unknown"
    assert tuple(writes(run.world)[name, "mobile"] for name in ("anna", "bo")) == ending
    assert ("cy", "mobile") in writes(run.world) or is_cancelled
    (change,) = changes(run, "bo")
    assert (change["status"], change["code"]) == ("unknown", code.value)
    run.settle()
    assert held(run.world) == (0, 2 if is_cancelled else 3)


def test_until_the_user_can(run: Run) -> None:
    run.world.directory.unreadable["bo"] = Stop(Code.THROTTLED, "x")
    for _ in range(2):
        assert run.apply()["unfinished"] == 1
        assert changes(run, "bo")[0]["status"] == "unknown"
    run.world.directory.unreadable.clear()
    assert run.apply()["unfinished"] == 0
    assert run.codes() == ["updated"] * 3
    assert writes(run.world)["bo", "mobile"] == "foundDone"


def test_one_who_is_protected_by_now_keeps_what_may_have_been_done(run: Run) -> None:
    run.world.directory.protected = frozenset({"anna", "bo", "cy"})
    run.apply()
    assert set(writes(run.world).values()) == {"unknown"}
    assert run.codes() == ["partial"] * 3
    run.settle()
    assert held(run.world) == (0, 3)


def test_one_of_whom_more_would_be_done_than_was_planned_keeps_what_was_done(world: JobWorld) -> None:
    world.words["source"] = DirectorySource(remove_on_empty=True)
    world.directory.add_account("anna", Account({MOBILE: OLD, ALTERNATE: OTHER}), {MOBILE: NEW, ALTERNATE: OTHER})
    run = Run(world, JOB, "anna", dry_run=False).plan()
    run.judge()
    cut_off(world, "anna", run.apply)
    desire_alternate(world, None)
    run.apply()
    assert writes(world) == {("anna", "mobile"): "foundDone"}
    assert run.codes() == ["partial"]
    assert [change["status"] for change in changes(run, "anna")] == ["applied", "skipped"]


def test_a_second_try_that_is_cut_off_too(world: JobWorld) -> None:
    """Bo's write failed for a reason that may pass, and the next run was cut off behind it."""
    mover(world, "anna")
    world.directory.add("bo", OTHER, mobile=OLD)
    run = Run(world, JOB, "anna", "bo", dry_run=False).plan()
    run.judge()
    world.directory.script("bo", throttled)
    assert run.apply()["unfinished"] == 1
    cut_off(world, "bo", run.apply)
    cancel(run)
    run.apply()
    assert writes(world) == {("anna", "mobile"): "applied", ("bo", "mobile"): "foundDone"}
    assert run.codes() == ["updated", "updated"]


def test_late_users_of_a_round_that_was_cut_off(world: JobWorld) -> None:
    world.words["source"] = DirectorySource()
    mover(world, "anna")
    world.directory.add("cy", None, mobile=OLD)
    job = Waiting(world, "anna", "cy", minutes=10)
    job.at(2, lambda: desire(world, "cy", OTHER))

    def lose(name: str) -> None:
        if name == "apply_chunk" and job.engine.sent["round"]:
            job.watch = lambda _: None
            cut_off(world, "cy", lambda: apply_chunk(world.services(), job.engine.sent))
            world.store.cancel(JOB)

    job.watch = lose
    assert job.run()["cancelled"]
    assert job.codes() == ["updated", "updated"]
    assert writes(world)["cy", "mobile"] == "foundDone"


def test_the_plan_of_a_dry_run_that_was_cut_off(world: JobWorld) -> None:
    mover(world, "anna", "bo")
    rehearsed(world, "anna", "bo")
    run = applying(world, "anna", "bo").plan()
    run.judge()
    cut_off(world, "anna", run.apply)
    brake(run)
    assert run.apply()["error"]["code"] == "readOnly"
    assert writes(world) == {("anna", "mobile"): "foundDone"}


def test_a_marker_of_an_earlier_version_says_that_it_was_begun_on_nothing(run: Run) -> None:
    run.world.store.begin(run.id, 0)
    cancel(run)
    run.apply()
    assert run.codes() == ["updated", "updated", "notAttempted"]


def test_a_marker_names_the_version_that_it_was_begun_on(store: BlobJobStore) -> None:
    store.put_results(JOB, Phase.RESULT, 1, [])
    version = store.results(JOB, Phase.RESULT, 1).version
    for round in (0, 1, 10):
        store.begin(JOB, 1, round, version)
    store.begin(JOB, 2, 1)
    assert store.begun_on(JOB, 1) == {1: version, 2: ""}
    assert store.begun_on(JOB, 10, 1) == {1: version}
    assert store.begun_on(JOB, 2, 1) == store.begun_on(JOB, 0, 2) == {}


def test_a_marker_tells_on_which_results_a_run_has_begun(store: BlobJobStore) -> None:
    store.begin(JOB, 1, 2, "v1")
    store.begin(JOB, 1, 10, "v2")
    assert [store.has_begun_on(JOB, 1, version) for version in ("v1", "v2", "v3")] == [True, True, False]
    assert not store.has_begun_on(JOB, 2, "v1")


def changes(run: Run, user_id: str) -> list[Json]:
    (body,) = (body for body in run.bodies() if body["userId"] == user_id)
    found = body["changes"]
    assert isinstance(found, list)
    return found


def desire_alternate(world: JobWorld, number: str | None) -> None:
    user = world.directory.users["anna"]
    world.directory.users["anna"] = replace(user, attributes={**user.attributes, ALTERNATE: number})


def throttled(directory: InMemory, user_id: str, change: Change) -> Outcome:
    return replace(failed(directory, user_id, change), stop=Stop(Code.THROTTLED, "x"))
