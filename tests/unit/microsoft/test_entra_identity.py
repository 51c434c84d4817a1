"""entra.py: the managed identity signs in with azure-identity for real."""

import time

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from shared.microsoft.entra import IdentitySignIn
from shared.microsoft.identity import AppIdentity


def identity_sign_in(client_id: str | None) -> IdentitySignIn:
    return IdentitySignIn(AppIdentity(True, client_id), "https://graph.microsoft.com/.default")


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
    assert time.monotonic() - began < 15
