"""Processor time and memory of another process, from Linux's /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

UNAVAILABLE = "needs Linux's /proc"


@dataclass(frozen=True)
class Usage:
    cpu_seconds: float
    memory_mb: float
    peak_mb: float


def usage(pid: int) -> Usage | None:
    """None where there is no /proc."""
    folder = Path("/proc", str(pid))
    try:
        # proc(5): the name in brackets may hold blanks; utime and stime are fields 14 and 15 of the line.
        after_name = folder.joinpath("stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        status = folder.joinpath("status").read_text(encoding="utf-8")
    except OSError:
        return None
    ticks = int(after_name[11]) + int(after_name[12])
    sizes = {line.partition(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith("Vm")}
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), int(sizes["VmRSS"]) / 1024, int(sizes["VmHWM"]) / 1024)


def forget_peak(pid: int) -> None:
    """Let the peak start again from the present size; proc(5), clear_refs."""
    try:
        Path("/proc", str(pid), "clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return
