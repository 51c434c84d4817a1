"""graph/batching.py: what the answer to a batch says of each member."""

import base64

import pytest

from shared.microsoft.graph.batching import batch_answers
from shared.microsoft.graph.calls import Answer, Fate
from tests.unit.microsoft.graph.sending import READ

CLAIMS = '{"access_token": {}}'


def answers(*members: dict[str, object]) -> list[Answer]:
    responses = [{"id": str(position), **member} for position, member in enumerate(members)]
    return batch_answers(
        [READ] * len(members), Answer(Fate.ANSWERED, 200, {"responses": responses}, request_id="whole")
    )


def test_a_member_has_a_request_id_of_its_own_or_that_of_the_batch() -> None:
    own, without, empty = answers(
        {"status": 200, "body": {}, "headers": {"Request-Id": "own"}},
        {"status": 200, "body": {}, "headers": {"Content-Type": "application/json"}},
        {"status": 204, "headers": {"request-id": ""}},
    )
    assert [own.request_id, without.request_id, empty.request_id] == ["own", "whole", "whole"]


@pytest.mark.parametrize(("name", "value"), [("Retry-After", "3"), ("RETRY-AFTER", "3"), ("retry-after", 3)])
def test_a_member_says_when_it_may_be_sent_again(name: str, value: object) -> None:
    (refused,) = answers({"status": 429, "headers": {name: value}})
    assert refused.retry_after_s == 3


def test_a_member_says_what_its_token_lacks() -> None:
    challenge = f'Bearer claims="{base64.b64encode(CLAIMS.encode()).decode()}"'
    asked, silent = answers({"status": 401, "headers": {"WWW-Authenticate": challenge}}, {"status": 401})
    assert (asked.claims, silent.claims) == (CLAIMS, None)


@pytest.mark.parametrize("headers", [None, [], "text", {}, {"Retry-After": None}, {"": {}, "request-id": 7}])
def test_odd_headers_lose_nobody(headers: object) -> None:
    (answer,) = answers({"status": 200, "body": {"id": "1"}, "headers": headers})
    assert (answer.status, answer.body, answer.retry_after_s) == (200, {"id": "1"}, None)
