"""entra.py: the token cache, with plain functions as sign-in."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.core.models import ServiceAccount
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from shared.microsoft.entra import EARLY_S, Grant, GraphTokens
from tests.unit.clock import Clock

ACCOUNT = ServiceAccount("id-svc", "svc-mfa@contoso.com")


class SignIns:
    """Gives token-1, token-2 …, or raises what `trouble` holds."""

    def __init__(self, lifetime_s: float = 3600, account: ServiceAccount | None = ACCOUNT) -> None:
        self.count = 0
        self.claims: list[str | None] = []
        self.lifetime_s = lifetime_s
        self.trouble: Exception | None = None
        self.before: Callable[[], object] = lambda: None
        self._account = account

    def __call__(self, _deadline: Deadline, claims: str | None = None) -> Grant:
        self.count += 1
        self.claims.append(claims)
        self.before()
        if self.trouble is not None:
            raise self.trouble
        return Grant(f"token-{self.count}", self.lifetime_s, self._account)


@pytest.fixture
def sign_ins() -> SignIns:
    return SignIns()


@pytest.fixture
def tokens(sign_ins: SignIns) -> GraphTokens:
    return GraphTokens(sign_ins)


def token(tokens: GraphTokens) -> str:
    return tokens.token(Deadline(20))


def test_a_token_is_used_until_shortly_before_it_expires(tokens: GraphTokens, clock: Clock) -> None:
    assert [token(tokens), token(tokens)] == ["token-1", "token-1"]
    clock.advance(3600 - EARLY_S - 1)
    assert token(tokens) == "token-1"
    clock.advance(2)
    assert token(tokens) == "token-2"


def test_a_token_of_a_short_life_is_used_for_half_of_it(sign_ins: SignIns, tokens: GraphTokens, clock: Clock) -> None:
    sign_ins.lifetime_s = 100
    token(tokens)
    clock.advance(49)
    assert token(tokens) == "token-1"
    clock.advance(2)
    assert token(tokens) == "token-2"


def test_the_account_behind_the_token(tokens: GraphTokens, sign_ins: SignIns) -> None:
    assert tokens.account(Deadline(20)) == ACCOUNT
    assert tokens.account(Deadline(20)) == ACCOUNT
    assert sign_ins.count == 1
    assert GraphTokens(SignIns(account=None)).account(Deadline(20)) is None


def test_a_refused_token_is_renewed_once_for_all(tokens: GraphTokens, sign_ins: SignIns) -> None:
    first = token(tokens)
    assert tokens.renew(first, Deadline(20)) == "token-2"
    assert tokens.renew(first, Deadline(20)) == "token-2"
    assert token(tokens) == "token-2"
    assert sign_ins.count == 2


def test_one_caller_signs_in_while_the_others_wait(tokens: GraphTokens, sign_ins: SignIns) -> None:
    sign_ins.before = lambda: time.sleep(0.2)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: token(tokens), range(8))) == {"token-1"}


def test_who_waits_for_another_ones_sign_in_waits_no_longer_than_his_deadline(
    tokens: GraphTokens, sign_ins: SignIns
) -> None:
    began, done = threading.Event(), threading.Event()

    def stuck() -> None:
        began.set()
        done.wait(10)

    sign_ins.before = stuck
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(token, tokens)
        assert began.wait(5)
        with pytest.raises(SignInUnavailable):
            tokens.token(Deadline(0.1))
        done.set()
        assert first.result() == "token-1"


def test_when_entra_is_down_the_old_token_serves_until_it_expires(
    tokens: GraphTokens, sign_ins: SignIns, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    token(tokens)
    sign_ins.trouble = SignInUnavailable("down")
    clock.advance(3600 - EARLY_S + 1)
    with caplog.at_level(logging.WARNING):
        assert token(tokens) == "token-1"
    assert "could not be renewed early" in caplog.text
    assert "token-1" not in caplog.text
    clock.advance(EARLY_S)
    with pytest.raises(SignInUnavailable):
        token(tokens)


def test_when_entra_is_down_not_every_call_tries_to_renew_early(
    tokens: GraphTokens, sign_ins: SignIns, clock: Clock
) -> None:
    """A sign-in that hangs takes up to 20 s, and all calls to Graph queue behind it while a good token is there."""
    token(tokens)
    sign_ins.trouble = SignInUnavailable("down")
    clock.advance(3600 - EARLY_S + 1)
    assert [token(tokens) for _ in range(20)] == ["token-1"] * 20
    assert sign_ins.count <= 3


def test_a_token_that_graph_refused_does_not_serve_when_entra_is_down(tokens: GraphTokens, sign_ins: SignIns) -> None:
    first = token(tokens)
    sign_ins.trouble = SignInUnavailable("down")
    with pytest.raises(SignInUnavailable):
        tokens.renew(first, Deadline(20))


def test_a_refused_sign_in_is_passed_on(tokens: GraphTokens, sign_ins: SignIns) -> None:
    sign_ins.trouble = SignInFailed("AADSTS50126")
    with pytest.raises(SignInFailed):
        token(tokens)
    sign_ins.trouble = None
    assert token(tokens) == "token-2"


def test_no_repr_holds_a_token() -> None:
    assert "token-1" not in f"{Grant('token-1', 1.0, ACCOUNT)}"
