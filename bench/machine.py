"""What the figures were measured on."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.tenant import CHECKOUT


@dataclass(frozen=True)
class Machine:
    processor: str
    cores: int
    memory_gb: float | None
    system: str
    python: str
    date: str
    commit: str


def machine() -> Machine:
    return Machine(
        processor=_field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 0,
        memory_gb=_memory_gb(),
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=_commit(),
    )


def _memory_gb() -> float | None:
    total = _field("/proc/meminfo", "MemTotal")
    return round(int(total.split()[0]) / 1024**2, 1) if total else None


def _field(file: str, name: str) -> str | None:
    """The first value of that name in one of Linux's tables; None elsewhere."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)


def _commit() -> str:
    commit = _git("rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "unknown"
    # The bench's own output does not count: it is written before it is committed.
    changed = _git("status", "--porcelain", "--", ".", ":(exclude)bench/results.*", ":(exclude)bench/*.svg")
    return f"{commit} with changes" if changed else commit


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words],  # noqa: S607 - wherever git is
            cwd=CHECKOUT,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
