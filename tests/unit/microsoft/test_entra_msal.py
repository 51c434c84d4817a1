"""entra.py: a service account or an app signs in with MSAL for real."""

import time

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import ServiceAccount
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from shared.microsoft.entra import RECHECK_S
from shared.microsoft.msal_sign_in import REFUSED_S, MsalSignIn
from tests.unit.clock import Clock
from tests.unit.microsoft.signing_in import RIGHT, SCOPE, SVC, Box, msal_sign_in


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


@pytest.mark.parametrize("name", ["svc-\u200bmfa@contoso.com", "\u015bvc-mfa@contoso.com"])
def test_a_user_name_that_no_header_can_carry_is_a_refusal_and_no_outage(
    box: SandboxTenant, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = Box(**{**RIGHT, "username": name})
    sign_in = msal_sign_in(box, secrets)
    for _ in range(3):
        with pytest.raises(SignInFailed, match="user name in Key Vault has a character that cannot be sent") as refusal:
            sign_in(Deadline(20))
    assert token_posts(box) == 0
    assert refusal.value.__cause__ is None
    assert "mfa@contoso.com" not in caplog.text
    assert secrets.asked[:2] == [None, 0]
    secrets.vault = dict(RIGHT)
    assert sign_in(Deadline(20)).token


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
    assert time.monotonic() - began < 15


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


# Claims that Graph asks for


CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1795800000"}}}'


def test_claims_that_are_not_granted_do_not_stand_in_the_way_of_a_sign_in_without_them(box: SandboxTenant) -> None:
    box.tenant.change_user(SVC, signInError=53003)
    sign_in = msal_sign_in(box, Box(**RIGHT))
    for _ in range(3):
        with pytest.raises(SignInFailed, match=r"AADSTS53003\."):
            sign_in(Deadline(20), CLAIMS)
    assert token_posts(box) == 1
    box.tenant.change_user(SVC, signInError=None)
    assert sign_in(Deadline(20)).token


def test_a_wrong_password_is_wrong_with_claims_and_without(box: SandboxTenant) -> None:
    sign_in = msal_sign_in(box, Box(**{**RIGHT, "password": "wrong"}))
    for claims in (CLAIMS, None, CLAIMS):
        with pytest.raises(SignInFailed):
            sign_in(Deadline(20), claims)
    assert box.tenant.user(SVC).failed_sign_ins == 1
