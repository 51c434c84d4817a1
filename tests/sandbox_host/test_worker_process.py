"""The worker process behind the host: functions that run too long, and a process that is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.host import HostProcess
from tests.sandbox_host.conftest import AppWriter, Reply, send
from tests.waiting import wait_for

SOURCE = """
import os
import time
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
calls = 0


@app.route(route="count")
def count(req: func.HttpRequest) -> func.HttpResponse:
    global calls
    calls += 1
    return func.HttpResponse(str(calls))


@app.route(route="sleep/{seconds}")
def sleep(req: func.HttpRequest) -> func.HttpResponse:
    print("asleep for", req.route_params["seconds"], flush=True)
    time.sleep(float(req.route_params["seconds"]))
    return func.HttpResponse("slept")


@app.route(route="exit")
def leave(req: func.HttpRequest) -> func.HttpResponse:
    os._exit(3)
"""


def empty(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.usefixtures("both_ways")
def test_requests_of_a_worker_that_is_killed_are_500_and_the_next_one_is_answered_by_another(
    write_app: AppWriter,
) -> None:
    with HostProcess(write_app(SOURCE), {}) as host, ThreadPoolExecutor(1) as pool:
        assert [send(host, "GET", "/api/count").body for _ in range(2)] == [b"1", b"2"]
        flying = pool.submit(send, host, "GET", "/api/sleep/60")
        wait_for(lambda: "asleep for 60" in host.log())
        first = host.pid
        os.kill(first, signal.SIGKILL)
        assert empty(flying.result(10)) == (500, b"")
        assert send(host, "GET", "/api/count").body == b"1"
        assert host.pid != first
        assert "the worker process ended" in host.log()


@pytest.mark.usefixtures("both_ways")
def test_an_app_that_ends_its_process_takes_down_no_more_than_that(write_app: AppWriter) -> None:
    with HostProcess(write_app(SOURCE), {}) as host:
        assert empty(send(host, "GET", "/api/exit")) == (500, b"")
        assert empty(send(host, "GET", "/api/count")) == (200, b"1")


@pytest.mark.usefixtures("both_ways")
def test_a_function_beyond_its_time_is_500_and_the_worker_goes_when_the_others_have_ended(write_app: AppWriter) -> None:
    with HostProcess(write_app(SOURCE, {"version": "2.0", "functionTimeout": "00:00:03"}), {}) as host:
        first = host.pid
        assert send(host, "GET", "/api/count").body == b"1"
        with ThreadPoolExecutor(2) as pool:
            began = time.monotonic()
            late = pool.submit(send, host, "GET", "/api/sleep/60")
            wait_for(lambda: "asleep for 60" in host.log())
            time.sleep(1.5)
            other = pool.submit(send, host, "GET", "/api/sleep/2.5")
            assert empty(late.result(10)) == (500, b"")
            assert 3 <= time.monotonic() - began < 6
            assert empty(other.result(10)) == (200, b"slept")
        assert send(host, "GET", "/api/count").body == b"1"
        assert host.pid != first
        assert "Timeout value of 3 s was exceeded by function: sleep" in host.log()


def test_without_a_limit_nothing_is_ended(write_app: AppWriter) -> None:
    with HostProcess(write_app(SOURCE, {"version": "2.0", "functionTimeout": "-1"}), {}) as host:
        assert send(host, "GET", "/api/sleep/1").body == b"slept"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal 0")
@pytest.mark.parametrize("path", ["count", "sleep/60"])
def test_the_worker_ends_with_a_host_that_is_killed(write_app: AppWriter, tmp_path: Path, path: str) -> None:
    log = tmp_path / "log.txt"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "sandbox.host", str(write_app(SOURCE))]
        host = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=file, stderr=file)
    wait_for(lambda: "ready http" in log.read_text())
    pid = int(log.read_text().partition("worker process ")[2].split()[0])
    port = int(log.read_text().rpartition("ready http://127.0.0.1:")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET /api/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: path == "count" or "asleep for 60" in log.read_text())
        host.kill()
        host.wait()
    wait_for(lambda: not is_alive(pid))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
