"""function_app.py: HttpRequest in, HttpResponse out, and nothing lost on the way."""

import json

import azure.functions as func
import pytest

import function_app
from sandbox.tenant import SandboxTenant
from shared import wiring


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "_services", None)


def request(body: bytes = b"", query: str = "", **headers: str) -> func.HttpRequest:
    url = f"https://contoso.example.com/api/reconcile{query}"
    return func.HttpRequest(method="POST", url=url, headers=headers, params={}, body=body)


def test_a_request_goes_through_to_the_tenant(box: SandboxTenant) -> None:
    body = b'["anna.andersson@contoso.com"]'
    response = function_app.reconcile(request(body, MESSAGE="sandbox-handshake-not-real"))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(response.get_body())["results"][0]["code"] == "unchanged"


def test_the_query_is_read_from_the_url_because_the_host_drops_empty_values(box: SandboxTenant) -> None:
    response = function_app.reconcile(request(b'["a@b"]', "?dryRun=", Message="sandbox-handshake-not-real"))
    assert (response.status_code, json.loads(response.get_body())["code"]) == (400, "invalidQuery")


def test_without_settings_the_answer_is_a_configuration_error() -> None:
    response = function_app.reconcile(request(b"[]"))
    assert (response.status_code, json.loads(response.get_body())["code"]) == (500, "configuration")


def test_health_needs_no_settings() -> None:
    response = function_app.health(func.HttpRequest(method="GET", url="https://x/api/health", body=b""))
    assert (response.status_code, json.loads(response.get_body())) == (200, {"status": "healthy"})
