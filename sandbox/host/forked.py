"""Processes that a nursery forks (nursery.py), with what is used of `subprocess.Popen` and of asyncio's `Process`."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

ADDRESS = "SANDBOX_HOST_NURSERY"  # the variable that tells a forked host where to have its worker process forked


class Forked:
    """`python -m COMMAND…`, forked by the nursery at this address. It leads a new process group unless it joins one."""

    def __init__(
        self,
        address: str,
        command: list[str],
        environment: Mapping[str, str],
        folder: Path,
        stdout: int,
        stderr: int,
        group: int = 0,
    ) -> None:
        module, *arguments = command
        order = {"module": module, "arguments": arguments, "environment": {**environment}, "folder": str(folder)}
        stdin, write_end = os.pipe()
        self.stdin = os.fdopen(write_end, "wb")
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        self._nursery = socket.socket(socket.AF_UNIX)
        self._nursery.connect(address)
        socket.send_fds(self._nursery, [b"-"], [stdin, stdout, stderr])
        os.close(stdin)
        self._nursery.sendall(json.dumps({**order, "group": group}).encode() + b"\n")
        self.pid = self._read()

    def poll(self) -> int | None:
        """Also while another thread waits, which then learns of the end first."""
        if self._waiting.acquire(blocking=False):
            try:
                self._look(0)
            finally:
                self._waiting.release()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._waiting:
            self._look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return self.returncode

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, timeout: float | None) -> None:
        if self.returncode is None and select.select([self._nursery], [], [], timeout)[0]:
            self.returncode = self._read()
            self._nursery.close()

    def _read(self) -> int:
        """Raises ConnectionError when the nursery has ended."""
        if len(number := self._nursery.recv(4)) < 4:
            self._nursery.close()
            raise ConnectionError("the nursery has ended; its standard error may say why")
        return int.from_bytes(number, "big", signed=True)


class ForkedWorker:
    """A process forked for the host in which this runs; it joins the host's process group and writes into its log."""

    def __init__(self, process: Forked, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
        self._process = process
        self.pid = process.pid
        self.stdin, self.stdout = stdin, stdout

    @classmethod
    async def begin(cls, address: str, command: list[str], folder: Path, limit: int) -> Self:
        environment = {name: value for name, value in os.environ.items() if name != ADDRESS}
        read_end, stdout = os.pipe()
        process = Forked(address, command, environment, folder, stdout, 2, os.getpgrp())
        os.close(stdout)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0))
        transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, process.stdin)
        return cls(process, asyncio.StreamWriter(transport, protocol, None, loop), reader)

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> None:
        await asyncio.to_thread(self._process.wait)
