"""GET /api/check has the frame of every route: ids, a line in the log, and an answer whatever goes wrong."""

import json
from collections.abc import Callable

import pytest

from shared.api.check import handle_check
from shared.api.frame import WebRequest
from shared.errors import ConfigurationError
from shared.services import Services
from tests.recorded import lines
from tests.unit.api.check.conftest import Engine

CALLERS_ID = {"x-correlation-id": "probe-7"}


def not_set() -> Services:
    raise ConfigurationError("SOURCE_ATTRIBUTE is missing.")


def unforeseen() -> Services:
    raise RuntimeError("no code for this")


@pytest.mark.parametrize(("services", "status"), [(not_set, 200), (unforeseen, 500)])
def test_all_its_lines_have_its_id_and_the_callers(
    services: Callable[[], Services], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "shared")
    response = handle_check(WebRequest(b"", CALLERS_ID, method="GET", url_path="/api/check"), services, Engine())
    cid = response.headers["Correlation-Id"]
    assert response.status == status
    assert {(line["correlationId"], line.get("callerCorrelationId")) for line in lines(caplog)} == {(cid, "probe-7")}
    assert [line["status"] for line in lines(caplog, "request")] == [status]
    if status == 500:
        assert json.loads(response.body)["correlationId"] == cid
        assert b"no code" not in response.body
