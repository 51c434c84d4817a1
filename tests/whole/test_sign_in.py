"""Entra refuses: what the caller is told, and that no account is locked out by us."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.support import HANDSHAKE
from tests.whole.calls import call, runbook
from tests.whole.conftest import CHECKOUT, HostMaker, environment

SVC, PASSWORD = "svc-mfa@contoso.com", "sandbox-password-not-real"
PASSWORD_SECRET, CLIENT_SECRET = "service-account-password", "graph-client-secret"
BODY = runbook("bjorn.berg@contoso.com")
OF_THE_ACCOUNT = (50053, 50055, 50057, 50076, 50079, 53003, 65001)
OF_THE_APP = (700016, 90002)


@pytest.fixture(scope="module")
def _refused_host(_sandbox: SandboxTenant) -> Iterator[HostProcess]:
    with HostProcess(CHECKOUT, environment(_sandbox, {"SECRET_TTL_SECONDS": "0"})) as host:
        yield host


@pytest.fixture
def refused_host(box: SandboxTenant, _refused_host: HostProcess) -> HostProcess:
    """A host whose every sign-in is refused, so that it never holds a token; no secret is tried twice in it."""
    return _refused_host


def refuse_sign_ins(box: SandboxTenant, number: int) -> None:
    """Make the tenant answer a sign-in of this webhook with this AADSTS number; the secrets are new ones each time."""
    app = next(app for app in box.tenant.apps.values() if not app.is_managed_identity)
    box.tenant.set_secret(PASSWORD_SECRET, f"sandbox-password-{number}")
    box.tenant.change_user(SVC, password=f"sandbox-password-{number}")
    if number == 50126:
        box.tenant.change_user(SVC, password="another-password")
    elif number == 50034:
        box.tenant.set_secret("service-account-username", "nobody@contoso.com")
    elif number == 7000215:
        box.tenant.set_secret(CLIENT_SECRET, "not-the-client-secret")
    elif number == 7000222:
        app.secrets[0].expires = 1
    elif number in OF_THE_APP:
        app.sign_in_error = number
    else:
        box.tenant.change_user(SVC, signInError=number)


def password_attempts(box: SandboxTenant) -> int:
    return len(box.tenant.calls("login", "POST", "/token"))


@pytest.mark.parametrize("number", [50126, 50034, *OF_THE_ACCOUNT, 7000215, 7000222, *OF_THE_APP])
def test_a_refusal_is_told_with_its_number_and_what_to_do(
    box: SandboxTenant, refused_host: HostProcess, number: int
) -> None:
    refuse_sign_ins(box, number)
    seen = len(refused_host.log())
    answer = call(refused_host, BODY)
    problem = answer.body
    assert (answer.status, problem["code"]) == (502, "graphSignInFailed")
    assert f"AADSTS{number}" in problem["detail"]
    advice = problem["detail"].partition(f"AADSTS{number}")[2]
    assert len(advice.split()) > 5
    assert "list of authentication error codes" not in advice
    log = refused_host.log()[seen:]
    assert f"AADSTS{number}" in log
    assert not [secret for secret in (SVC, "sandbox-password", HANDSHAKE) if secret in answer.text + log]
    assert password_attempts(box) == 1
    assert box.tenant.calls("graph") == []


def test_a_number_that_nobody_knows_is_still_told(box: SandboxTenant, refused_host: HostProcess) -> None:
    box.tenant.set_secret(PASSWORD_SECRET, "sandbox-password-500999")
    box.tenant.faults.append(
        Fault("status", host="login", path="/token", status=400, code="invalid_grant", message="AADSTS500999: No.")
    )
    answer = call(refused_host, BODY)
    assert (answer.status, answer.body["code"]) == (502, "graphSignInFailed")
    assert "AADSTS500999" in answer.body["detail"]


def test_a_busy_caller_does_not_lock_the_account_out_and_a_corrected_password_works(
    box: SandboxTenant, new_host: HostMaker
) -> None:
    host = new_host(SECRET_TTL_SECONDS="0")
    box.tenant.set_secret(PASSWORD_SECRET, "not-the-password")
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: call(host, BODY), range(20)))
    assert {answer.status for answer in answers} == {502}
    assert all("AADSTS50126" in answer.body["detail"] for answer in answers)
    assert password_attempts(box) == box.tenant.user(SVC).failed_sign_ins == 1

    box.tenant.set_secret(PASSWORD_SECRET, PASSWORD)
    assert call(host, BODY).codes == ["updated"]
    assert password_attempts(box) == 2
