"""The environment of Microsoft's SDK: `.venv-bench`, made when it is first needed, never the project's own."""

import os
import subprocess
import sys
from pathlib import Path

from bench.figures import Say
from bench.tenant import CHECKOUT

_FOLDER = CHECKOUT / ".venv-bench"
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_LIMIT_S = 600


class NoSdkError(Exception):
    """The SDK is not to be had; the text says why."""


def sdk_python(say: Say) -> Path:
    """The Python that has the SDK. Raises NoSdkError."""
    python = _FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = _FOLDER / "bench-stamp.txt"
    wanted = f"{sys.version}\n{_REQUIREMENTS.read_text(encoding='utf-8')}"
    if python.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    say(f"Preparing {_FOLDER.name}: Microsoft's SDK, 470 MB (the first time takes a minute or two)")
    pip = ("-m", "pip", "install", "--no-cache-dir", "--no-input", "--disable-pip-version-check", "--quiet")
    for command in (
        (sys.executable, "-m", "venv", "--clear", str(_FOLDER)),
        (str(python), *pip, "-r", str(_REQUIREMENTS)),
    ):
        try:
            done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoSdkError(f"msgraph-sdk could not be installed: {error}") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise NoSdkError(f"msgraph-sdk could not be installed: {last}")
    stamp.write_text(wanted, encoding="utf-8")
    return python
