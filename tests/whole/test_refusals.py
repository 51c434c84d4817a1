"""What is refused before Graph hears of it, and the routes themselves."""

import json

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.whole.calls import call, handshake, runbook
from tests.whole.conftest import HostMaker

BODY = runbook("bjorn.berg@contoso.com")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"", [""]),
        (b"   ", [""]),
        (b"{", [""]),
        (b"null", [""]),
        (b"\xff\xfe[\x00]\x00", [""]),
        (b"[]", [""]),
        (b'{"value": [], "Count": 0}', ["/value"]),
        (b'{"users": {}}', ["/users"]),
        (b'[{"UserPrincipalName": null}]', ["/0/UserPrincipalName"]),
        (b'[{"UserPrincipalName": "a/b@contoso.com"}, {"id": "4711"}]', ["/0/UserPrincipalName", "/1/id"]),
        (b'[{"UserPrincipalName": "new\\nline@contoso.com"}]', ["/0/UserPrincipalName"]),
        (b'[{"UserPrincipalName": NaN}]', [""]),
        (b"[" * 200_000, [""]),
        (b"[" + b"9" * 5_000 + b"]", [""]),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else "",
)
def test_a_faulty_body_is_refused_with_pointers(
    host: HostProcess, box: SandboxTenant, body: bytes, pointers: list[str]
) -> None:
    answer = call(host, body)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    problem = answer.body
    assert (problem["code"], problem["status"]) == ("invalidBody", 400)
    assert {"type", "title", "detail", "correlationId"} <= problem.keys()
    assert sorted(fault["pointer"] for fault in problem["errors"]) == pointers
    assert all(fault["detail"] for fault in problem["errors"])
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []


def test_at_most_a_hundred_faults_are_told(host: HostProcess) -> None:
    problem = call(host, json.dumps([{"UserPrincipalName": "nobody"}] * 150).encode()).body
    assert len(problem["errors"]) == 100
    assert problem["errorsTruncated"] is True


def test_what_is_too_much_is_refused(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host(MAX_USERS="2", MAX_BODY_BYTES="1024")
    many = call(host, runbook("a@contoso.com", "b@contoso.com", "c@contoso.com"))
    assert (many.status, many.body["code"]) == (413, "tooManyUsers")
    long = call(host, b" " * 1025, headers=[])
    assert (long.status, long.body["code"]) == (413, "tooLarge")
    assert box.tenant.calls("graph") == box.tenant.calls("login") == []
    assert call(host, BODY + b" " * (1024 - len(BODY)), "dryRun=true").status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_not_found(host: HostProcess, method: str) -> None:
    assert call(host, method=method).status == 404


@pytest.mark.parametrize("path", ["/api", "/api/reconcile/x", "/reconcile", "/api/Reconciles"])
def test_another_path_is_not_found(host: HostProcess, path: str) -> None:
    assert call(host, BODY, path=path).status == 404


def test_without_the_function_key_the_app_is_not_reached(host: HostProcess, box: SandboxTenant) -> None:
    answer = call(host, BODY, key="not-the-key")
    assert (answer.status, answer.text) == (401, "")
    assert box.tenant.requests == []


def test_health_needs_no_key_and_calls_nobody(host: HostProcess, box: SandboxTenant) -> None:
    answer = call(host, method="GET", path="/api/health", key="", headers=[])
    assert (answer.status, answer.body) == (200, {"status": "healthy"})
    assert box.tenant.requests == []
    assert call(host, b"{}", path="/api/health").status == 404


def test_faulty_settings_are_told_to_the_log_and_not_to_the_caller(box: SandboxTenant, new_host: HostMaker) -> None:
    host = new_host(KEY_VAULT_URL="http://localhost", ON_EMPTY="delete", MAX_USERS="-1", TENANT_ID="")
    for headers in (handshake(), []):
        answer = call(host, BODY, headers=headers)
        assert (answer.status, answer.body["code"]) == (500, "configuration")
        assert not [name for name in ("KEY_VAULT_URL", "ON_EMPTY", "MAX_USERS", "TENANT_ID") if name in answer.text]
    faults = next(line for line in host.log().splitlines() if answer.body["correlationId"] in line)
    assert all(name in faults for name in ("KEY_VAULT_URL", "ON_EMPTY", "MAX_USERS", "TENANT_ID"))
    assert call(host, method="GET", path="/api/health", key="").status == 200
    assert box.tenant.requests == []
