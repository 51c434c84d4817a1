"""`python -P nursery.py LISTENER MODULE…`: imports these modules once, and forks processes that then have them.

Imports of libraries are most of what a host costs before its first answer, and tests start hosts by the hundred.
Linux only. LISTENER is the number of an inherited UNIX socket. The imports wait for the first order; the nursery ends
when its standard input does.

An order is a connection (forked.py): three descriptors for standard input, output and error, then `Order` as one line
of JSON. The answer is the process id in four bytes; when the process has ended, its exit code follows.

A forked process has its own environment. What an interpreter reads of that when it starts (PYTHONPATH and the like) and
what the modules read when they are imported is of the nursery's.

This file is run as a script, so that it imports nothing but these modules.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
import time
from collections.abc import Iterable
from typing import TypedDict


class Order(TypedDict):
    """`python -m module arguments…` with this environment and no other; `group` 0 means a process group of its own."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    group: int


def main() -> None:
    order = _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
    if order:
        # Out here a process that was forked ends as any other does: exit code, traceback, atexit, threads.
        sys.argv[1:] = order["arguments"]
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


def _serve(listener: socket.socket, modules: list[str]) -> Order | None:
    """Returns in each forked process, with its order, and in the nursery at its end."""
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        ready = set(select.select([0, listener.fileno(), *running], [], [])[0])
        if 0 in ready:
            return None
        for ended in ready & set(running):
            pid, connection = running.pop(ended)
            os.close(ended)
            _tell(connection, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            connection.close()
        if listener.fileno() not in ready:
            continue
        connection, _ = listener.accept()
        files, order = _read(connection)
        if order is None:
            connection.close()
            _close(files)
            continue
        _import(modules)
        # `random` and OpenSSL seed themselves anew in a process that is forked.
        if pid := os.fork():
            # Here as well as there: the group is there when the caller learns the id.
            with contextlib.suppress(OSError):
                os.setpgid(pid, order["group"])
            running[os.pidfd_open(pid)] = pid, connection
            _tell(connection, pid)
        else:
            for inherited in (listener, connection, *(other for _, other in running.values())):
                inherited.close()
            _close(running)
            _become(order, files)
            return order
        _close(files)


def _import(modules: list[str]) -> None:
    for name in modules:
        importlib.import_module(name)
    modules.clear()
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("a module has begun a thread, which would be missing in what is forked")
    gc.freeze()


def _read(connection: socket.socket) -> tuple[list[int], Order | None]:
    """No order from a caller that ended meanwhile."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as lines:
        line = lines.readline()
    return files, json.loads(line) if line.endswith(b"\n") else None


def _become(order: Order, files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
    _close(files)
    os.setpgid(0, order["group"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["folder"])
    sys.path.insert(0, order["folder"])


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(number.to_bytes(4, "big", signed=True))


def _close(files: Iterable[int]) -> None:
    for file in files:
        os.close(file)


if __name__ == "__main__":
    main()
