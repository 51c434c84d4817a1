"""graph/writes.py: a write that is refused with a claims challenge."""

import base64

import pytest

from shared.core.codes import Code
from shared.core.models import OutcomeKind
from shared.deadline import Deadline
from shared.microsoft.graph.writes import write_changes
from tests.unit.microsoft.graph.people import UPDATE
from tests.unit.odd import graph_of
from tests.unit.wire import Line

CLAIMS = base64.b64encode(b'{"access_token":{"amr":{"essential":true,"values":["ngcmfa"]}}}')
HEADER = b'WWW-Authenticate: Bearer error="insufficient_claims", claims="' + CLAIMS + b'"\r\n'
PLAIN = b'{"error":{"code":"accessDenied","message":"Request Authorization failed"}}'


@pytest.mark.parametrize("delegated", [True, False])
@pytest.mark.parametrize(
    ("head", "body", "is_challenge"),
    [
        (HEADER, PLAIN, True),
        (b"", b'{"error":{"code":"accessDenied","claims":"{}"}}', True),
        (b"", b'{"error":{"code":"accessDenied","innerError":{"claims":"{}"}}}', True),
        (b"", PLAIN, False),
        (b'WWW-Authenticate: Bearer realm=""\r\n', b"<html>", False),
        (b"", b'{"error":"claims"}', False),
    ],
)
def test_only_a_challenge_to_a_user_asks_for_mfa(head: bytes, body: bytes, is_challenge: bool, delegated: bool) -> None:
    sent: list[bytes] = []

    def refuse(line: Line) -> None:
        sent.append(line.request())
        line.send(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nrequest-id: rid-1\r\n" + head)
        line.send(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with graph_of(refuse) as client:
        (outcome,) = write_changes(client, [("id-1", UPDATE)], Deadline(10), (), is_delegated=delegated)
    assert outcome.kind is OutcomeKind.FAILED
    assert outcome.stop is not None
    wanted = Code.MFA_REQUIRED if is_challenge and delegated else Code.FORBIDDEN
    assert outcome.stop.code is wanted
    assert "request-id rid-1" in outcome.stop.message
    assert ("GRAPH_AUTH=managed_identity" in outcome.stop.message) is (wanted is Code.MFA_REQUIRED)
    assert len(sent) == 1, "there is no token that a sign-in by password could fetch for it"
