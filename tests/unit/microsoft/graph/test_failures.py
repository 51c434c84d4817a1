"""graph/failures.py: what an answer means."""

import pytest

from shared.core.codes import Code
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.failures import stop_for


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Code.GRAPH_ERROR),
        (401, Code.GRAPH_UNAVAILABLE),
        (403, Code.FORBIDDEN),
        (404, Code.USER_NOT_FOUND),
        (408, Code.GRAPH_UNAVAILABLE),
        (409, Code.GRAPH_ERROR),
        (423, Code.GRAPH_UNAVAILABLE),
        (429, Code.THROTTLED),
        *((status, Code.GRAPH_UNAVAILABLE) for status in (500, 501, 502, 503, 504, 505, 507, 509, 520)),
    ],
)
def test_each_status_has_its_code(status: int, code: Code) -> None:
    assert stop_for(Answer(Fate.ANSWERED, status), "reading").code is code


def test_who_is_not_found_may_have_been_named_by_a_mail_address() -> None:
    message = stop_for(Answer(Fate.ANSWERED, 404), "reading").message
    assert "A mail address or an alias is not a userPrincipalName." in message


def test_an_error_is_told_with_graphs_code_and_request_id_but_not_its_message() -> None:
    body = {"error": {"code": "badRequest", "message": "The number +46 701740699 is bad."}}
    message = stop_for(Answer(Fate.ANSWERED, 400, body, request_id="rid-1"), "adding the phone method").message
    assert "while adding the phone method (status 400, code badRequest, request-id rid-1)" in message
    assert "701740699" not in message


@pytest.mark.parametrize("error", [None, "text", {"code": 7}, {"code": "+46 701740699"}, {"code": ""}])
def test_an_odd_error_body_tells_nothing_more_than_the_status(error: object) -> None:
    message = stop_for(Answer(Fate.ANSWERED, 400, {"error": error}), "reading").message
    assert "(status 400)" in message
