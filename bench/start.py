"""What indexing the app costs a worker that starts: the processor time of the imports."""

import os
import subprocess
import sys
import tempfile

from bench.figures import Figure, Say, Scale, Section, at_most, median_figure
from bench.tenant import CHECKOUT

RUNS = 10
_IMPORTS = ("azure.functions", "function_app")


def measure(_: Scale, say: Say) -> Section:
    say(f"importing what a worker indexes, {RUNS} times")
    runs = [[_import_ms(module) for module in _IMPORTS] for _ in range(RUNS)]
    library, app = zip(*runs, strict=True)
    return Section(
        "Cold start",
        "Processor time of a fresh interpreter that imports one module, without any bytecode on disk, as where an "
        "instance has just been given the package. The worker imports azure.functions whatever the app is.",
        [
            Figure(f"processor time of import {_IMPORTS[0]}", median_figure("", library).value, "ms"),
            Figure(f"processor time of import {_IMPORTS[1]}", median_figure("", app).value, "ms"),
            median_figure("import function_app, over that", [mine - base for base, mine in runs], "ms", at_most(60)),
        ],
    )


def _import_ms(module: str) -> float:
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, "-B", "-c", f"import time, {module}; print(time.process_time())"],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPYCACHEPREFIX": empty},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout) * 1000
