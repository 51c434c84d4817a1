"""signature.py: Standard Webhooks, against the vectors and the code of the package `standardwebhooks`."""

import base64
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from shared.api.signature import ID, MAX_HEADER, is_signed, is_timely, signed_text, signing_key
from tests.unit.strategies import MORE

# The example of the specification, which its libraries test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOK_ID, TIMESTAMP, CONTENT = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
TEXT = signed_text(WEBHOOK_ID, TIMESTAMP, CONTENT)
KEY = signing_key(SECRET)
PLAIN = b"a-plain-secret-not-real"
assert KEY is not None


def encoded(size: int) -> str:
    return base64.b64encode(bytes(range(size))).decode()


def test_the_example_of_the_specification() -> None:
    assert is_signed(SIGNATURE, [KEY], TEXT)


@MORE
@given(st.binary(min_size=24, max_size=64), st.from_regex(ID, fullmatch=True), st.text(), st.integers(0, 2**32))
def test_what_the_package_signs_is_signed(raw: bytes, webhook_id: str, content: str, at: int) -> None:
    secret = "whsec_" + base64.b64encode(raw).decode()
    signature = Webhook(secret).sign(webhook_id, datetime.fromtimestamp(at, UTC), content)
    key = signing_key(secret)
    assert key == raw
    assert is_signed(signature, [key], signed_text(webhook_id, str(at), content.encode()))


def test_a_secret_without_the_prefix_is_the_key_itself() -> None:
    assert signing_key("a-plain-secret-not-real") == PLAIN
    assert signing_key("å\ud800") == "å\ud800".encode("utf-8", "surrogatepass")
    assert not is_signed(SIGNATURE, [PLAIN], TEXT)


@pytest.mark.parametrize(
    ("secret", "size"),
    [
        *((f"whsec_{encoded(size)}", size) for size in (24, 25, 26, 64)),
        *((f"whsec_{encoded(size).rstrip('=')}", size) for size in (25, 26)),
    ],
)
def test_a_key_in_base64_with_padding_or_without(secret: str, size: int) -> None:
    assert signing_key(secret) == bytes(range(size))


@pytest.mark.parametrize(
    "secret",
    [
        *("", "whsec_", "whsec_====", f"whsec_{encoded(23)}", f"whsec_{encoded(65)}", f"whsec_{encoded(32)}=="),
        *(f"whsec_ {encoded(24)}", f"whsec_{encoded(24)}\n", "whsec_" + "-_" * 16, "whsec_" + "A" * 33),
        *("whsec_" + "å" * 32, "whsec_" + "\ud800" * 32, f"whsec_{encoded(24)}={encoded(24)}"),
    ],
)
def test_a_secret_that_stands_for_no_key(secret: str) -> None:
    assert signing_key(secret) is None


@pytest.mark.parametrize(
    "header",
    [
        f"{SIGNATURE} v1,wrong",
        f"v1,wrong {SIGNATURE}",
        f"v1a,ed25519 v2,other {SIGNATURE}",
        f"  {SIGNATURE}",
        f"\ud800 {SIGNATURE} v1",
    ],
)
def test_one_right_signature_among_others_is_enough(header: str) -> None:
    assert is_signed(header, [KEY], TEXT)


def test_each_of_several_keys_counts() -> None:
    assert is_signed(SIGNATURE, [PLAIN, KEY], TEXT)
    assert is_signed(SIGNATURE, [KEY, PLAIN], TEXT)
    assert not is_signed(SIGNATURE, [], TEXT)


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "v1", "v1,", ",", "v1,=", SIGNATURE[3:], SIGNATURE.rstrip("="), SIGNATURE.replace("v1", "v2")),
        *(SIGNATURE.replace("v1", "V1"), SIGNATURE.replace(",", ", "), f"{SIGNATURE},{SIGNATURE}", f"{SIGNATURE}\n"),
        *(SIGNATURE.replace("/", "_").replace("+", "-"), "v1,\ud800", "v1,\uff41=", "\x00"),
        f"{SIGNATURE} {' ' * MAX_HEADER}",
    ],
)
def test_anything_else_is_no_signature(header: str) -> None:
    assert not is_signed(header, [KEY], TEXT)


@pytest.mark.parametrize(
    "text",
    [
        signed_text(WEBHOOK_ID, TIMESTAMP, CONTENT + b"\n"),
        signed_text(WEBHOOK_ID, TIMESTAMP, CONTENT.replace(b"2", b"3", 1)),
        signed_text(WEBHOOK_ID, "1614265331", CONTENT),
        signed_text(WEBHOOK_ID.lower(), TIMESTAMP, CONTENT),
    ],
)
def test_another_byte_has_another_signature(text: bytes) -> None:
    assert not is_signed(SIGNATURE, [KEY], text)


def test_bytes_are_signed_whatever_they_mean() -> None:
    assert signed_text("a", "1", b"\xff\xfe{") == b"a.1.\xff\xfe{"
    assert signed_text("a", "1", b"GET /api/jobs") == b"a.1.GET /api/jobs"


@pytest.mark.parametrize(("off_s", "timely"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_300_seconds_either_way(off_s: int, timely: bool) -> None:
    assert is_timely(TIMESTAMP, int(TIMESTAMP) + off_s) is timely


@pytest.mark.parametrize(
    "timestamp", ["", "-1", "+1", " 1", "1 ", "1.0", "1e0", "0x1", "١", "1_0", "\ud800", "9" * 5000]
)
def test_only_digits_are_a_time(timestamp: str) -> None:
    assert not is_timely(timestamp, 1)


def test_leading_zeros_are_digits() -> None:
    assert is_timely("0001", 1)


@pytest.mark.parametrize("webhook_id", ["", "a" * 129, "a.b", "a b", "å", "a\n", "\ud800"])
def test_an_id_is_a_word_of_at_most_128_characters(webhook_id: str) -> None:
    assert not ID.fullmatch(webhook_id)
    assert ID.fullmatch("a-_B9" + "x" * 123)


def test_no_header_makes_it_raise() -> None:
    chance = random.Random(7)  # noqa: S311 - the same headers in each run
    alphabet = [*"v1,a+/= .-\t\n\0åA", "\ud800", "\U0001f511", "\uff11", SIGNATURE, TIMESTAMP, WEBHOOK_ID, "whsec_"]

    def word() -> str:
        return "".join(chance.choices(alphabet, k=chance.randrange(9)))

    for _ in range(10_000):
        webhook_id, timestamp, header, secret = word(), word(), word(), word()
        key = signing_key(secret)
        is_timely(timestamp, 1614265330.5)
        is_signed(header, [KEY] if key is None else [KEY, key], signed_text(webhook_id, timestamp, CONTENT))
        if is_signed(header, [KEY], TEXT):
            assert SIGNATURE in header.split(" ")
