"""AD FS of a federated domain: what MSAL asks it for, and what Entra gives for its assertion."""

from __future__ import annotations

import base64

import msal
import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant

from .conftest import CLIENT_SECRET, GRAPH, LOGIN, PASSWORD, SVC

MIXED = "https://adfs.contoso.com/adfs/services/trust/13/usernamemixed"


@pytest.fixture
def federated(box: SandboxTenant) -> SandboxTenant:
    box.tenant.set_switches(federated_domains=("contoso.com",))
    return box


@pytest.fixture
def app(federated: SandboxTenant, web: requests.Session) -> msal.ConfidentialClientApplication:
    environment = federated.environment()
    authority = f"{LOGIN}/{environment['TENANT_ID']}"
    return msal.ConfidentialClientApplication(
        environment["CLIENT_ID"], client_credential=CLIENT_SECRET, authority=authority, http_client=web
    )


def sign_in(app: msal.ConfidentialClientApplication, password: str = PASSWORD) -> dict[str, str]:
    return app.acquire_token_by_username_password(SVC, password, [f"{GRAPH}/.default"])


def test_msal_signs_a_federated_user_in(federated: SandboxTenant, app: msal.ConfidentialClientApplication) -> None:
    token = sign_in(app)["access_token"]
    assert federated.tenant.tokens.check(f"Bearer {token}", GRAPH).user_principal_name == SVC
    assert [(record.method, record.status) for record in federated.tenant.calls("adfs")] == [
        ("GET", 200),
        ("POST", 200),
    ]


def test_a_wrong_password_is_a_soap_fault_and_counts(
    federated: SandboxTenant, app: msal.ConfidentialClientApplication
) -> None:
    with pytest.raises(RuntimeError, match=r"ID3242.*FailedAuthentication"):
        sign_in(app, "wrong")
    assert federated.tenant.user(SVC).failed_sign_ins == 1
    assert federated.tenant.calls("adfs", "POST")[0].status == 500


def test_a_password_with_signs_that_xml_escapes(
    federated: SandboxTenant, app: msal.ConfidentialClientApplication
) -> None:
    federated.tenant.change_user(SVC, password="a<b&c>\"d'")
    assert "access_token" in sign_in(app, "a<b&c>\"d'")


@pytest.mark.parametrize(("status", "body"), [(404, ""), (503, "<html>")])
def test_faults_look_like_those_of_the_proxy_in_front(
    federated: SandboxTenant, web: requests.Session, status: int, body: str
) -> None:
    federated.tenant.faults.append(Fault("status", host="adfs", status=status))
    answer = web.post(MIXED, timeout=10)
    assert (answer.status_code, answer.text[: len(body)], bool(answer.text)) == (status, body, bool(body))


def test_an_assertion_of_somebody_else_gets_no_token(federated: SandboxTenant, web: requests.Session) -> None:
    environment = federated.environment()
    forged = base64.urlsafe_b64encode(b'<saml:Assertion AssertionID="_1234"/>').decode()
    answer = web.post(
        f"{LOGIN}/{environment['TENANT_ID']}/oauth2/v2.0/token",
        data={
            "client_id": environment["CLIENT_ID"],
            "client_secret": CLIENT_SECRET,
            "grant_type": "urn:ietf:params:oauth:grant-type:saml1_1-bearer",
            "assertion": forged,
            "scope": f"{GRAPH}/.default",
        },
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [50008])


def test_other_domains_are_managed(federated: SandboxTenant, web: requests.Session) -> None:
    realm = web.get(f"{LOGIN}/common/userrealm/anna@contoso.onmicrosoft.com?api-version=1.0", timeout=10).json()
    assert realm["account_type"] == "Managed"
