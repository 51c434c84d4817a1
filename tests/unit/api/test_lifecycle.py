"""api/lifecycle.py: a task of a workflow becomes a job for one user."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from sandbox.tenant.lifecycle import WaitingTask
from shared.api.frame import WebResponse
from shared.api.lifecycle import handle_lifecycle
from shared.api.payload.rehearsal import NOT_HERE
from shared.core.models import Target
from shared.settings.callers import NamedCaller, Right
from tests.unit.jobs.worlds import JobWorld
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, body, refusal

USER = "0a000000-0000-4000-8000-00000000000a"


def send(world: JobWorld, task: WaitingTask, headers: Mapping[str, str] | None = None, query: str = "") -> WebResponse:
    return world.ask(handle_lifecycle, json.dumps(task.envelope()).encode(), headers, query)


@pytest.fixture
def task() -> WaitingTask:
    return WaitingTask(USER, frozenset())


def test_it_is_a_job_for_that_user_alone(world: JobWorld, task: WaitingTask) -> None:
    answer = send(world, task)
    assert answer.status == 202
    ((job_id, order),) = world.engine.started
    assert body(answer)["jobId"] == job_id
    assert (order["chunks"], order["dryRun"], order["resumes"], order["isJudged"]) == (1, False, True, True)
    assert list(world.store.users(job_id, 0)) == [Target(id=USER)]
    job = world.store.find(job_id)
    assert job is not None
    assert (job.callback, job.caller, job.users) == (task.callback, "webhook-handshake", 1)


def test_whoever_sent_the_task_finds_its_job_by_an_id_of_their_own(world: JobWorld, task: WaitingTask) -> None:
    send(world, task, {**HEADERS, "x-correlation-id": "flow-abc", "x-reason": "ticket 47"})
    ((job_id, order),) = world.engine.started
    job = world.store.find(job_id)
    assert job is not None
    assert (job.caller_correlation_id, job.reason, job.proof) == ("flow-abc", "ticket 47", "handshake")
    assert order["callerCorrelationId"] == "flow-abc"


@pytest.mark.parametrize(("minutes", "waited"), [(0, 0), (30, 30), (170, 170), (1440, 170)])
def test_it_waits_as_long_as_jobs_do_and_170_minutes_at_most(
    world: JobWorld, task: WaitingTask, minutes: int, waited: int
) -> None:
    world.words["jobs"] = replace(world.words["jobs"], wait_minutes=minutes)
    send(world, task)
    assert world.engine.started[0][1].get("waitMinutes", 0) == waited


def test_the_same_task_again_is_the_same_job(world: JobWorld, task: WaitingTask) -> None:
    first, second = send(world, task), send(world, task)
    assert body(first)["jobId"] == body(second)["jobId"]
    assert len(world.engine.started) == 1
    assert body(send(world, WaitingTask(USER, frozenset())))["jobId"] != body(first)["jobId"]


def test_the_same_task_for_somebody_else_is_refused(world: JobWorld, task: WaitingTask) -> None:
    send(world, task)
    task.user_id = USER.replace("a", "b")
    assert refusal(send(world, task)) == (422, "idempotencyConflict")
    assert len(world.engine.started) == 1


def test_a_forged_envelope_without_the_right_caller_is_401(world: JobWorld, task: WaitingTask) -> None:
    for headers in ({}, {"message": "guessed"}):
        assert refusal(send(world, task, headers)) == (401, "unauthorized")
    assert world.engine.started == []


def test_a_caller_without_the_right_is_403(world: JobWorld, task: WaitingTask) -> None:
    world.add_caller(NamedCaller("reader", frozenset({Right.READ})), "a-secret-that-is-not-real")
    assert refusal(send(world, task, {"message": "reader.a-secret-that-is-not-real"})) == (403, "rightMissing")


def test_the_explicit_handshake_as_everywhere(world: JobWorld, task: WaitingTask) -> None:
    assert refusal(send(world, task, EXPLICIT_HEADERS)) == (403, "explicitDisabled")


def test_a_path_that_does_not_match_is_400_with_its_pointer(world: JobWorld, task: WaitingTask) -> None:
    envelope = task.envelope()
    envelope["data"]["callbackUriPath"] = "https://example.com/resume"
    answer = world.ask(handle_lifecycle, json.dumps(envelope).encode())
    assert refusal(answer) == (400, "invalidBody")
    assert [error["pointer"] for error in body(answer)["errors"]] == ["/data/callbackUriPath"]


@pytest.mark.parametrize("query", ["dryRun=true", "whatIf=1", "dryRun=false", "x=1", "async=true"])
def test_no_query_is_known(world: JobWorld, task: WaitingTask, query: str) -> None:
    assert refusal(send(world, task, query=query)) == (400, "invalidQuery")


@pytest.mark.parametrize("header", [{"if-match": "x"}, {"x-dry-run": "1"}])
def test_headers_that_ask_for_what_there_is_not(world: JobWorld, task: WaitingTask, header: dict[str, str]) -> None:
    assert refusal(send(world, task, {**HEADERS, **header})) == (400, "invalidQuery")
    assert world.engine.started == []


def test_the_route_has_no_dry_run_and_says_so_wherever_one_is_asked_for(world: JobWorld, task: WaitingTask) -> None:
    spoilt = json.dumps({**task.envelope(), "dryRun": True}).encode()
    for response in (send(world, task, {**HEADERS, "x-dry-run": "1"}), world.ask(handle_lifecycle, spoilt)):
        assert (response.status, body(response)["detail"]) == (400, NOT_HERE)
    assert "not supported on this route" in body(send(world, task, query="dryRun=true"))["detail"]
    assert world.engine.started == []
