"""What Azure's own worker library finds in the app, and what importing it costs."""

import subprocess
import sys

from sandbox.host import indexed_functions
from tests.whole.conftest import CHECKOUT

SLOW_LIBRARIES = ("azure.identity", "azure.keyvault", "msal", "jsonschema", "phonenumbers")


def test_the_worker_library_indexes_exactly_the_two_functions() -> None:
    found = {function.name: function.bindings for function in indexed_functions(CHECKOUT, {})}
    triggers = {
        name: [binding for binding in bindings if binding["type"] == "httpTrigger"] for name, bindings in found.items()
    }
    assert {name: len(bindings) for name, bindings in triggers.items()} == {"reconcile": 1, "health": 1}
    (reconcile,), (health,) = triggers["reconcile"], triggers["health"]
    assert (reconcile["route"], reconcile["methods"], reconcile["authLevel"]) == ("reconcile", ["POST"], "FUNCTION")
    assert (health["route"], health["methods"], health["authLevel"]) == ("health", ["GET"], "ANONYMOUS")
    assert [binding["type"] for bindings in found.values() for binding in bindings].count("http") == 2


def test_indexing_imports_no_slow_library() -> None:
    ask = f"import sys, function_app; print([name for name in {SLOW_LIBRARIES!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
