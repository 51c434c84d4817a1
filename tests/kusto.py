"""Checks Kusto queries with Microsoft's own language service, which is an npm package and needs Node.js.

    npm install --no-save --no-package-lock @kusto/language-service-next@12.4.1

puts it into `node_modules`, which git ignores; `KUSTO_LANGUAGE_SERVICE` names another folder that holds it. Where it is
missing, `needs_kusto` skips a test by name.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).with_suffix(".js")
_PACKAGE = Path(
    os.environ.get("KUSTO_LANGUAGE_SERVICE", _PROGRAM.parents[1] / "node_modules/@kusto/language-service-next")
)
_SECONDS = 120
_NODE = shutil.which("node")
IS_AT_HAND = _NODE is not None and _PACKAGE.joinpath("bridge.min.js").is_file()
needs_kusto = pytest.mark.skipif(not IS_AT_HAND, reason="needs node and @kusto/language-service-next: tests/kusto.py")


def faults(query: str) -> list[str]:
    """What is wrong with a query over the tables of a workspace, `AppTraces` among them: unknown tables, columns,
    functions and operators, and bad syntax."""
    return faults_of([query])[0]


def faults_of(queries: Sequence[str]) -> list[list[str]]:
    """Of several queries at once: the language service takes a second to load."""
    done = subprocess.run(
        [_NODE or "node", _PROGRAM, _PACKAGE],
        input=json.dumps(queries),
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=True,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found
