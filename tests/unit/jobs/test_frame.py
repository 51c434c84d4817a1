"""jobs/frame.py: what goes wrong in an activity, whichever, is data or an error without a word about a user."""

import asyncio
import inspect
import json
import logging
import time
import traceback
from typing import Any, NoReturn

import azure.functions as func
import pytest

import function_app
from shared.deadline import time_limit_ends_at
from shared.errors import ConfigurationError, GraphUnavailable, JobsUnavailable, ServiceError
from shared.jobs.frame import LIMIT_S
from tests.recorded import lines
from tests.unit.jobs.worlds import JOB
from tests.unit.test_function_app import NO_ENGINE, invocation

TEXT = "int() of '+46 701740605' for anna.andersson@contoso.com"
ORDER = {"jobId": JOB, "chunk": 0, "at": "2026-11-22T00:00:00+00:00"}
# Not the app's own method, which begins to import what a first request needs.
FUNCTIONS = func.FunctionApp.get_functions(function_app.app)
ACTIVITIES = {
    str(function.get_function_name()): function.get_user_function()
    for function in FUNCTIONS
    if function.get_trigger().type == "activityTrigger"  # type: ignore[union-attr]
}
EACH = pytest.mark.parametrize("name", ACTIVITIES)
OF_JOBS = pytest.mark.parametrize("name", sorted(ACTIVITIES.keys() - {"begin_sweep", "begin_check"}))


class Broken:
    """Services of which nothing works."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault
        self.exchanges_end_at: float | None = None

    def __getattr__(self, name: str) -> NoReturn:
        self.exchanges_end_at = time_limit_ends_at()
        raise self._fault


def run(monkeypatch: pytest.MonkeyPatch, name: str, fault: Exception | Broken) -> dict[str, Any]:
    """As the worker does it: what is returned or raised stands in the engine's history."""
    services = fault if isinstance(fault, Broken) else Broken(fault)
    monkeypatch.setattr(function_app, "_services", lambda: services)
    function = ACTIVITIES[name]
    words = {"order": ORDER, "context": invocation(), "client": NO_ENGINE}
    found = function(**{name: words[name] for name in inspect.signature(function).parameters})
    answer: dict[str, Any] = asyncio.run(found) if inspect.iscoroutine(found) else found
    return answer


def test_the_activities_are_those_of_the_app() -> None:
    assert {"plan_chunk", "apply_chunk", "list_users", "report_chunk", "begin_sweep"} <= ACTIVITIES.keys()


@EACH
def test_neither_a_number_nor_a_name_reaches_the_history(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with pytest.raises(RuntimeError) as raised:
        run(monkeypatch, name, ValueError(TEXT))
    told = "".join(traceback.format_exception(raised.value))
    assert "the log has it" in told
    assert not any(word in told for word in ("4670", "701740605", "anna", "contoso"))
    assert "ValueError: int() of '+***' for ***" in caplog.text
    assert json.loads(caplog.messages[0]).get("jobId") == (None if name.startswith("begin_") else JOB)


@OF_JOBS
def test_what_waiting_cannot_mend_is_told_in_full_in_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    told = run(monkeypatch, name, ConfigurationError("CLIENT_ID is of nobody"))
    assert (told["error"]["code"], told["pausedBy"], told["unfinished"]) == ("configuration", None, 0)
    assert "CLIENT_ID" not in str(told)
    (line,) = lines(caplog, "jobFault")
    assert line == line | {"jobId": JOB, "code": "configuration", "detail": "CLIENT_ID is of nobody"}


@OF_JOBS
@pytest.mark.parametrize("away", [GraphUnavailable("The service is away."), JobsUnavailable("blob storage failed")])
def test_a_service_that_is_away_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, away: ServiceError
) -> None:
    with caplog.at_level(logging.WARNING):
        told = run(monkeypatch, name, away)
    assert (told["pausedBy"]["code"], told["error"], told["unfinished"]) == (away.code, None, 1)
    (line,) = lines(caplog, "jobWaiting")
    assert line == line | {"jobId": JOB, "code": away.code}


@EACH
def test_no_exchange_goes_on_until_the_host_ends_the_worker(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    services = Broken(ConfigurationError("CLIENT_ID is of nobody"))
    began = time.monotonic()
    run(monkeypatch, name, services)
    assert services.exchanges_end_at is not None
    assert LIMIT_S <= services.exchanges_end_at - began < LIMIT_S + 5
