"""What `import function_app` loads, in a fresh interpreter: an instance that starts must index quickly."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOW = [
    *("azure.identity", "azure.keyvault", "azure.core", "msal", "jsonschema", "phonenumbers", "requests", "urllib3"),
    *("defusedxml", "azure.storage"),
]

AFTER_IMPORT = f"""
import json, sys
import function_app
print(json.dumps([name for name in {SLOW} if name in sys.modules]))
"""

FIRST_REQUESTS = """
import asyncio, json, threading, types
import azure.functions as func
import function_app
from sandbox.host.durable.api import client_binding

context = types.SimpleNamespace(invocation_id="1", thread_local_storage=threading.local())
client = client_binding("http://127.0.0.1:9", "http://127.0.0.1:9", "TestHub", "no-key")
answers = []
start = threading.Barrier(6)

def call():
    start.wait()
    request = func.HttpRequest(
        method="POST", url="https://contoso.example.com/api/reconcile",
        headers={"Message": "sandbox-handshake-not-real"}, params={}, body=b'["anna.andersson@contoso.com"]',
    )
    answers.append(asyncio.run(function_app.reconcile(req=request, client=client, context=context)).get_body().decode())

threads = [threading.Thread(target=call) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps([json.loads(answer).get("status") for answer in answers]))
"""


def child(code: str) -> object:
    environment = {name: value for name, value in os.environ.items() if name not in ("CONTAINER_NAME", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_nothing_slow_is_imported_before_the_first_request() -> None:
    assert child(AFTER_IMPORT) == []


def test_the_first_request_works_from_several_threads_at_once(box: object) -> None:
    assert child(FIRST_REQUESTS) == ["succeeded"] * 6
