"""function_app.py: HttpRequest in, HttpResponse out, and nothing lost on the way."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from types import SimpleNamespace

import azure.functions as func
import pytest

import function_app
from sandbox.host.durable.api import client_binding
from sandbox.tenant import SandboxTenant
from shared import wiring
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE

# The engine of jobs is at a closed port: nothing here needs it.
NO_ENGINE = client_binding("http://127.0.0.1:9", "http://127.0.0.1:9", "TestHub", "no-key")


def invocation() -> SimpleNamespace:
    """What the worker hands over as the context of a call."""
    return SimpleNamespace(invocation_id="invocation-1", thread_local_storage=threading.local())


def reconcile(request: func.HttpRequest) -> func.HttpResponse:
    """The coroutine, on a loop of its own."""
    return asyncio.run(function_app.reconcile(req=request, client=NO_ENGINE, context=invocation()))


Function = Callable[[func.HttpRequest], func.HttpResponse]


def alone(function: Callable[..., Coroutine[None, None, func.HttpResponse]]) -> Function:
    return lambda request: asyncio.run(function(req=request, context=invocation()))


ANNA = "anna.andersson@contoso.com"
ROUTES: dict[str, tuple[str, str, Function]] = {
    "reconcile": ("POST", "reconcile", reconcile),
    "set_values": ("POST", "set", alone(function_app.set_values)),
    "provision": ("POST", "provision", alone(function_app.provision)),
    "list_methods": ("GET", "users/{user}/methods", alone(function_app.list_methods)),
    "list_phone_methods": ("GET", "users/{user}/phone-methods", alone(function_app.list_phone_methods)),
    "create_phone_method": ("POST", "users/{user}/phone-methods", alone(function_app.create_phone_method)),
    "get_phone_method": ("GET", "users/{user}/phone-methods/{type}", alone(function_app.get_phone_method)),
    "update_phone_method": ("PATCH", "users/{user}/phone-methods/{type}", alone(function_app.update_phone_method)),
    "delete_phone_method": ("DELETE", "users/{user}/phone-methods/{type}", alone(function_app.delete_phone_method)),
    "enable_sms_sign_in": (
        *("POST", "users/{user}/phone-methods/mobile/enable-sms-sign-in", alone(function_app.enable_sms_sign_in)),
    ),
    "disable_sms_sign_in": (
        *("POST", "users/{user}/phone-methods/mobile/disable-sms-sign-in", alone(function_app.disable_sms_sign_in)),
    ),
}
EACH = pytest.mark.parametrize("name", ROUTES)


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "_services", None)


@pytest.fixture
def allowed(box: SandboxTenant, monkeypatch: pytest.MonkeyPatch) -> SandboxTenant:
    monkeypatch.setenv("ALLOW_EXPLICIT_VALUES", "true")
    return box


def request(body: bytes = b"", query: str = "", **headers: str) -> func.HttpRequest:
    url = f"https://contoso.example.com/api/reconcile{query}"
    return func.HttpRequest(method="POST", url=url, headers=headers, params={}, body=body)


def send(
    name: str, body: bytes = b"", query: str = "", user: str = ANNA, phone_type: str = "mobile", **headers: str
) -> func.HttpResponse:
    method, route, function = ROUTES[name]
    words = {"user": user, "type": phone_type}
    parts = {key: value for key, value in words.items() if f"{{{key}}}" in route}
    url = f"https://contoso.example.com/api/{route.format(**words)}{query}"
    return function(func.HttpRequest(method=method, url=url, headers=headers, params={}, route_params=parts, body=body))


def body_of(response: func.HttpResponse) -> dict[str, object]:
    found = json.loads(response.get_body())
    assert isinstance(found, dict)
    return found


def test_a_request_goes_through_to_the_tenant(box: SandboxTenant) -> None:
    response = reconcile(request(b'["anna.andersson@contoso.com"]', MESSAGE=HANDSHAKE))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(response.get_body())["results"][0]["code"] == "unchanged"


def test_the_query_is_read_from_the_url_because_the_host_drops_empty_values(box: SandboxTenant) -> None:
    response = reconcile(request(b'["a@b"]', "?dryRun=", Message=HANDSHAKE))
    assert (response.status_code, body_of(response)["code"]) == (400, "invalidQuery")


def test_a_query_behind_a_query_is_not_lost(box: SandboxTenant) -> None:
    response = reconcile(request(b'["a@b"]', "?code=abc?dryRun=true", Message=HANDSHAKE))
    assert (response.status_code, body_of(response)["code"]) == (400, "invalidQuery")


@EACH
def test_without_settings_the_answer_is_a_configuration_error(name: str) -> None:
    response = send(name)
    assert (response.status_code, body_of(response)["code"]) == (500, "configuration")


def test_health_needs_no_settings() -> None:
    response = asyncio.run(function_app.health(func.HttpRequest(method="GET", url="https://x/api/health", body=b"")))
    assert (response.status_code, body_of(response)) == (200, {"status": "healthy"})


def test_each_route_does_its_own_work(allowed: SandboxTenant) -> None:
    """One after the other on one user, so that a route that leads elsewhere is seen."""
    tenant = allowed.tenant
    tenant.set_switches(sms_allowed=True, sms_auto_registration=False)
    head = {"Message": EXPLICIT_HANDSHAKE}
    values = b'{"userPrincipalName":"anna.andersson@contoso.com","mobile":"+46 701740690"}'
    assert send("set_values", values, **head).status_code == 200
    assert tenant.user(ANNA).phones["mobile"].number == "+46 701740690"
    plan = (
        b'{"accountRequests":[{"op":"Modify","nativeIdentity":"anna.andersson@contoso.com","attributeRequests":'
        b'[{"name":"mfa_emailAddress","op":"Add","value":"anna@fabrikam.com"}]}]}'
    )
    assert send("provision", plan, **head).status_code == 200
    assert tenant.user(ANNA).email == "anna@fabrikam.com"
    created = send("create_phone_method", b'{"phoneType":"office","phoneNumber":"+46 701740691"}', **head)
    assert (created.status_code, tenant.user(ANNA).phones["office"].number) == (201, "+46 701740691")
    phones = body_of(send("list_phone_methods", **head))["value"]
    assert [entry["phoneType"] for entry in phones] == ["mobile", "office"]  # type: ignore[attr-defined]
    everything = body_of(send("list_methods", **head))["value"]
    assert [entry["method"] for entry in everything] == ["mobile", "office", "email"]  # type: ignore[attr-defined]
    updated = send("update_phone_method", b'{"phoneNumber":"+46 701740692"}', phone_type="office", **head)
    assert (updated.status_code, tenant.user(ANNA).phones["office"].number) == (200, "+46 701740692")
    assert body_of(send("enable_sms_sign_in", **head))["smsSignInState"] == "ready"
    assert body_of(send("get_phone_method", **head))["smsSignInState"] == "ready"
    assert body_of(send("disable_sms_sign_in", **head))["smsSignInState"] == "notEnabled"
    deleted = send("delete_phone_method", phone_type="office", **head)
    assert (deleted.status_code, deleted.get_body(), list(tenant.user(ANNA).phones)) == (204, b"", ["mobile"])
    assert body_of(send("reconcile", b'["anna.andersson@contoso.com"]', **head))["counts"]["changed"] == 1  # type: ignore[index]
    assert tenant.user(ANNA).phones["mobile"].number == "+46 701740605"


@EACH
def test_the_ordinary_handshake_reads_and_reconciles_and_nothing_more(allowed: SandboxTenant, name: str) -> None:
    before = allowed.tenant.snapshot()
    is_open = name in ("reconcile", "list_methods", "list_phone_methods", "get_phone_method")
    response = send(name, b'["anna.andersson@contoso.com"]', Message=HANDSHAKE)
    assert response.status_code == (200 if is_open else 403)
    assert allowed.tenant.snapshot() == before
