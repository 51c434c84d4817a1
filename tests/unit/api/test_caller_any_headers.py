"""Whatever stands in the headers: nobody comes in, and nothing fails."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.api.attempts import Attempts
from shared.api.frame import WebRequest, respond
from tests.unit.api.frame.doors import ordinary
from tests.unit.api.identifying import BODY, IAM, LISTS, SIGNS, peopled, signed_headers
from tests.unit.world import HEADERS, refusal

EXAMPLES = 10_000
NAMES = (
    *("message", "webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller", "x-forwarded-for"),
    *("x-ms-client-principal-id", "x-ms-client-principal-idp", "x-reason", "idempotency-key", "content-encoding"),
    *("authorization", "x-ms-client-principal"),
)
RIGHT = {**signed_headers(LISTS), "x-ms-client-principal-id": "nobody", "x-ms-client-principal-idp": "aad"}
# Pieces of what would be right, in pieces of what can stand in a header: lone surrogates too.
PIECES = st.sampled_from(
    [
        *("lists", "lists.", "signs.", LISTS.secret[:-1], "v1,", "v1", " ", ",", ".", "aad", IAM[:-1], "whsec_", "\0"),
        *("A" * 44, "1" * 12, "1" * 400, "-1", "1e9", "0", "\u0661", "\ud800", "\udcff", "\u00e9", "\N{GRINNING FACE}"),
        *("127.0.0.1", "[::1]:80", "::ffff:1.2.3.4", "%", "fe80::1%eth0", "999.1.1.1", "gzip", "x" * 70_000, "\r\n"),
    ]
)
VALUES = st.lists(PIECES, max_size=4).map("".join) | st.text(max_size=20) | st.sampled_from(sorted(RIGHT.values()))
HEADER_SETS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)


@pytest.mark.no_cover  # with coverage, each of the many examples takes three times as long
@settings(max_examples=EXAMPLES)
@given(HEADER_SETS, st.booleans(), st.booleans())
def test_no_header_set_opens_the_door_and_none_is_our_fault(
    headers: dict[str, str], believes_entra: bool, is_signed: bool
) -> None:
    WORLD.attempts, WORLD.believes_entra = Attempts(), believes_entra
    old = signed_headers(SIGNS, seconds_ago=400) if is_signed else {}
    sent = {**old, **headers}
    response = respond(WebRequest(BODY, sent), WORLD.services, ordinary)
    expected = {(401, "unauthorized")} | ({(415, "unsupportedEncoding")} if "content-encoding" in sent else set())
    assert refusal(response) in expected, sent


@given(st.dictionaries(st.sampled_from(sorted(set(NAMES) - {"message", "content-encoding"})), VALUES, max_size=5))
def test_beside_a_right_handshake_the_answer_is_never_our_fault(headers: dict[str, str]) -> None:
    WORLD.attempts, WORLD.believes_entra = Attempts(), False
    response = respond(WebRequest(BODY, {**headers, **HEADERS}), WORLD.services, ordinary)
    is_signed = any(name.startswith("webhook-") for name in headers)
    assert response.status == 401 if is_signed else response.status in (200, 400)


WORLD = peopled()
