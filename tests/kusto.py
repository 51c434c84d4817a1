"""Checks Kusto queries with Microsoft's own language service, and runs them over recorded lines.

    npm install --no-save --no-package-lock --ignore-scripts @kusto/language-service-next@12.4.1
    python -m pip install --require-hashes --target .kusto -r .github/requirements-kusto-lock.txt

put both into folders that git ignores; the first needs Node.js. `KUSTO_LANGUAGE_SERVICE` and `KUSTO_ENGINE` name other
folders that hold them. What is missing skips its tests by name.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

_PROGRAM = Path(__file__).with_suffix(".js")
_ROOT = _PROGRAM.parents[1]
_PACKAGE = Path(os.environ.get("KUSTO_LANGUAGE_SERVICE", _ROOT / "node_modules/@kusto/language-service-next"))
_ENGINE = Path(os.environ.get("KUSTO_ENGINE", _ROOT / ".kusto"))
_SECONDS = 120
_NODE = shutil.which("node")
IS_AT_HAND = _NODE is not None and _PACKAGE.joinpath("bridge.min.js").is_file()
needs_kusto = pytest.mark.skipif(not IS_AT_HAND, reason="needs node and @kusto/language-service-next: tests/kusto.py")
HAS_ENGINE = _ENGINE.joinpath("duckdb_kql").is_dir()
needs_engine = pytest.mark.skipif(not HAS_ENGINE, reason="needs duckdb-kql: tests/kusto.py")


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


def answers(queries: Sequence[str], lines: Sequence[Mapping[str, object]]) -> list[list[dict[str, Any]]]:
    """The rows that each query gives over a table AppTraces of these lines. Times are seconds since 1970."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        input=json.dumps({"queries": queries, "lines": lines}),
        env={**os.environ, "PYTHONPATH": str(_ENGINE)},
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return found


# In a process of its own: what the engine brings along must not take the place of what the tests have.
_RUN = """
import json, sys
import duckdb, duckdb_kql
given = json.load(sys.stdin)
database = duckdb.connect()
database.execute("create table AppTraces (TimeGenerated timestamp, SeverityLevel integer, Message varchar)")
for line in given["lines"]:
    row = [line["TimeGenerated"], line["SeverityLevel"], line["Message"]]
    database.execute("insert into AppTraces values (make_timestamp((? * 1000000)::bigint), ?, ?)", row)
found = []
for query in given["queries"]:
    result = duckdb_kql.execute(database, query)
    names = [column[0] for column in result.description]
    found.append([dict(zip(names, row)) for row in result.fetchall()])
print(json.dumps(found, default=str))
"""
