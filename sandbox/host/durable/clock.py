"""The clock of a host in virtual time, for whoever has to keep step with it: the tenant in which users arrive later."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sandbox.host.durable.store import FILE_NAME


def clock_of(folder: Path) -> Callable[[], float]:
    """`folder`: where the host keeps its orchestrations."""

    def now() -> float:
        if not (folder / FILE_NAME).exists():
            return time.time()
        with closing(sqlite3.connect(folder / FILE_NAME, timeout=30)) as db:
            row = db.execute("SELECT ahead FROM clock").fetchone()
        return time.time() + (row[0] if row else 0.0)

    return now
