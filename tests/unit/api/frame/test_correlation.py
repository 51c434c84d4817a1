"""Every answer bears the id under which the log tells of its request."""

import logging

import pytest

from shared.api.frame import Call, WebResponse, answer
from shared.core.guard.ceilings import Refusal, RefusalCode
from shared.core.models import RunReport, SourceName
from shared.core.reconcile import Refused
from shared.errors import JobNotFound, VaultUnavailable
from tests.recorded import lines
from tests.unit.api.frame.doors import send
from tests.unit.world import World, body

EMPTY = RunReport(False, SourceName.DIRECTORY, ())


def answered(world: World, outcome: WebResponse | Exception) -> tuple[WebResponse, str]:
    """The answer of a route with this outcome, and its correlation id."""
    ids: list[str] = []

    def work(call: Call) -> WebResponse:
        ids.append(call.cid)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    response = send(world, work)
    return response, ids[0]


@pytest.mark.parametrize(
    "outcome",
    [
        WebResponse(204, b"", {"Cache-Control": "no-store"}),
        answer(200, b"a,b", "text/csv"),
        answer(202, {}, "application/json", {"Location": "x"}),
    ],
    ids=["empty", "table", "accepted"],
)
def test_a_success_bears_it_beside_its_own_headers(world: World, outcome: WebResponse) -> None:
    response, cid = answered(world, outcome)
    assert dict(response.headers) == {**outcome.headers, "Correlation-Id": cid}
    assert (response.status, response.body) == (outcome.status, outcome.body)


@pytest.mark.parametrize(
    "outcome",
    [JobNotFound("x"), VaultUnavailable("x", 17), KeyError("x"), Refused(Refusal(RefusalCode.READ_ONLY, "x"), EMPTY)],
    ids=["refused", "unavailable", "fault", "guard"],
)
def test_a_problem_bears_it_in_header_body_and_log(
    world: World, caplog: pytest.LogCaptureFixture, outcome: Exception
) -> None:
    with caplog.at_level(logging.DEBUG):
        response, cid = answered(world, outcome)
    assert response.headers["Correlation-Id"] == body(response)["correlationId"] == cid
    assert lines(caplog)
    assert {line["correlationId"] for line in lines(caplog)} == {cid}
