"""identity.py: which credential is used where, what a refusal is and what trouble, and that it cannot hang."""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.core.pipeline.transport import HttpRequest

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import time_limit
from shared.microsoft import identity as identity_module
from shared.microsoft.identity import AppIdentity, IdentityRefused, IdentityUnavailable, bounded_transport
from shared.microsoft.session import BoundedSession
from tests.unit.wire import HEAD, Line, answer, serving

SCOPE = "https://vault.azure.net/.default"


def managed(box: SandboxTenant) -> AppIdentity:
    return AppIdentity(True, box.environment()["AZURE_CLIENT_ID"])


def test_in_azure_the_managed_identity_and_nothing_else(box: SandboxTenant) -> None:
    token = managed(box).get_token(SCOPE)
    assert box.tenant.tokens.check(f"Bearer {token.token}", "https://vault.azure.net").is_app
    assert [record.method for record in box.tenant.calls("identity")] == ["GET"]
    assert box.tenant.calls("login") == []


def test_the_token_is_kept(box: SandboxTenant) -> None:
    identity = managed(box)
    assert identity.get_token(SCOPE).token == identity.get_token(SCOPE).token
    assert len(box.tenant.calls("identity")) == 1


def test_the_system_assigned_identity_is_used_when_none_is_named(box: SandboxTenant) -> None:
    for app in box.tenant.apps.values():
        app.system_assigned = app.is_managed_identity
    assert AppIdentity(True, None).get_token(SCOPE).token


def test_an_identity_that_does_not_exist_is_refused_and_asked_for_once(box: SandboxTenant) -> None:
    with pytest.raises(IdentityRefused, match="AZURE_CLIENT_ID"):
        AppIdentity(True, "1de00000-0000-4000-8000-0000000000ff").get_token(SCOPE)
    assert len(box.tenant.calls("identity")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="identity", status=429),
        Fault("status", host="identity", status=500),
        Fault("status", host="identity", status=503),
        Fault("close", host="identity"),
        Fault("truncate", host="identity"),
        Fault("garbage", host="identity"),
    ],
    ids=lambda fault: f"{fault.what} {fault.status}",
)
def test_a_token_service_in_trouble_is_unavailable(box: SandboxTenant, fault: Fault) -> None:
    box.tenant.faults.append(fault)
    with pytest.raises(IdentityUnavailable):
        managed(box).get_token(SCOPE)


ODD = [
    *(b"", b"[]", b"null", b'"x"', b"7", b"{}", b"[{}]", b"[" * 10_000),
    *(
        b'{"access_token": "x"}',
        b'{"access_token": "x", "expires_on": null}',
        b'{"access_token": "x", "expires_on": {}}',
    ),
    *(b'{"access_token": "x", "expires_on": Infinity}', b'{"access_token": "x", "expires_on": "NaN"}'),
    *(b'{"access_token": 5, "expires_on": 4000000000}', b'{"access_token": "", "expires_on": 4000000000}'),
    *(b'{"access_token": null, "expires_on": 4000000000}', b'{"access_token": ["x"], "expires_on": "4000000000"}'),
]


@pytest.mark.parametrize("body", ODD)
def test_an_answer_of_another_shape_is_no_token(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    with serving(answer(body, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")) as host:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://{host}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header-not-real")
        with pytest.raises(IdentityUnavailable):
            AppIdentity(True, None).get_token(SCOPE)


def test_after_trouble_the_same_object_serves_again(box: SandboxTenant) -> None:
    identity = managed(box)
    box.tenant.faults.append(Fault("close", host="identity"))
    with pytest.raises(IdentityUnavailable):
        identity.get_token(SCOPE)
    box.tenant.faults.clear()
    assert identity.get_token(SCOPE).token


def test_a_token_service_that_hangs_is_given_up_in_time(box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("hang", host="identity", seconds=30))
    began = time.monotonic()
    with time_limit(1), pytest.raises(IdentityUnavailable):
        managed(box).get_token(SCOPE)
    assert time.monotonic() - began < 15


def test_several_threads_at_once_share_one_credential(box: SandboxTenant) -> None:
    identity = managed(box)
    together = threading.Barrier(6)

    def ask(_index: int) -> str:
        together.wait()
        return identity.get_token(SCOPE).token

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) >= 1


TOKEN = b'{"access_token": "not-real", "expires_on": "4000000000", "resource": "r", "token_type": "Bearer"}'


def test_a_credential_that_is_dropped_leaves_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a thread that is asking at that moment lose its answer."""
    arrived, dropped, closed = (threading.Event() for _ in range(3))

    def script(line: Line) -> None:
        line.connection.settimeout(5)
        line.request()
        arrived.set()
        dropped.wait(10)
        line.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(TOKEN) + TOKEN)
        if not line.request():
            closed.set()

    with serving(script) as host, ThreadPoolExecutor(1) as pool:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://{host}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header-not-real")
        identity = AppIdentity(True, None)
        gc.disable()
        try:
            asking = pool.submit(identity.get_token, SCOPE)
            assert arrived.wait(10)
            identity.drop()
            dropped.set()
            assert asking.result(10).token == "not-real"
            assert closed.wait(5)
        finally:
            gc.enable()


def test_threads_that_ask_while_others_drop_all_get_a_token(box: SandboxTenant) -> None:
    identity = managed(box)

    def ask(_index: int) -> str:
        token = identity.get_token(SCOPE).token
        identity.drop()
        return token

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(ask, range(60)))


def test_elsewhere_who_is_signed_in_nowhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own credentials are asked in turn; on a machine without any nothing may hang or be sent out."""
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    with pytest.raises(IdentityRefused):
        AppIdentity(False, None).get_token(SCOPE)


def test_the_transport_is_bounded_and_tells_what_came_back() -> None:
    seen: list[int] = []
    with (
        bounded_transport(lambda response, **_: seen.append(response.status_code)) as transport,
        serving(answer(b"hello")) as host,
    ):
        assert transport.send(HttpRequest("GET", f"http://{host}/")).body() == b"hello"
        assert isinstance(transport.session, BoundedSession)
        transport.session.close()
    assert seen == [200]


def test_the_transports_total_is_short() -> None:
    assert identity_module.READ_TIMEOUT_S <= identity_module.TOTAL_TIMEOUT_S <= 10
