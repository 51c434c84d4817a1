from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.tenant import SandboxTenant

GRAPH = "https://graph.microsoft.com"
LOGIN = "https://login.microsoftonline.com"
SVC = "svc-mfa@contoso.com"
PASSWORD = "sandbox-password-not-real"
CLIENT_SECRET = "sandbox-client-secret-not-real"
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"
ALTERNATE = "b6332ec1-7057-4abe-9331-3d72feddfe41"
OFFICE = "e37fc753-ff3b-4958-9484-eaa9425c82bc"
ANNA = "anna.andersson@contoso.com"
CARLA = "carla.diaz@contoso.com"


@pytest.fixture
def box() -> Iterator[SandboxTenant]:
    with SandboxTenant() as running:
        yield running


@pytest.fixture
def web(box: SandboxTenant) -> Iterator[requests.Session]:
    """A plain requests session that goes through the sandbox's proxy and trusts its authority."""
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"https": box.proxy_url}
        session.verify = box.ca_bundle
        yield session


@pytest.fixture
def sdk_environment(box: SandboxTenant, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that the product's process gets, set for this test's SDK objects."""
    environment = box.environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


class GraphClient:
    """Calls Graph with real HTTP and a real token, as the app or as the service account."""

    def __init__(self, box: SandboxTenant, session: requests.Session) -> None:
        self._box = box
        self._session = session
        self.token = ""

    def sign_in(self, grant: str = "client_credentials") -> GraphClient:
        self.token = token_of(self._box, self._session, grant)["access_token"]
        return self

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return self._session.request(method, f"{GRAPH}/v1.0{path}", json=body, headers=sent, timeout=10)

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.call("GET", path, None, **headers)

    def phones(self, user: str) -> dict[str, str]:
        answer = self.get(f"/users/{user}/authentication/phoneMethods")
        assert answer.status_code == 200, answer.text
        return {method["phoneType"]: method["phoneNumber"] for method in answer.json()["value"]}

    def add_phone(self, user: str, number: str, phone_type: str = "mobile") -> requests.Response:
        body = {"phoneNumber": number, "phoneType": phone_type}
        return self.call("POST", f"/users/{user}/authentication/phoneMethods", body)

    def change_phone(self, user: str, number: str, method_id: str = MOBILE, **more: str) -> requests.Response:
        path = f"/users/{user}/authentication/phoneMethods/{method_id}"
        return self.call("PATCH", path, {"phoneNumber": number, **more})

    def delete_phone(self, user: str, method_id: str = MOBILE) -> requests.Response:
        return self.call("DELETE", f"/users/{user}/authentication/phoneMethods/{method_id}")

    def batch(self, *members: dict[str, Any]) -> requests.Response:
        return self.call("POST", "/$batch", {"requests": list(members)})


@pytest.fixture
def graph(box: SandboxTenant, web: requests.Session) -> GraphClient:
    """Signed in as the app on its own: every permission, whole numbers."""
    return GraphClient(box, web).sign_in()


@pytest.fixture
def service_account(box: SandboxTenant, web: requests.Session) -> GraphClient:
    return GraphClient(box, web).sign_in("password")


def sign_in_form(box: SandboxTenant, grant: str, **fields: str) -> dict[str, str]:
    form = {
        "client_id": box.environment()["CLIENT_ID"],
        "client_secret": CLIENT_SECRET,
        "grant_type": grant,
        "scope": f"{GRAPH}/.default",
    }
    if grant == "password":
        form |= {"username": SVC, "password": PASSWORD, "scope": f"{GRAPH}/.default offline_access openid profile"}
    return {**form, **fields}


def sign_in(box: SandboxTenant, session: requests.Session, grant: str, **fields: str) -> requests.Response:
    url = f"{LOGIN}/{box.tenant.tenant_id}/oauth2/v2.0/token"
    return session.post(url, data=sign_in_form(box, grant, **fields), timeout=10)


def token_of(box: SandboxTenant, session: requests.Session, grant: str, **fields: str) -> dict[str, Any]:
    answer = sign_in(box, session, grant, **fields)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def error_of(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
