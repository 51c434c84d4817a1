"""Guessing leads nowhere, and harms nobody else: failures counted by address and in all."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.signing import Signer
from tests.whole.access.people import ANNA, HR, callers, named, post, put_secrets, reconcile, refusal, users
from tests.whole.calls import Answer, Headers, call, handshake, runbook
from tests.whole.conftest import CHECKOUT, environment

GUESSES = 1000
MINE, OTHERS = "203.0.113.7", "203.0.113.8"
LIMITED = (429, "tooManyAttempts")

Make = Callable[..., HostProcess]


@pytest.fixture
def make(box: SandboxTenant, storage: SandboxStorage) -> Make:
    """A host with no failures yet; explicit values are on."""
    put_secrets(box)
    with ExitStack() as stack:

        def start(**settings: str) -> HostProcess:
            given = environment(box, {"CALLERS": callers(), "ALLOW_EXPLICIT_VALUES": "true", **settings})
            return stack.enter_context(HostProcess(CHECKOUT, {**storage_settings(storage), **given}))

        yield start


def guess(host: HostProcess, headers: Headers | None = None, address: str = MINE, body: bytes | None = None) -> Answer:
    return call(host, runbook(ANNA) if body is None else body, "", headers or handshake("a-guess"), address=address)


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def reads(box: SandboxTenant) -> int:
    """Secrets that were read; each first has a challenge, a 401, when a connection is new."""
    return len([call for call in box.tenant.calls("vault") if call.status != 401])


def test_of_a_thousand_guesses_ten_are_answered_and_right_callers_notice_nothing(
    make: Make, box: SandboxTenant
) -> None:
    host = make()
    usual = [reconcile(host, handshake(), address=MINE).seconds for _ in range(11)]
    box.tenant.clear_requests()
    began = time.monotonic()
    guessed: list[Answer] = []
    right: list[Answer] = []
    for number in range(GUESSES):
        guessed.append(guess(host, handshake(f"guess-number-{number}")))
        if number % 50 == 49:
            right += [reconcile(host, handshake(), address=MINE), reconcile(host, named("lists"), address=OTHERS)]
    # On a machine that is slow: ten in each minute.
    answered = 10 * (1 + int((time.monotonic() - began) // 60))
    assert statuses(guessed[answered:]) == {429: GUESSES - answered}
    assert statuses(guessed)[401] <= answered
    assert {answer.status for answer in guessed[:10]} == {401}
    assert reads(box) <= 12
    assert {answer.status for answer in right} == {200}
    assert statistics.median(answer.seconds for answer in right) <= 2 * statistics.median(usual) + 0.01
    for answer in guessed[answered:]:
        assert refusal(answer) == LIMITED
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    # Another address has its own ten, and every proof of the first one still counts.
    assert refusal(guess(host, address=OTHERS)) == (401, "unauthorized")
    assert post(host, HR, users(dryRun=True), address=MINE).status == 200


def test_many_at_once_are_no_way_round(make: Make) -> None:
    host = make()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: guess(host), range(64)))
    assert statuses(answers) == {401: 10, 429: 54}


def test_from_many_addresses_a_hundred_are_answered(make: Make, box: SandboxTenant) -> None:
    host = make()
    addresses = [f"203.0.113.{number}" for number in range(20, 140)]
    answers = [guess(host, address=address) for address in addresses]
    assert [answer.status for answer in answers] == [401] * 100 + [429] * 20
    assert refusal(guess(host, address=OTHERS)) == LIMITED
    assert reconcile(host, handshake(), address=OTHERS).status == 200
    assert reconcile(host, named("lists"), address=addresses[0]).status == 200


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_what_stands_further_left_is_the_callers_own_and_changes_nothing(make: Make, proxies: str) -> None:
    host = make(TRUSTED_PROXIES=proxies)
    behind = "" if proxies == "0" else f", {MINE}"
    spoofed = [guess(host, address=f"198.51.100.{number}{behind}") for number in range(12)]
    odd = [guess(host, address=f"{left}{behind}") for left in ("", "x", ",,,", "::1", "1.2.3.4:5", "a" * 5000, "-")]
    assert [answer.status for answer in spoofed + odd] == [401] * 10 + [429] * (2 + len(odd))
    assert reconcile(host, handshake(), address=f"198.51.100.1{behind}").status == 200


def test_ports_and_brackets_are_no_part_of_an_address(make: Make) -> None:
    host = make()
    written = ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:443", "2001:DB8:0::7", " 2001:db8::7 "]
    answers = [guess(host, address=address) for address in written * 3]
    assert statuses(answers) == {401: 10, 429: 5}


def test_all_that_is_no_proof_counts(make: Make) -> None:
    host = make()
    body = users(dryRun=True)
    ways: list[tuple[Headers, bytes]] = [
        ([("X-Nothing", "x")], runbook(ANNA)),
        (handshake(""), runbook(ANNA)),
        (named("lists", "wrong-secret"), runbook(ANNA)),
        (Signer("hr-system", "wrong-secret-not-real").headers(body), body),
        (Signer("nobody", "wrong-secret-not-real").headers(body), body),
        (HR.headers(body, seconds_ago=400), body),
        ([("webhook-id", "x")], body),
        (HR.headers(body), body + b" "),
        (handshake("wrong"), b"no json"),
        (handshake("wrong"), b""),
    ]
    assert [guess(host, headers, body=sent).status for headers, sent in ways] == [401] * 10
    assert [refusal(guess(host, headers, body=sent)) for headers, sent in ways] == [LIMITED] * 10


def test_a_replayed_call_counts_as_well(make: Make) -> None:
    host = make()
    headers = HR.headers(users(dryRun=True))
    answers = [guess(host, headers, body=users(dryRun=True)) for _ in range(12)]
    assert [answer.status for answer in answers] == [200] + [401] * 10 + [429]


def test_what_a_known_caller_does_wrong_does_not_count(make: Make) -> None:
    host = make()
    wrong = [
        *(call(host, b"no json", "", handshake(), address=MINE) for _ in range(6)),
        *(call(host, runbook(ANNA), "dryRun=maybe", named("lists"), address=MINE) for _ in range(6)),
        *(reconcile(host, named("reader"), address=MINE) for _ in range(12)),
        *(post(host, HR, b"{}", address=MINE) for _ in range(6)),
    ]
    assert statuses(wrong) == {400: 18, 403: 12}
    assert [guess(host).status for _ in range(12)] == [401] * 10 + [429] * 2
    # Those 429 are not counted either: another's ten and a right caller are as before.
    assert [guess(host, address=OTHERS).status for _ in range(11)] == [401] * 10 + [429]
    assert reconcile(host, handshake(), address=MINE).status == 200
