"""msal_sign_in.py: a service account of a federated domain, whose password goes to AD FS."""

import logging
import time
import traceback

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import ServiceAccount
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from shared.microsoft.msal_sign_in import REFUSED_S, MsalSignIn
from tests.unit.clock import Clock
from tests.unit.microsoft.signing_in import RIGHT, SVC, Box, msal_sign_in

MIXED = "usernamemixed"


@pytest.fixture
def federated(box: SandboxTenant) -> SandboxTenant:
    box.tenant.set_switches(federated_domains=("contoso.com",))
    return box


@pytest.fixture
def sign_in(federated: SandboxTenant) -> MsalSignIn:
    return msal_sign_in(federated, Box(**RIGHT))


def said_by_us(caplog: pytest.LogCaptureFixture) -> str:
    """The libraries' own lines are kept away by log.py."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared"))


def passwords(box: SandboxTenant) -> int:
    """How often a password was sent to AD FS."""
    return len(box.tenant.calls("adfs", "POST"))


def test_a_user_of_a_federated_domain_signs_in(federated: SandboxTenant, sign_in: MsalSignIn) -> None:
    grant = sign_in(Deadline(20))
    assert grant.account == ServiceAccount(federated.tenant.user(SVC).id, SVC)
    assert federated.tenant.tokens.check(f"Bearer {grant.token}", "https://graph.microsoft.com")
    assert [record.method for record in federated.tenant.calls("adfs")] == ["GET", "POST"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="adfs", path=MIXED, status=500),
        Fault("status", host="adfs", path=MIXED, status=503, message="Service Unavailable"),
        Fault("status", host="adfs", path=MIXED, status=404),
        Fault("status", host="adfs", path=MIXED, status=403),
        Fault("garbage", host="adfs", path=MIXED),
        Fault("status", host="adfs", path="mex", status=404),
        Fault("garbage", host="adfs", path="mex"),
    ],
    ids=lambda fault: f"{fault.what} {fault.path} {fault.status}",
)
def test_what_ad_fs_refuses_is_told_and_not_sent_again_for_five_minutes(
    federated: SandboxTenant, sign_in: MsalSignIn, clock: Clock, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    federated.tenant.faults.append(fault)
    for _ in range(3):
        with pytest.raises(SignInFailed, match="AD FS") as refusal:
            sign_in(Deadline(20))
        assert "GRAPH_AUTH=managed_identity" in refusal.value.detail
        for text in (refusal.value.detail, caplog.text):
            assert "not-real" not in text
            assert "@contoso.com" not in text
    once = 0 if fault.path == "mex" else 1
    assert (len(federated.tenant.calls("adfs")), passwords(federated)) == (1 + once, once)
    clock.advance(REFUSED_S + 1)
    federated.tenant.faults.clear()
    assert sign_in(Deadline(20)).token


def test_three_sign_ins_with_a_wrong_password_send_it_once(federated: SandboxTenant) -> None:
    """A SOAP fault, with status 500 as AD FS gives it."""
    sign_in = msal_sign_in(federated, Box(**{**RIGHT, "password": "wrong-not-real"}))
    for _ in range(3):
        with pytest.raises(SignInFailed, match=r"AD FS.*status 500"):
            sign_in(Deadline(20))
    assert federated.tenant.user(SVC).failed_sign_ins == 1
    assert passwords(federated) == 1


def test_a_newer_password_in_the_vault_is_tried_at_once(federated: SandboxTenant) -> None:
    secrets = Box(**{**RIGHT, "password": "stale-not-real"})
    secrets.vault = dict(RIGHT)
    assert msal_sign_in(federated, secrets)(Deadline(20)).token
    assert passwords(federated) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("close", host="adfs"),
        Fault("status", host="adfs", path="mex", status=503),
        Fault("status", host="adfs", path="mex", status=500),
        Fault("close", host="adfs", path=MIXED),
        Fault("lost", host="adfs", path=MIXED),
        Fault("truncate", host="adfs", path=MIXED),
    ],
    ids=lambda fault: f"{fault.what} {fault.path} {fault.status}",
)
def test_ad_fs_that_is_away_is_unavailable_and_gets_a_password_once_a_request(
    federated: SandboxTenant, sign_in: MsalSignIn, clock: Clock, fault: Fault
) -> None:
    federated.tenant.faults.append(fault)
    with pytest.raises(SignInUnavailable):
        sign_in(Deadline(20))
    assert passwords(federated) <= 1
    federated.tenant.faults.clear()
    assert sign_in(Deadline(20)).token


def test_a_user_realm_that_is_not_found_once_is_asked_for_again(federated: SandboxTenant, sign_in: MsalSignIn) -> None:
    federated.tenant.faults.append(Fault("status", host="login", path="userrealm", status=404, times=1))
    sign_in(Deadline(20))
    assert federated.tenant.calls("adfs") == []
    sign_in(Deadline(20))
    assert len(federated.tenant.calls("adfs")) == 2


def test_ad_fs_that_hangs_is_given_up_in_time(federated: SandboxTenant, sign_in: MsalSignIn) -> None:
    federated.tenant.faults.append(Fault("hang", host="adfs", path=MIXED, seconds=30))
    began = time.monotonic()
    with pytest.raises(SignInUnavailable):
        sign_in(Deadline(1))
    assert time.monotonic() - began < 2.5


def test_entra_may_refuse_what_ad_fs_gave(federated: SandboxTenant, sign_in: MsalSignIn) -> None:
    federated.tenant.faults.append(
        Fault("status", host="login", path="token", status=400, code="invalid_grant", message="AADSTS50008: No.")
    )
    for _ in range(3):
        with pytest.raises(SignInFailed, match=r"AADSTS50008\."):
            sign_in(Deadline(20))
    assert passwords(federated) == 1


@pytest.mark.parametrize("path", ["openid-configuration", "userrealm", "token"])
def test_whatever_else_msal_raises_is_a_refusal(
    box: SandboxTenant, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """For JSON that is a text, MSAL raises AttributeError or TypeError."""
    box.tenant.faults.append(Fault("unreadable", host="login", path=path))  # type: ignore[arg-type]
    sign_in = msal_sign_in(box, Box(**RIGHT))
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            with pytest.raises(SignInFailed, match="not usable") as refusal:
                sign_in(Deadline(20))
    assert len(box.tenant.calls("login", path_contains=path)) == 1
    assert refusal.value.__cause__ is None
    assert "svc-mfa" not in said_by_us(caplog)


def test_what_ad_fs_says_of_the_account_stays_there(
    federated: SandboxTenant, sign_in: MsalSignIn, caplog: pytest.LogCaptureFixture
) -> None:
    message = "ID4223: the password of svc-mfa@contoso.com, sandbox-password-not-real, has expired"
    federated.tenant.faults.append(Fault("status", host="adfs", path=MIXED, status=500, message=message))
    with caplog.at_level(logging.DEBUG), pytest.raises(SignInFailed) as refusal:
        sign_in(Deadline(20))
    told = "".join(traceback.format_exception(refusal.value)) + refusal.value.detail
    assert "svc-mfa" not in told
    assert "ID4223" not in told
    assert "svc-mfa" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("shared")
    )
