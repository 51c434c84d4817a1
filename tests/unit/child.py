"""A fresh interpreter in the folder of the app, with the environment of the test."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def child(code: str, *arguments: str) -> Any:
    """What the last line that it prints says, in JSON; it must end well and print no error."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CONTAINER_NAME", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout.splitlines()[-1])
