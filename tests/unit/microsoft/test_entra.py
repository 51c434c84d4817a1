"""entra.py: the token cache with plain functions as sign-in, the sign-ins with MSAL and azure-identity for real."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import ServiceAccount
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from shared.microsoft import entra as entra_module
from shared.microsoft.entra import EARLY_S, RECHECK_S, REFUSED_S, Grant, GraphTokens, IdentitySignIn, MsalSignIn
from shared.microsoft.identity import AppIdentity
from tests.unit.clock import Clock

SCOPE = "https://graph.microsoft.com/.default"
SVC = "svc-mfa@contoso.com"
RIGHT = {
    "client_secret": "sandbox-client-secret-not-real",
    "username": SVC,
    "password": "sandbox-password-not-real",
}
ACCOUNT = ServiceAccount("id-svc", SVC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, entra_module)


# The token cache


class SignIns:
    """Gives token-1, token-2 …, or raises what `trouble` holds."""

    def __init__(self, lifetime_s: float = 3600, account: ServiceAccount | None = ACCOUNT) -> None:
        self.count = 0
        self.lifetime_s = lifetime_s
        self.trouble: Exception | None = None
        self.before: Callable[[], object] = lambda: None
        self._account = account

    def __call__(self, _deadline: Deadline) -> Grant:
        self.count += 1
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


# MSAL


class Box:
    """Secrets as the vault holds them and as the cache remembers them; notes how old a value may be each time."""

    def __init__(self, **values: str) -> None:
        self.vault = dict(values)
        self.cached = dict(values)
        self.asked: list[float | None] = []

    def __call__(self, _deadline: Deadline, reload_every_s: float | None = None) -> Mapping[str, str]:
        self.asked.append(reload_every_s)
        if reload_every_s is not None:
            self.cached = dict(self.vault)
        return dict(self.cached)


def msal_sign_in(box: SandboxTenant, secrets: Box) -> MsalSignIn:
    environment = box.environment()
    authority = f"https://login.microsoftonline.com/{environment['TENANT_ID']}"
    return MsalSignIn(authority, environment["CLIENT_ID"], SCOPE, secrets)


def token_posts(box: SandboxTenant) -> int:
    return len(box.tenant.calls("login", "POST"))


def test_a_service_account_signs_in_with_name_and_password(box: SandboxTenant) -> None:
    grant = msal_sign_in(box, Box(**RIGHT))(Deadline(20))
    assert grant.account == ServiceAccount(box.tenant.user(SVC).id, SVC)
    assert 3000 < grant.lifetime_s <= 3600
    assert box.tenant.tokens.check(f"Bearer {grant.token}", "https://graph.microsoft.com")


def test_an_app_signs_in_with_its_secret(box: SandboxTenant) -> None:
    grant = msal_sign_in(box, Box(client_secret=RIGHT["client_secret"]))(Deadline(20))
    assert grant.account is None
    assert box.tenant.tokens.check(f"Bearer {grant.token}", "https://graph.microsoft.com").is_app


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"password": "wrong"}, 50126),
        ({"username": "nobody@contoso.com"}, 50034),
        ({"client_secret": "wrong"}, 7000215),
    ],
)
def test_a_refused_secret_is_tried_once_and_told_by_its_number(
    box: SandboxTenant, change: dict[str, str], number: int, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in = msal_sign_in(box, Box(**{**RIGHT, **change}))
    with pytest.raises(SignInFailed, match=rf"AADSTS{number}\.") as refusal:
        sign_in(Deadline(20))
    assert token_posts(box) == 1
    for text in (refusal.value.detail, caplog.text):
        assert "not-real" not in text
        assert "@contoso.com" not in text


@pytest.mark.parametrize("number", [50053, 50055, 50057, 50076, 50079, 53003, 65001])
def test_other_refusals_are_told_and_remembered_too(box: SandboxTenant, number: int) -> None:
    box.tenant.change_user(SVC, signInError=number)
    secrets = Box(**RIGHT)
    sign_in = msal_sign_in(box, secrets)
    with pytest.raises(SignInFailed, match=rf"AADSTS{number}\."):
        sign_in(Deadline(20))
    assert secrets.asked == [None], "no other secret would help"
    with pytest.raises(SignInFailed, match=rf"AADSTS{number}\."):
        sign_in(Deadline(20))
    assert token_posts(box) == 1


def test_refusal_memory_a_refused_secret_stays_refused_for_five_minutes(box: SandboxTenant, clock: Clock) -> None:
    sign_in = msal_sign_in(box, Box(**{**RIGHT, "password": "wrong"}))
    for _ in range(10):
        with pytest.raises(SignInFailed):
            sign_in(Deadline(20))
    clock.advance(REFUSED_S - 5)
    with pytest.raises(SignInFailed):
        sign_in(Deadline(20))
    assert box.tenant.user(SVC).failed_sign_ins == 1
    clock.advance(10)
    with pytest.raises(SignInFailed):
        sign_in(Deadline(20))
    assert box.tenant.user(SVC).failed_sign_ins == 2


@pytest.mark.parametrize("name", ["password", "client_secret"])
def test_after_a_wrong_secret_the_vault_is_asked_and_a_newer_one_is_tried_at_once(
    box: SandboxTenant, name: str
) -> None:
    secrets = Box(**{**RIGHT, name: "stale"})
    secrets.vault = dict(RIGHT)
    grant = msal_sign_in(box, secrets)(Deadline(20))
    assert grant.account is not None
    assert secrets.asked == [None, 0]
    assert token_posts(box) == 2


def test_after_an_expired_client_secret_too(box: SandboxTenant) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.secrets.append(type(app.secrets[0])("expired-not-real", expires=time.time() - 1))
    secrets = Box(**{**RIGHT, "client_secret": "expired-not-real"})
    with pytest.raises(SignInFailed, match=r"AADSTS7000222\."):
        msal_sign_in(box, secrets)(Deadline(20))
    secrets.vault = dict(RIGHT)
    assert msal_sign_in(box, secrets)(Deadline(20)).token


def test_a_reload_that_brings_the_same_secrets_sends_nothing(box: SandboxTenant) -> None:
    secrets = Box(**{**RIGHT, "password": "wrong"})
    with pytest.raises(SignInFailed):
        msal_sign_in(box, secrets)(Deadline(20))
    assert secrets.asked == [None, 0]
    assert token_posts(box) == 1


def test_the_newer_secret_is_refused_as_well_and_both_are_remembered(box: SandboxTenant) -> None:
    secrets = Box(**{**RIGHT, "password": "wrong"})
    secrets.vault = {**RIGHT, "password": "wrong too"}
    sign_in = msal_sign_in(box, secrets)
    for _ in range(5):
        with pytest.raises(SignInFailed, match="AADSTS50126"):
            sign_in(Deadline(20))
    assert box.tenant.user(SVC).failed_sign_ins == 2
    secrets.cached = {**RIGHT, "password": "wrong"}
    with pytest.raises(SignInFailed):
        sign_in(Deadline(20))
    assert box.tenant.user(SVC).failed_sign_ins == 2


def test_a_known_refusal_still_looks_for_newer_secrets_but_not_all_the_time(box: SandboxTenant) -> None:
    secrets = Box(**{**RIGHT, "password": "wrong"})
    sign_in = msal_sign_in(box, secrets)
    with pytest.raises(SignInFailed):
        sign_in(Deadline(20))
    secrets.asked.clear()
    secrets.vault = dict(RIGHT)
    assert sign_in(Deadline(20)).account is not None
    assert secrets.asked == [None, RECHECK_S]


@pytest.mark.usefixtures("clock")
def test_msal_replay_avoidance_a_second_try_really_asks_entra_again(box: SandboxTenant) -> None:
    """One MSAL application object would give the first 503 back for seconds without sending anything."""
    box.tenant.faults.append(Fault("status", host="login", method="POST", path="token", status=503, times=1))
    assert msal_sign_in(box, Box(**RIGHT))(Deadline(20)).token
    assert token_posts(box) == 2


def test_msal_replay_avoidance_a_corrected_password_works_at_once(box: SandboxTenant) -> None:
    """One MSAL application object would give the first 400 back for a minute."""
    secrets = Box(**{**RIGHT, "password": "wrong"})
    sign_in = msal_sign_in(box, secrets)
    with pytest.raises(SignInFailed):
        sign_in(Deadline(20))
    secrets.vault = dict(RIGHT)
    assert sign_in(Deadline(20)).token


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="login", path="token", status=429),
        Fault("status", host="login", path="token", status=500),
        Fault("status", host="login", path="openid-configuration", status=503),
        Fault("status", host="login", path="userrealm", status=503),
        Fault("close", host="login"),
        Fault("close", host="login", path="token"),
        Fault("truncate", host="login", path="token"),
        Fault("garbage", host="login", path="token"),
        Fault("garbage", host="login", path="openid-configuration"),
    ],
    ids=lambda fault: f"{fault.what} {fault.status} {fault.path}",
)
def test_entra_in_trouble_is_unavailable_and_nothing_is_remembered(box: SandboxTenant, fault: Fault) -> None:
    box.tenant.faults.append(fault)
    sign_in = msal_sign_in(box, Box(**RIGHT))
    with pytest.raises(SignInUnavailable):
        sign_in(Deadline(20))
    box.tenant.faults.clear()
    assert sign_in(Deadline(20)).token


def test_how_long_entra_asks_to_wait_is_passed_on(box: SandboxTenant, clock: Clock) -> None:
    box.tenant.faults.append(Fault("status", host="login", path="token", status=429, retry_after=90))
    with pytest.raises(SignInUnavailable) as trouble:
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))
    assert trouble.value.retry_after == 90
    assert clock.slept == []
    assert token_posts(box) == 1


def test_a_short_wait_is_waited(box: SandboxTenant, clock: Clock) -> None:
    box.tenant.faults.append(Fault("status", host="login", path="token", status=429, retry_after=3, times=1))
    assert msal_sign_in(box, Box(**RIGHT))(Deadline(20)).token
    assert clock.slept == [3]


def test_a_sign_in_that_hangs_is_given_up_in_time(box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("hang", host="login", seconds=30))
    began = time.monotonic()
    with pytest.raises(SignInUnavailable):
        msal_sign_in(box, Box(**RIGHT))(Deadline(1))
    assert time.monotonic() - began < 2.5


def test_an_unknown_tenant(box: SandboxTenant) -> None:
    authority = "https://login.microsoftonline.com/c0de7e4a-0000-4000-8000-0000000000ff"
    sign_in = MsalSignIn(authority, box.environment()["CLIENT_ID"], SCOPE, Box(**RIGHT))
    with pytest.raises(SignInFailed, match=r"AADSTS90002\."):
        sign_in(Deadline(20))


def test_an_unknown_app(box: SandboxTenant) -> None:
    authority = f"https://login.microsoftonline.com/{box.tenant.tenant_id}"
    sign_in = MsalSignIn(authority, "a9900000-0000-4000-8000-0000000000ff", SCOPE, Box(**RIGHT))
    with pytest.raises(SignInFailed, match=r"AADSTS700016\."):
        sign_in(Deadline(20))


def test_entra_says_without_a_number_that_it_is_busy(box: SandboxTenant, clock: Clock) -> None:
    box.tenant.faults.append(
        Fault("status", host="login", path="token", status=400, code="temporarily_unavailable", times=2)
    )
    with pytest.raises(SignInUnavailable):
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))
    assert clock.slept == [1]


def test_a_refusal_without_a_list_of_numbers_is_read_from_its_text(box: SandboxTenant) -> None:
    box.tenant.faults.append(
        Fault("status", host="login", path="token", status=400, code="invalid_grant", message="AADSTS50057: Disabled.")
    )
    with pytest.raises(SignInFailed, match=r"AADSTS50057\."):
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))


def test_a_refusal_without_any_number(box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("status", host="login", path="token", status=400, code="invalid_grant"))
    with pytest.raises(SignInFailed, match="gave no AADSTS number"):
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))


# The managed identity


def identity_sign_in(client_id: str | None) -> IdentitySignIn:
    return IdentitySignIn(AppIdentity(True, client_id), SCOPE)


def test_the_managed_identity_signs_in(box: SandboxTenant) -> None:
    grant = identity_sign_in(box.environment()["AZURE_CLIENT_ID"])(Deadline(20))
    assert grant.account is None
    assert grant.lifetime_s > 3600
    assert box.tenant.tokens.check(f"Bearer {grant.token}", "https://graph.microsoft.com").is_app


def test_an_identity_that_does_not_exist_is_a_refusal(box: SandboxTenant) -> None:
    with pytest.raises(SignInFailed, match="AZURE_CLIENT_ID"):
        identity_sign_in("1de00000-0000-4000-8000-0000000000ff")(Deadline(20))


@pytest.mark.parametrize(
    "fault",
    [Fault("status", host="identity", status=500), Fault("close", host="identity")],
    ids=lambda fault: f"{fault.what}",
)
def test_an_identity_endpoint_in_trouble_is_unavailable(box: SandboxTenant, fault: Fault) -> None:
    box.tenant.faults.append(fault)
    with pytest.raises(SignInUnavailable):
        identity_sign_in(box.environment()["AZURE_CLIENT_ID"])(Deadline(20))


def test_an_identity_endpoint_that_hangs_is_given_up_in_time(box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("hang", host="identity", seconds=30))
    began = time.monotonic()
    with pytest.raises(SignInUnavailable):
        identity_sign_in(box.environment()["AZURE_CLIENT_ID"])(Deadline(1))
    assert time.monotonic() - began < 2.5
