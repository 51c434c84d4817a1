"""msal_sign_in.py: Entra has a fault of its own, which says nothing about the secrets, and answers 4xx."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from tests.unit.clock import Clock
from tests.unit.microsoft.signing_in import RIGHT, Box, msal_sign_in

# As AzureAD/microsoft-authentication-library-for-js issue 4329 shows it.
SEEN = "AADSTS90041: A transient error has occurred. Please try again."
FAULTS = [
    ("server_error", SEEN),
    ("server_error", "AADSTS50000: There was an error issuing a token."),
    ("server_error", "No number."),
    ("invalid_grant", "AADSTS90033: A transient error has occurred."),
    ("invalid_grant", "AADSTS90012: Request timed out."),
    ("invalid_request", "AADSTS90006: The service is temporarily unavailable."),
    ("invalid_request", "AADSTS90024: A transient error has occurred."),
]


def fault(path: str, code: str, message: str, times: int | None = None) -> Fault:
    return Fault("status", host="login", path=path, status=400, code=code, message=message, times=times)


def passwords(box: SandboxTenant) -> int:
    return len(box.tenant.calls("login", "POST"))


@pytest.mark.parametrize(("code", "message"), FAULTS)
@pytest.mark.parametrize("name", ["username", "client_secret"])
def test_at_the_token_endpoint_it_is_no_refusal_and_a_secret_is_sent_once_a_request(
    box: SandboxTenant, clock: Clock, code: str, message: str, name: str
) -> None:
    box.tenant.faults.append(fault("token", code, message))
    sign_in = msal_sign_in(box, Box(**(RIGHT if name == "username" else {name: RIGHT[name]})))
    for requests in (1, 2):
        with pytest.raises(SignInUnavailable):
            sign_in(Deadline(20))
        assert passwords(box) == requests
    assert clock.slept == []
    box.tenant.faults.clear()
    assert sign_in(Deadline(20)).token


@pytest.mark.parametrize(("code", "message"), FAULTS)
def test_before_a_password_is_sent_it_is_tried_again_at_once(
    box: SandboxTenant, clock: Clock, code: str, message: str
) -> None:
    box.tenant.faults.append(fault("openid-configuration", code, message, times=1))
    sign_in = msal_sign_in(box, Box(**RIGHT))
    assert sign_in(Deadline(20)).token
    assert (clock.slept, passwords(box)) == ([1], 1)
    box.tenant.faults.append(fault("openid-configuration", code, message))
    with pytest.raises(SignInUnavailable):
        sign_in(Deadline(20))


def test_the_number_is_told(box: SandboxTenant) -> None:
    box.tenant.faults.append(fault("token", "server_error", SEEN))
    with pytest.raises(SignInUnavailable, match=r"a transient fault, AADSTS90041") as trouble:
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))
    assert trouble.value.retry_after == 30


def test_what_federation_gave_is_not_asked_for_twice_either(box: SandboxTenant) -> None:
    box.tenant.set_switches(federated_domains=("contoso.com",))
    box.tenant.faults.append(fault("token", "server_error", SEEN))
    with pytest.raises(SignInUnavailable):
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))
    assert len(box.tenant.calls("adfs", "POST")) == 1


@pytest.mark.parametrize("message", ["AADSTS90036: An unexpected error.", "AADSTS90002: Tenant not found."])
def test_what_lasts_stays_a_refusal(box: SandboxTenant, message: str) -> None:
    box.tenant.faults.append(fault("token", "invalid_request", message))
    with pytest.raises(SignInFailed, match=message[:11]):
        msal_sign_in(box, Box(**RIGHT))(Deadline(20))
