"""What the log says of a job's life: accepted once, cancelled by whom, why it waits and ends, and of whom nothing more
is done."""

import logging

import pytest

from shared.api.jobs import handle_cancel
from shared.api.lists import handle_reconcile
from shared.errors import ConfigurationError, VaultUnavailable
from tests.recorded import lines
from tests.unit.jobs.worlds import JOB, JobWorld, with_anna_bo_and_cy
from tests.unit.people import MOBILE
from tests.unit.world import HEADERS, body

MANY = b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]'


@pytest.fixture
def people(world: JobWorld) -> JobWorld:
    return with_anna_bo_and_cy(world)


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_a_job_that_is_asked_for_twice_is_accepted_once(people: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    headers = {**HEADERS, "idempotency-key": "4711", "x-correlation-id": "crm-7"}
    first, again = (body(people.ask(handle_reconcile, MANY, headers)) for _ in range(2))
    assert first["jobId"] == again["jobId"]
    (accepted,) = lines(caplog, "jobAccepted")
    assert accepted == accepted | {"jobId": first["jobId"], "users": 3, "callerCorrelationId": "crm-7"}
    for line, told in zip(lines(caplog, "request"), (first, again), strict=True):
        told_of_job = {"correlationId": told["correlationId"], "jobId": first["jobId"], "users": 3, "dryRun": False}
        assert line == line | told_of_job
    ((_, order),) = people.engine.started
    assert order["callerCorrelationId"] == "crm-7"
    found = people.store.find(first["jobId"])
    assert found is not None
    assert found.caller_correlation_id == "crm-7"


def test_a_job_that_the_engine_does_not_take_is_not_accepted(
    people: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    people.engine.trouble = VaultUnavailable("away")
    people.ask(handle_reconcile, MANY)
    assert lines(caplog, "jobAccepted") == []


def test_who_cancelled_a_job(people: JobWorld, caplog: pytest.LogCaptureFixture) -> None:
    people.accepted("anna")
    people.engine.running()
    people.ask(handle_cancel)
    (line,) = lines(caplog, "jobCancelled")
    assert line == line | {"jobId": JOB, "caller": "webhook-handshake"}
    people.engine.ended()
    people.ask(handle_cancel)
    assert len(lines(caplog, "jobCancelled")) == 1


@pytest.mark.parametrize(
    ("trouble", "event", "code"),
    [
        (VaultUnavailable("the vault is away"), "jobWaiting", "vaultUnavailable"),
        (ConfigurationError("CLIENT_ID is of nobody"), "jobFault", "configuration"),
    ],
)
def test_why_a_job_waits_or_ends(
    people: JobWorld, caplog: pytest.LogCaptureFixture, trouble: Exception, event: str, code: str
) -> None:
    people.accepted("anna")
    people.sign_in_trouble = trouble
    people.plan()
    (line,) = lines(caplog)
    assert line == line | {"event": event, "jobId": JOB, "code": code, "detail": str(trouble)}


def test_of_whom_nothing_more_is_done_because_the_directory_changed(
    people: JobWorld, caplog: pytest.LogCaptureFixture
) -> None:
    people.accepted("anna", "cy")
    people.plan()
    caplog.clear()
    people.directory.users["anna"].attributes[MOBILE] = None  # type: ignore[index]
    people.apply()
    told = [(line["phase"], line["objectId"], line["status"], line["code"]) for line in lines(caplog, "user")]
    assert told == [("apply", "anna", "skipped", "notAttempted"), ("apply", "cy", "changed", "added")]
