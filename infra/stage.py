"""Lays out the folder that azd deploys, `dist/app`; azure.yaml runs this before it packs.

The folder holds what the app needs, with the lock file as its requirements.txt: Azure installs the versions that were
tested, and only files whose hash is known. This needs nothing but Python, an old one too.
"""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APP = ("function_app.py", "host.json", "shared", "LICENSE")
LOCK = "requirements-lock.txt"


def stage(folder: Path) -> None:
    """Make the folder anew, so that nothing of an earlier version stays in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in APP:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    shutil.copy2(ROOT / LOCK, folder / "requirements.txt")


if __name__ == "__main__":
    stage(ROOT / "dist" / "app")
