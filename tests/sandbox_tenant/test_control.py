from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.tenant import SandboxTenant

from .conftest import ANNA, CARLA, GraphClient

ROOT = Path(__file__).parents[2]
Control = Callable[..., Any]


@pytest.fixture
def control(box: SandboxTenant) -> Iterator[Control]:
    with requests.Session() as session:
        session.trust_env = False

        def call(method: str, path: str, body: Any = None, status: int = 200) -> Any:
            answer = session.request(method, f"{box.control_url}/_sandbox/{path}", json=body, timeout=5)
            assert answer.status_code == status, answer.text
            return answer.json()

        yield call


def test_it_tells_how_to_reach_the_sandbox(box: SandboxTenant, control: Control) -> None:
    assert control("GET", "") == box.description()


def test_it_shows_users_settings_requests_and_writes(box: SandboxTenant, control: Control, graph: GraphClient) -> None:
    graph.change_phone(ANNA, "+46 701740606")
    state = control("GET", "state")
    assert state["users"] == box.tenant.snapshot()
    assert state["settings"]["throttle"] is None
    assert [call["host"] for call in control("GET", "requests")] == ["login", "graph"]
    assert len(control("GET", "requests?host=graph&method=PATCH")) == 1
    expected = {"method": "PATCH", "user": ANNA, "target": "mobile", "phone_number": "+46 701740606", "status": 204}
    assert control("GET", "writes") == [expected]
    control("DELETE", "requests")
    assert control("GET", "writes") == []


def test_a_request_tells_when_it_was_settled(control: Control, graph: GraphClient) -> None:
    before = time.time()
    graph.get(f"/users/{ANNA}")
    assert before <= control("GET", "requests?host=graph")[0]["settled_at"] <= time.time()


def test_it_resets_and_loads(box: SandboxTenant, control: Control) -> None:
    before = box.tenant.snapshot()
    control("DELETE", f"users/{ANNA}")
    control("POST", "reset")
    assert box.tenant.snapshot() == before
    control("POST", "load", {"tenantId": box.tenant.tenant_id, "users": []})
    assert control("GET", "state")["users"] == {}
    control("POST", "load", {"name": "contoso"})
    assert box.tenant.snapshot() == before


def test_it_sets_and_clears_faults(control: Control, graph: GraphClient) -> None:
    control("POST", "faults", {"what": "status", "status": 504, "user": ANNA})
    control("POST", "faults", [{"what": "delay", "seconds": 0.01}, {"what": "lost", "percent": 3, "host": "vault"}])
    assert [fault["what"] for fault in control("GET", "faults")] == ["status", "delay", "lost"]
    assert graph.get(f"/users/{ANNA}").status_code == 504
    control("DELETE", "faults")
    assert graph.get(f"/users/{ANNA}").status_code == 200


def test_it_sets_throttle_latency_and_switches(box: SandboxTenant, control: Control, graph: GraphClient) -> None:
    control("POST", "throttle", {"limit": 0, "window_seconds": 2, "retry_after": 1})
    assert graph.get(f"/users/{ANNA}").status_code == 429
    assert control("GET", "state")["settings"]["throttle"]["limit"] == 0
    control("DELETE", "throttle")
    assert graph.get(f"/users/{ANNA}").status_code == 200
    control("POST", "latency", {"latency_ms": 1, "service_ms": 2})
    control("POST", "latency", {"service_ms": 3})
    assert (box.tenant.latency_ms, box.tenant.service_ms) == (1, 3)
    control("POST", "switches", {"write_lag_reads": 2})
    assert box.tenant.switches.write_lag_reads == 2


def test_it_changes_secrets_and_revokes_tokens(box: SandboxTenant, control: Control, graph: GraphClient) -> None:
    control("POST", "secrets", {"name": "webhook-handshake", "value": "sandbox-2", "exp": 1})
    assert box.tenant.secrets.get("webhook-handshake", "").exp == 1
    control("DELETE", "secrets/webhook-handshake")
    control("DELETE", "secrets/webhook-handshake", status=404)
    control("POST", "revoke")
    assert graph.get(f"/users/{ANNA}").status_code == 401


def test_it_adds_changes_and_shows_users(box: SandboxTenant, control: Control) -> None:
    control("POST", "users", {"userPrincipalName": "new@contoso.com", "phones": {"mobile": "+1 2065550101"}})
    control("PATCH", "users/new@contoso.com", {"extensionAttribute15": "+1 2065550102"})
    shown = control("GET", "users/NEW%40contoso.com")
    assert shown["onPremisesExtensionAttributes"] == {"extensionAttribute15": "+1 2065550102"}
    assert shown["failedSignIns"] == 0
    control("DELETE", "users/new@contoso.com")
    control("GET", "users/new@contoso.com", status=404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "users", {"userPrincipalName": "x@contoso.com", "shoeSize": 42}, 400),
        ("POST", "faults", {"what": "explode"}, 400),
        ("POST", "throttle", {"rate": 1}, 400),
        ("POST", "switches", {"speed": 9}, 400),
        ("POST", "load", [], 400),
        ("PATCH", f"users/{CARLA}", [], 400),
        ("GET", "moon", None, 404),
    ],
)
def test_a_call_that_makes_no_sense_is_told_so(
    control: Control, method: str, path: str, body: Any, status: int
) -> None:
    assert "error" in control(method, path, body, status)


def test_outside_its_prefix_there_is_nothing(box: SandboxTenant) -> None:
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{box.control_url}/", timeout=5).status_code == 404


def test_as_a_process_it_prints_where_it_is_and_ends_with_its_input(tmp_path: Path) -> None:
    seed = tmp_path / "tiny.json"
    seed.write_text(json.dumps({"tenantId": "t", "apps": [{"clientId": "c"}]}), encoding="utf-8")
    options = ["--seed", str(seed), "--latency-ms", "2", "--service-ms", "3", "--throttle", "4", "--retry-after", "5"]
    command = [sys.executable, "-m", "sandbox.tenant", *options]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["environment"]["CLIENT_ID"] == "c"
        with requests.Session() as session:
            session.trust_env = False
            state = session.get(f"{told['control_url']}/_sandbox/state", timeout=5).json()
        assert state["settings"]["latency_ms"] == 2
        assert state["settings"]["throttle"]["retry_after"] == 5
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.json"]


def test_it_changes_apps_and_policies(box: SandboxTenant, control: Control) -> None:
    client_id = box.environment()["CLIENT_ID"]
    control("PATCH", f"apps/{client_id}", {"delegatedScopes": ["User.Read.All"], "readsVault": False})
    control("PATCH", "policies/sms", {"state": "disabled"})
    app = box.tenant.apps[client_id]
    assert (app.delegated_scopes, app.reads_vault) == ({"User.Read.All"}, False)
    assert box.tenant.policies["sms"]["state"] == "disabled"
    control("PATCH", f"apps/{client_id}", {"clientId": "x"}, status=400)
    control("PATCH", "policies/sms", {"stat": "x"}, status=400)
    control("PATCH", "policies/fax", {"state": "x"}, status=404)


def test_answers_carry_a_date_that_a_switch_sets_off(box: SandboxTenant, control: Control) -> None:
    control("POST", "switches", {"clock_off_s": 3600})
    with requests.Session() as session:
        session.trust_env = False
        proxies, url = {"https": box.proxy_url}, "https://graph.microsoft.com/v1.0/users"
        date = session.get(url, proxies=proxies, verify=box.ca_bundle, timeout=5).headers["Date"]
    assert 3590 < parsedate_to_datetime(date).timestamp() - time.time() < 3610
