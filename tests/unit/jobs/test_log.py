"""The log of a job and that of its request name each other; a job that writes does not call its plan a dry run."""

import logging
import re

import pytest

from shared.api.lists import handle_reconcile
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.orchestrate import run_job
from shared.jobs.whole import mark_duplicates
from shared.log import request_id
from tests.unit.jobs.driver import Engine, answer, job
from tests.unit.jobs.worlds import JobWorld, with_anna_bo_and_cy
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


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("shared")]


def test_each_line_of_the_job_has_both_ids_and_the_request_names_the_job(
    people: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        job_id, cid = run(people)
    of_request = [line for line in lines(caplog) if line.startswith(f"[{cid}] ")]
    assert f"[{cid}] accepted as job {job_id} users=3 dryRun=False caller=webhook-handshake" in of_request
    of_job = [line for line in lines(caplog) if line not in of_request]
    assert len(of_job) == 4  # two users and two phases
    assert [line for line in of_job if not line.startswith(f"[{job_id} of {cid}] ")] == []
    assert request_id.get() is None


def test_the_phases_of_a_job_that_writes(people: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run(people)
    text = "\n".join(line for line in lines(caplog) if " of " in line.partition("]")[0])
    assert re.findall(r"phase=(\w+) users=(\d+)", text) == [("plan", "3"), ("apply", "2")]
    assert "dryRun" not in text


def test_an_order_from_before_has_the_id_of_the_job(people: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    people.accepted("anna")
    with caplog.at_level(logging.INFO):
        people.plan()
    assert [line for line in lines(caplog) if not re.match(r"\[[0-9a-f-]{36}\] ", line)] == []


@pytest.mark.parametrize("order", [{}, {"correlationId": "cid-1"}], ids=["from before", "with the id"])
def test_every_activity_gets_the_id_of_the_request_where_the_order_has_it(order: dict[str, str]) -> None:
    engine = Engine(lambda *_: answer())
    engine.run(run_job, job(12, isMixed=True, **order))
    assert engine.requests == {order.get("correlationId")}
    assert engine.of("apply_chunk") == list(range(12))
