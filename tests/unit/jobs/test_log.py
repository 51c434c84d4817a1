"""The log of a job and that of its request name each other; a job that writes does not call its plan a dry run."""

import logging
from copy import deepcopy
from typing import Any

import pytest

from shared.api.lists import handle_reconcile
from shared.core.plan import Policy
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.life import IDS
from shared.jobs.orchestrate import Data, run_job
from shared.jobs.whole import judge_plan, mark_duplicates
from shared.log import correlation_id
from tests.recorded import lines
from tests.unit.jobs.driver import Context, Engine, answer, job
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld, with_anna_bo_and_cy
from tests.unit.world import body

MANY = b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]'


@pytest.fixture
def people(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


def run(world: JobWorld, query: str = "") -> tuple[str, str]:
    """A job from its request to its end; its id and that of the request."""
    accepted = body(world.ask(handle_reconcile, MANY, query=query))
    ((_, order),) = world.engine.started
    chunk = {"jobId": order["jobId"], "correlationId": order["correlationId"], "chunk": 0}
    plan_chunk(world.services(), chunk)
    mark_duplicates(world.services(), chunk)
    if not query:
        apply_chunk(world.services(), chunk)
    return accepted["jobId"], accepted["correlationId"]


def test_each_line_of_the_job_has_both_ids_and_the_request_names_the_job(
    people: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        job_id, cid = run(people)
    assert [line for line in lines(caplog) if (line["jobId"], line["correlationId"]) != (job_id, cid)] == []
    (accepted,), (request,) = lines(caplog, "jobAccepted"), lines(caplog, "request")
    assert accepted == accepted | {"users": 3, "dryRun": False, "caller": "webhook-handshake"}
    assert request["status"] == 202
    assert correlation_id() == "-"


def test_each_user_has_a_line_in_each_phase_that_concerns_them(
    people: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        run(people)
    told = [(line["phase"], line["objectId"], line["position"], line["code"]) for line in lines(caplog, "user")]
    assert told == [
        ("plan", "anna", 0, "planned"),
        ("plan", "bo", 1, "unchanged"),
        ("plan", "cy", 2, "planned"),
        ("apply", "anna", 0, "updated"),
        ("apply", "cy", 2, "added"),
    ]
    asked = {"caller": "webhook-handshake", "route": "POST /api/reconcile", "dryRun": False}
    assert [line for line in lines(caplog, "user") if line != line | asked] == []
    chunks = [(line["phase"], line["chunk"], line["users"], line["throttled"]) for line in lines(caplog, "jobChunk")]
    assert chunks == [("plan", 0, 3, 0), ("apply", 0, 2, 0)]


def test_users_about_whom_something_else_was_found_out_later_have_another_line(
    people: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    people.words["policy"] = Policy(users_per_number=2)
    people.accepted("anna", *NOBODY[:198], "bo", ids=("anna", "cy"))
    with caplog.at_level(logging.INFO):
        people.plan(0)
        people.plan(1)
        mark_duplicates(people.services(), {"jobId": JOB, "chunk": 0})
        judge_plan(people.services(), {"jobId": JOB, "chunk": 0})
    told = [(line["position"], line["code"]) for line in lines(caplog, "user") if line["phase"] == "judge"]
    assert told == [(200, "duplicateUser"), (0, "numberShared"), (201, "numberShared")]
    assert [line["jobId"] for line in lines(caplog)] == [JOB] * len(lines(caplog))


def test_an_order_from_before_has_the_id_of_the_job(people: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    people.accepted("anna")
    with caplog.at_level(logging.INFO):
        people.plan()
    assert {line["jobId"] for line in lines(caplog)} == {JOB}


def replay_to_the_end(order: Data, results: list[Any]) -> None:
    """As an engine that was cut off before it could store how the job ended."""
    steps = run_job(Context(order, is_replaying=True))
    next(steps)
    for result in results[:-1]:
        steps.send(deepcopy(result))
    with pytest.raises(StopIteration):
        steps.send(deepcopy(results[-1]))


def test_the_log_says_once_that_a_job_starts_and_how_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    order = job(2, caller_correlation_id="crm-7")
    engine = Engine(lambda *_: answer(50))
    with caplog.at_level(logging.INFO):
        engine.run(run_job, order)
        given, history = next((given, steps) for run, given, steps in engine.histories if run is run_job)
        replay_to_the_end(given, [step.result for step in history])
    (started,), (ended,) = lines(caplog, "jobStarted"), lines(caplog, "jobEnded")
    told = {name: order[name] for name in (*IDS, "caller", "route", "dryRun")}
    for line in (started, ended):
        assert line == line | told
    assert started["chunks"] == 2
    assert ended == ended | {"status": "succeeded", "users": 100, "unchanged": 100, "failed": 0, "durationMs": 4000}
    assert "code" not in ended


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"error": {"code": "configuration", "detail": "No."}}, "failed", "configuration"),
        ({"cancelled": True}, "cancelled", None),
        ({"counts": {"failed": 1, "changed": 1}}, "partial", None),
        ({"counts": {"failed": 2}}, "failed", None),
    ],
)
def test_how_a_job_ends(caplog: pytest.LogCaptureFixture, told: dict[str, Any], status: str, code: str | None) -> None:
    with caplog.at_level(logging.INFO):
        Engine(lambda *_: answer(2, **told)).run(run_job, job(1))
    (ended,) = lines(caplog, "jobEnded")
    assert (ended["status"], ended.get("code")) == (status, code)


def test_a_job_that_fails_has_an_end_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    def broken(_name: str, _chunk: int) -> Data:
        raise RuntimeError("an activity failed")

    Engine(broken).run(run_job, job(1))
    (ended,) = lines(caplog, "jobEnded")
    assert (ended["status"], ended["code"]) == ("failed", "internal")


def test_so_has_one_whose_order_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    order = job(1)
    del order["parallel"]
    with pytest.raises(KeyError):
        Engine(lambda *_: answer()).run(run_job, order)
    (ended,) = lines(caplog, "jobEnded")
    assert (ended["status"], ended["code"]) == ("failed", "internal")


@pytest.mark.parametrize("name", ["", "correlationId"], ids=["of today", "from before"])
def test_every_activity_gets_the_id_of_the_request_where_the_order_has_it(name: str) -> None:
    engine, order = Engine(lambda *_: answer()), job(12, is_mixed=True)
    order.pop(name, None)
    engine.run(run_job, order)
    assert engine.requests == {order.get("correlationId")}
    assert engine.of("apply_chunk") == list(range(12))
