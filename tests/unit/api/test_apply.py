"""api/apply.py: which dry run is applied, by whom, and that it becomes one job."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.api.apply import handle_apply
from shared.api.frame import WebResponse
from shared.api.jobs import handle_job, handle_result
from shared.errors import JobsUnavailable, VaultUnavailable
from shared.jobs.engine import EngineState, Run
from shared.jobs.life import route_of
from shared.services import FIRST_CALLER, Job, Phase
from shared.settings.callers import NamedCaller, Right
from tests.unit.api.stored_jobs import TOO_MANY, as_csv, seen, stored
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, Door, body, refusal

PLAN = "AbCd-123"
CALLERS = {"boss": ["reconcile", "operate", "approve"], "operator": ["reconcile", "operate"], "watcher": ["operate"]}
CALLERS |= {"other": ["reconcile"], "reader": ["read"]}


@pytest.fixture
def world(world: JobWorld) -> JobWorld:
    """A dry run of the ordinary handshake has ended."""
    for name, rights in CALLERS.items():
        world.callers += (NamedCaller(name, frozenset(map(Right, rights))),)
        world.doors[name] = Door(name, world.log, f"{name}-secret-not-real")
    stored(world, "planned", "unchanged", dry_run=True, phases=(Phase.PLAN,))
    world.store.put_verdict(JOB, {"error": None, "planId": PLAN, "removals": 0, "overwrites": 0})
    world.engine.ended(counts={"planned": 1, "unchanged": 1})
    return world


def apply(world: JobWorld, who: str = "", raw: bytes = b"", query: str = "", **headers: str) -> WebResponse:
    sent = {"message": f"{who}.{who}-secret-not-real"} if who else HEADERS
    headers = {name.replace("_", "-"): text for name, text in headers.items()}
    return world.ask(handle_apply, raw, {**sent, **headers}, query)


def record(world: JobWorld, response: WebResponse) -> Job:
    assert response.status == 202, response.body
    found = world.store.find(body(response)["jobId"])
    assert found is not None
    return found


def test_it_becomes_a_job_of_who_applies_with_the_list_of_the_dry_run(world: JobWorld) -> None:
    job = record(world, apply(world, "operator", x_reason="ticket 47"))
    assert (job.caller, job.proof, job.reason) == ("operator", "handshake", "ticket 47")
    assert (job.applies, job.dry_run, job.is_approved, job.users, job.chunks) == (JOB, False, False, 2, 1)
    assert world.store.get_list(job.id) == world.store.get_list(JOB)
    ((started, order),) = world.engine.started
    assert (started, order["jobId"], order["dryRun"], order["isJudged"]) == (job.id, job.id, False, True)
    assert [listed.id for listed in world.store.listed(["operator"], "", 9)] == [job.id]
    assert world.store.open_jobs("operator") == [job.id]


def test_again_it_is_the_same_job_whoever_asks(world: JobWorld) -> None:
    first = record(world, apply(world))
    world.engine.ended(first.id, counts={"changed": 2})
    for who in ("", "operator", "boss"):
        assert record(world, apply(world, who)) == first
    assert len(world.engine.started) == 1


def test_again_by_who_cannot_see_the_job_it_is_refused(world: JobWorld) -> None:
    """The owner of the dry run has no right to see what the operator does."""
    first = record(world, apply(world, "operator"))
    assert refusal(apply(world)) == (409, "alreadyApplied")
    assert record(world, apply(world, "operator")) == first
    assert (len(world.engine.started), world.store.open_jobs(FIRST_CALLER)) == (1, [])


def test_each_caller_is_on_record_once(world: JobWorld) -> None:
    for who in ("operator", "boss", "operator", ""):
        apply(world, who)
    applied = [one for one in world.trail.records if one["event"] == "apply"]
    assert [one["caller"] for one in applied] == ["operator", "boss", "operator"]
    assert len({(one["recordId"], one["caller"]) for one in applied}) == len({one["recordId"] for one in applied}) == 2


def test_the_explicit_handshake_sees_those_of_the_ordinary_one_and_applies_its_own(world: JobWorld) -> None:
    world.allow_explicit()
    assert world.ask(handle_job, headers=EXPLICIT_HEADERS).status == 200
    assert refusal(world.ask(handle_apply, headers=EXPLICIT_HEADERS)) == (403, "rightMissing")
    assert world.engine.started == []
    job = record(world, apply(world))
    assert job.caller == FIRST_CALLER


def test_what_was_cut_off_is_begun_as_the_job_of_who_applied_first(world: JobWorld) -> None:
    world.engine.trouble = None
    job = record(world, apply(world))
    del world.engine.states[job.id]
    world.store.close_job(job.caller, job.id)
    record(world, apply(world, "boss"))
    assert world.store.open_jobs(job.caller) == [job.id]
    assert (world.store.open_jobs("boss"), world.store.listed(["boss"], "", 9)) == ([], [])
    assert record(world, apply(world)).is_approved is False


def test_another_dry_run_is_another_job(world: JobWorld) -> None:
    other = JOB[:-1] + "7"
    world.store.claim(Job(other, "f", "2026-11-22T00:00:00.000Z", 1, 1, True))
    world.store.put_list(other, world.store.get_list(JOB) or b"")
    world.engine.ended(other, counts={"planned": 1})
    ids = {body(world.ask(handle_apply, job_id=each))["jobId"] for each in (JOB, other)}
    assert len(ids | {JOB, other}) == 4


@pytest.mark.parametrize(
    ("who", "expected"),
    [("other", (404, "jobNotFound")), ("watcher", (403, "rightMissing")), ("reader", (403, "rightMissing"))],
)
def test_not_by_everybody(world: JobWorld, who: str, expected: tuple[int, str]) -> None:
    assert refusal(apply(world, who)) == expected
    assert world.engine.started == []


def test_ids_that_are_no_job(world: JobWorld) -> None:
    for job_id in ("", "x", "..", "../x", "%2E%2E", JOB.replace("1", "2")):
        assert refusal(world.ask(handle_apply, job_id=job_id)) == (404, "jobNotFound"), job_id


def test_what_lists_its_users_is_applied_by_who_may_do_so(world: JobWorld) -> None:
    """The right may have been taken away since the dry run."""
    found = world.store.find(JOB)
    assert found is not None
    world.store._blobs.remove(f"{JOB}/job.json")
    world.store.claim(replace(found, scope="everyone"))
    assert refusal(apply(world)) == (403, "rightMissing")
    assert record(world, apply(world, "operator")).scope == "everyone"


def test_no_workflow_is_resumed_again(world: JobWorld) -> None:
    found = world.store.find(JOB)
    assert found is not None
    world.store._blobs.remove(f"{JOB}/job.json")
    world.store.claim(replace(found, callback="/x/resume"))
    job = record(world, apply(world))
    assert (job.callback, "resumes" in world.engine.started[0][1]) == ("", False)
    assert route_of(job) == "POST /api/jobs/*/apply"


def test_nobody_is_waited_for_who_is_in_no_plan(world: JobWorld) -> None:
    """A job that waits for users, and that a ceiling has stopped before it did."""
    world.store._blobs.remove(f"{JOB}/job.json")
    world.store.claim(Job(JOB, "f", "2026-11-22T00:00:00.000Z", 2, 1, False, wait_minutes=30))
    world.engine.ended(error=TOO_MANY)
    job = record(world, apply(world, "boss"))
    assert (job.wait_minutes, "waitMinutes" in world.engine.started[0][1]) == (0, False)


RUNNING, PENDING = EngineState(Run.RUNNING, None, None, None), EngineState(Run.PENDING, None, None, None)
FAILED, STOPPED = EngineState(Run.FAILED, None, None, None), EngineState(Run.TERMINATED, None, None, None)


@pytest.mark.parametrize("state", [RUNNING, PENDING, FAILED, STOPPED, None])
def test_a_plan_that_is_not_whole(world: JobWorld, state: EngineState | None) -> None:
    world.engine.states = {JOB: state} if state else {}
    refused = apply(world, "boss")
    assert refusal(refused) == (409, "jobNotFinished")
    assert "wait until it has ended; otherwise make a new dry run" in body(refused)["detail"]


@pytest.mark.parametrize(
    "output",
    [
        {"cancelled": True},
        {"error": {"code": "vaultUnavailable", "detail": "d"}},
        {"error": {"code": "configuration", "detail": "d"}},
    ],
)
def test_nor_one_that_ended_early(world: JobWorld, output: dict[str, Any]) -> None:
    world.engine.ended(**output)
    assert refusal(apply(world, "boss")) == (409, "jobNotFinished")


@pytest.mark.parametrize("code", ["tooManyRemovals", "tooManyOverwrites", "dailyLimit"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_one_that_a_ceiling_stopped_is_for_those_who_approve(world: JobWorld, code: str, dry_run: bool) -> None:
    if not dry_run:
        world.store._blobs.remove(f"{JOB}/job.json")
        stored(world, "planned", "unchanged", phases=())
    world.engine.ended(error={**TOO_MANY, "code": code})
    for who in ("", "operator"):
        refused = apply(world, who)
        assert refusal(refused) == (403, "rightMissing")
        assert 'Only a caller with the right "approve" can apply it.' in body(refused)["detail"]
    assert record(world, apply(world, "boss")).is_approved is True


@pytest.mark.parametrize("output", [{}, {"error": {"code": "readOnly", "detail": "d"}}])
def test_no_dry_run(world: JobWorld, output: dict[str, Any]) -> None:
    world.store._blobs.remove(f"{JOB}/job.json")
    stored(world, "changed", "unchanged", phases=())
    world.engine.ended(**output)
    assert refusal(apply(world, "boss")) == (409, "notADryRun")


def test_the_plan_that_was_seen(world: JobWorld) -> None:
    assert refusal(apply(world, if_match='"other"')) == (412, "planChanged")
    for text in ("*", f'W/"{PLAN}"', f"{PLAN},{PLAN}"):
        assert refusal(apply(world, if_match=text)) == (400, "invalidQuery")
    assert apply(world, if_match=f'"{PLAN}"').status == 202


@pytest.mark.parametrize(
    ("query", "raw", "headers"),
    [
        *((query, b"", {}) for query in ("dryRun=true", "whatIf=0", "async=true", "x=1")),
        ("", b'{"dryRun": true}', {}),
        ("", b"", {"x_dry_run": "true"}),
    ],
)
def test_what_could_be_meant_as_a_dry_run_is_refused(
    world: JobWorld, query: str, raw: bytes, headers: dict[str, str]
) -> None:
    assert apply(world, "", raw, query, **headers).status == 400
    assert world.engine.started == []


def test_a_list_that_is_gone(world: JobWorld) -> None:
    world.store._blobs.remove(f"{JOB}/input")
    assert refusal(apply(world)) == (404, "jobNotFound")


def test_what_does_not_answer(world: JobWorld) -> None:
    def digest(*_args: object) -> bytes:
        raise VaultUnavailable("x")

    world.words["digest"] = digest
    assert refusal(apply(world)) == (503, "vaultUnavailable")
    del world.words["digest"]
    world.engine.trouble = JobsUnavailable("x")
    assert refusal(apply(world)) == (503, "jobsUnavailable")


def test_the_plan_id_is_shown_when_the_job_has_ended(world: JobWorld) -> None:
    assert seen(world)["planId"] == seen(world, handle_result)["planId"] == PLAN
    assert as_csv(world).headers["Plan-Id"] == PLAN
    assert json.loads(world.ask(handle_result).body)["planId"] == PLAN
    world.engine.running()
    assert "planId" not in seen(world)


def test_the_plan_id_of_a_signed_body_is_not_passed_over_in_any_other(world: JobWorld) -> None:
    response = apply(world, "operator", b'{"operation":"apply","planId":"anotherPlan"}')
    assert refusal(response) == (400, "invalidBody")
    assert "If-Match" in body(response)["detail"]
    assert world.engine.started == []
    assert apply(world, "operator", b'{"operation":"apply"}').status == 202
