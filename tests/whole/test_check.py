"""GET /api/check in the whole host, and `dev.py check`: the master key alone opens it."""

import os
import subprocess
import sys

import pytest

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.whole.calls import Answer, call
from tests.whole.conftest import CHECKOUT, HostMaker


def check(host: HostProcess, key: str) -> Answer:
    return call(host, method="GET", path="/api/check", headers=[], key=key)


def typed(url: str, key: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MASTER_KEY": key}
    command = [sys.executable, "-m", "sandbox.check", "--url", url]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)


def test_neither_the_function_key_nor_a_handshake_opens_it(host: HostProcess) -> None:
    assert check(host, host.key).status == 401
    assert call(host, method="GET", path="/api/check", key="").status == 401


def test_it_answers_with_the_master_key_alone_and_finds_durable_functions(new_host: HostMaker) -> None:
    with SandboxStorage() as storage:
        host = new_host(AzureWebJobsStorage=storage.connection_string)
        answer = check(host, host.master_key)
        lines = {line["name"]: line["result"] for line in answer.body["checks"]}
        assert answer.status == 200
        # Whether SMS and voice end soon is a question of the day.
        assert {name for name, result in lines.items() if result != "ok"} <= {"retirement"}
        assert lines["jobs"] == "ok"
        shown = typed(host.url, host.master_key)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "signIn" in shown.stdout


def test_it_answers_while_the_settings_are_wrong(new_host: HostMaker) -> None:
    host = new_host(MAX_USERS="many", ON_EMPTY="?")
    answer = check(host, host.master_key)
    assert (answer.status, answer.body["status"]) == (200, "failure")
    shown = typed(host.url, host.master_key)
    assert shown.returncode == 1
    assert "MAX_USERS" in shown.stdout
    assert "fix: azd env set" in shown.stdout


def test_it_answers_while_the_vault_refuses_the_app(new_host: HostMaker, box: SandboxTenant) -> None:
    box.tenant.change_app(box.environment()["AZURE_CLIENT_ID"], readsVault=False)
    host = new_host()
    assert check(host, host.master_key).body["status"] == "failure"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("key", "answered 401. The master key is wrong."),
        ("port", "does not answer: Connection refused." if sys.platform == "linux" else "does not answer: "),
        ("plain", "over http, others on the network could read the key"),
    ],
)
def test_the_command_ends_with_2_where_there_is_no_answer(host: HostProcess, wrong: str, says: str) -> None:
    urls = {
        "port": "http://127.0.0.1:9",
        "plain": "http://contoso.example.com",
    }
    shown = typed(urls.get(wrong, host.url), "wrong-key")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.startswith("dev.py check: ")
    assert says in shown.stderr
    assert "wrong-key" not in shown.stderr
