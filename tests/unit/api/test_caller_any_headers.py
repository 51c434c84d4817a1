"""Whatever stands in the headers: nobody comes in, and nothing fails."""

import sys
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.api.attempts import Attempts
from shared.api.frame import WebRequest, respond
from tests.unit.api.frame.doors import ordinary
from tests.unit.api.identifying import BODY, IAM, LISTS, SIGNS, peopled, signed_headers
from tests.unit.world import HEADERS, refusal

# Hypothesis gives the seed, and each seed many sets of headers: drawing every piece itself would cost Hypothesis ten
# times as much as the call costs the webhook. A failure shows its headers, which are few.
SEEDS, SETS_PER_SEED = 1_000, 10
NAMES = (
    *("message", "webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller", "x-forwarded-for"),
    *("x-ms-client-principal-id", "x-ms-client-principal-idp", "x-reason", "idempotency-key", "content-encoding"),
    *("authorization", "x-ms-client-principal"),
)
UNSIGNED = tuple(name for name in NAMES if not name.startswith("webhook-"))
SIGNED = signed_headers(LISTS)
RIGHT = {**SIGNED, "x-ms-client-principal-id": "nobody", "x-ms-client-principal-idp": "aad"}
# Pieces of what would be right, in pieces of what can stand in a header: lone surrogates too.
PIECES = (
    *("lists", "lists.", "signs.", LISTS.secret[:-1], "v1,", "v1", " ", ",", ".", "aad", IAM[:-1], "whsec_", "\0"),
    *("A" * 44, "1" * 12, "1" * 400, "-1", "1e9", "0", "\u0661", "\ud800", "\udcff", "\u00e9", "\N{GRINNING FACE}"),
    *("127.0.0.1", "[::1]:80", "::ffff:1.2.3.4", "%", "fe80::1%eth0", "999.1.1.1", "gzip", "x" * 70_000, "\r\n"),
)


def any_value(random: Random, name: str) -> str:
    match random.randrange(4):
        case 0:
            return "".join(random.choices(PIECES, k=random.randint(0, 4)))
        case 1:
            ends = random.choices((0x7F, 0xFF, 0xFFFF, sys.maxunicode), k=random.randint(0, 20))
            return "".join(chr(random.randint(0, end)) for end in ends)
        case 2:
            return random.choice(list(RIGHT.values()))
        case _:
            return RIGHT.get(name, "")


def any_headers(random: Random, names: Sequence[str], most: int) -> dict[str, str]:
    """At least one of the headers of a signed call is missing or wrong."""
    found = {name: any_value(random, name) for name in random.sample(names, random.randint(0, most))}
    if SIGNED.items() <= found.items():
        del found["webhook-signature"]
    return found


@pytest.mark.no_cover  # with coverage, each of the many examples takes three times as long
@settings(max_examples=SEEDS)
@given(st.randoms(use_true_random=True))
def test_no_header_set_opens_the_door_and_none_is_our_fault(random: Random) -> None:
    for _ in range(SETS_PER_SEED):
        WORLD.attempts, WORLD.believes_entra = Attempts(), random.random() < 0.5
        old = signed_headers(SIGNS, seconds_ago=400) if random.random() < 0.5 else {}
        sent = {**old, **any_headers(random, random.choice((NAMES, UNSIGNED)), 8)}
        response = respond(WebRequest(BODY, sent), WORLD.services, ordinary)
        expected = {(401, "unauthorized")} | ({(415, "unsupportedEncoding")} if "content-encoding" in sent else set())
        assert refusal(response) in expected, sent


@given(st.randoms(use_true_random=True))
def test_beside_a_right_handshake_the_answer_is_never_our_fault(random: Random) -> None:
    WORLD.attempts, WORLD.believes_entra = Attempts(), False
    headers = any_headers(random, [name for name in NAMES if name not in ("message", "content-encoding")], 5)
    response = respond(WebRequest(BODY, {**headers, **HEADERS}), WORLD.services, ordinary)
    is_signed = any(name.startswith("webhook-") for name in headers)
    assert response.status == 401 if is_signed else response.status in (200, 400)


WORLD = peopled()
