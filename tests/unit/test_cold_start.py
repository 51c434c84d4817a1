"""What indexing imports, what is imported ahead and what a first request still imports: fresh interpreters tell."""

from tests.unit.child import child

INDEXING = """
import json, sys
import azure.functions
before = set(sys.modules)
import function_app
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)))
"""

REQUEST = """
import asyncio, atexit, json, sys, threading, types
import azure.functions as func

def ends():
    print(json.dumps([function_app._importing.is_alive(), "azure.durable_functions" in sys.modules]))

if "ends" in sys.argv:
    atexit.register(ends)

import function_app
from sandbox.host.durable.api import client_binding

def dry_run():
    request = func.HttpRequest(
        method="POST", url="https://contoso.example.com/api/reconcile?dryRun=true",
        headers={"Message": "sandbox-handshake-not-real"}, params={}, body=b'["anna.andersson@contoso.com"]',
    )
    context = types.SimpleNamespace(invocation_id="1", thread_local_storage=threading.local())
    client = client_binding("http://127.0.0.1:9", "http://127.0.0.1:9", "TestHub", "no-key")
    return json.loads(asyncio.run(function_app.reconcile(req=request, client=client, context=context)).get_body())
"""

AHEAD = """
function_app.app.get_functions()
function_app._importing.join()
before, packages = set(sys.modules), {name.partition(".")[0] for name in sys.modules}
status = dry_run()["status"]
late = sorted(set(sys.modules) - before)
print(json.dumps([status, {name.partition(".")[0] for name in late} - packages, late], default=sorted))
"""

AT_ONCE = """
answers = []
start = threading.Barrier(7)

def call():
    start.wait()
    answers.append(dry_run()["status"])

threads = [threading.Thread(target=call) for _ in range(6)]
for thread in threads:
    thread.start()
start.wait()
if "indexed" in sys.argv:
    function_app.app.get_functions()
for thread in threads:
    thread.join()
print(json.dumps(answers))
"""


def test_indexing_imports_nothing_but_the_library_of_functions() -> None:
    assert child(INDEXING) == ["function_app"]


def test_a_first_request_finds_the_libraries_imported(box: object) -> None:
    status, packages, late = child(REQUEST + AHEAD)
    assert status == "succeeded"
    # A small one, of which azure-identity says itself when it is wanted.
    assert set(packages) <= {"msal_extensions"}
    assert [name for name in late if name.startswith(("shared", "azure.durable"))] == []


def test_the_first_requests_work_from_several_threads_at_once(box: object) -> None:
    assert child(REQUEST + AT_ONCE) == ["succeeded"] * 6


def test_and_while_the_libraries_are_being_imported_ahead(box: object) -> None:
    assert child(REQUEST + AT_ONCE, "indexed") == ["succeeded"] * 6


def test_a_process_that_ends_at_once_ends_the_imports_first() -> None:
    """A thread that is ended within native code aborts the process."""
    is_alive, has_everything = child(REQUEST + "function_app.app.get_functions()", "ends")
    assert not is_alive
    assert not has_everything
