from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant

from .conftest import GRAPH, LOGIN, GraphClient


def test_a_host_outside_the_tenant_is_refused_and_recorded(box: SandboxTenant, web: requests.Session) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        web.get("https://example.com/", timeout=5)
    assert [(call.path, call.status) for call in box.tenant.calls("refused")] == [("example.com:443", 403)]


def test_another_port_of_a_known_host_is_refused(web: requests.Session) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        web.get(f"{GRAPH}:8443/v1.0/users", timeout=5)


def test_another_vault_is_refused(web: requests.Session) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        web.get("https://fabrikam.vault.azure.net/secrets/x", timeout=5)


def test_plain_http_through_the_proxy_is_refused(box: SandboxTenant) -> None:
    proxies = {"http": box.proxy_url}
    answer = requests.get("http://graph.microsoft.com/v1.0/users", proxies=proxies, timeout=5)
    assert answer.status_code == 403


def test_a_host_header_that_is_not_the_tunnels_host_is_misdirected(web: requests.Session) -> None:
    answer = web.get(f"{GRAPH}/v1.0/users", headers={"Host": "login.microsoftonline.com"}, timeout=5)
    assert answer.status_code == 421


def test_without_its_authority_the_sandbox_is_not_trusted(box: SandboxTenant) -> None:
    with requests.Session() as stranger:
        stranger.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            stranger.get(f"{GRAPH}/v1.0/users", proxies={"https": box.proxy_url}, timeout=5)


def test_the_government_cloud_is_there_too(box: SandboxTenant, web: requests.Session) -> None:
    login = "https://login.microsoftonline.us"
    found = web.get(f"{login}/{box.tenant.tenant_id}/v2.0/.well-known/openid-configuration", timeout=5).json()
    assert found["token_endpoint"].startswith(login)
    assert web.get("https://graph.microsoft.us/v1.0/users", timeout=5).status_code == 401
    vault = web.get("https://contoso-mfa.vault.usgovcloudapi.net/secrets/x/?api-version=7.6", timeout=5)
    assert 'resource="https://vault.usgovcloudapi.net"' in vault.headers["WWW-Authenticate"]


def test_the_vault_name_can_be_chosen() -> None:
    with SandboxTenant(vault_name="kv-fabrikam") as box, requests.Session() as session:
        assert box.vault_url == "https://kv-fabrikam.vault.azure.net"
        url = f"{box.vault_url}/secrets/x/?api-version=7.6"
        answer = session.get(url, proxies={"https": box.proxy_url}, verify=box.ca_bundle, timeout=5)
        assert answer.status_code == 401


def test_one_connection_carries_many_requests(box: SandboxTenant, graph: GraphClient) -> None:
    others = set(threading.enumerate())  # of sandboxes whose clients have not hung up yet
    for _ in range(5):
        assert graph.get("/users?$top=1").status_code == 200
    clients = [thread for thread in set(threading.enumerate()) - others if thread.name == "sandbox-proxy-client"]
    assert len(clients) <= 2  # one for the sign-in host, if that is not done yet, and one for Graph


def test_a_request_that_is_not_http_is_answered_400(box: SandboxTenant) -> None:
    host, port = box.proxy_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")


def test_the_end_leaves_no_thread_no_port_and_no_folder(web: requests.Session) -> None:
    before = set(threading.enumerate())
    with SandboxTenant() as box, requests.Session() as session:
        session.get(f"{LOGIN}/x", proxies={"https": box.proxy_url}, verify=box.ca_bundle, timeout=5)
        folder, port = Path(box.ca_bundle).parent, int(box.proxy_url.rpartition(":")[2])
        assert folder.is_dir()
    assert set(threading.enumerate()) <= before
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_a_control_port_in_use_is_an_error_that_leaves_nothing_behind(box: SandboxTenant) -> None:
    before = set(threading.enumerate())
    taken = int(box.control_url.rpartition(":")[2])
    with pytest.raises(OSError):
        SandboxTenant(control_port=taken).__enter__()
    assert set(threading.enumerate()) <= before


def test_the_port_may_be_named_in_the_host_header(web: requests.Session) -> None:
    answer = web.get(f"{GRAPH}/v1.0/users", headers={"Host": "Graph.microsoft.com:443"}, timeout=5)
    assert answer.status_code == 401


@pytest.mark.parametrize("what", ["hang", "delay", "drip"])
def test_the_end_does_not_wait_for_a_fault(what: str) -> None:
    with SandboxTenant() as box, requests.Session() as session:
        session.trust_env = False
        box.tenant.faults.append(Fault(what, seconds=60))
        proxies = {"https": box.proxy_url}
        with pytest.raises(requests.exceptions.Timeout):
            session.get(f"{GRAPH}/v1.0/users", proxies=proxies, verify=box.ca_bundle, timeout=(10, 0.2))
        begun = time.monotonic()
    assert time.monotonic() - begun < 30
