"""Starting and ending the host: apps that do not load, settings, environment, end of input."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sandbox.host import HostError, HostProcess, indexed_functions
from tests.sandbox_host.conftest import AppWriter, send
from tests.waiting import wait_for

ONE = """
import json, os, time
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="environment")
def environment(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(dict(os.environ)))


@app.route(route="folder")
def folder(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.getcwd())


@app.route(route="slow")
def slow(req: func.HttpRequest) -> func.HttpResponse:
    print("slow has begun", flush=True)
    time.sleep(60)
    return func.HttpResponse("late")
"""


def command(app_dir: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "sandbox.host", str(app_dir), *options]


def run_host(app_dir: Path, *options: str) -> subprocess.CompletedProcess[str]:
    checkout = Path(__file__).parents[2]
    return subprocess.run(
        command(app_dir, *options), cwd=checkout, capture_output=True, text=True, input="", timeout=30
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "import azure.functions as func\na = func.FunctionApp()\nb = func.FunctionApp()\n",
            "More than one FunctionApp",
        ),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("import azure.functions as func\napp = func.FunctionApp()\n", "holds no functions"),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.route(route='a')\ndef a(other: func.HttpRequest) -> func.HttpResponse: ...\n",
            "cannot load the a function",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.route(route='{*rest}')\ndef a(req: func.HttpRequest) -> func.HttpResponse: ...\n",
            "route segment '{*rest}'",
        ),
    ],
    ids=["two apps", "missing module", "no functions", "wrong parameter", "route"],
)
def test_an_app_that_does_not_load_is_one_clear_error(write_app: AppWriter, source: str, reason: str) -> None:
    done = run_host(write_app(source))
    assert (done.returncode, done.stdout) == (1, "")
    *logged, error = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert reason in error
    assert "sys.path" not in error
    of_the_host = ("A log line of root is lost", "worker process ")
    assert not [line for line in logged if "WARNING" not in line and not line.startswith(of_the_host)]


def test_the_error_names_the_line_of_the_app(write_app: AppWriter) -> None:
    assert "(at function_app.py line 3)" in run_host(write_app("\n\nraise RuntimeError('no')\n")).stderr


def test_a_folder_that_is_no_app_is_said_so(write_app: AppWriter, tmp_path: Path) -> None:
    assert "is not a folder" in run_host(tmp_path / "none").stderr
    app_dir = write_app(ONE)
    app_dir.joinpath("host.json").write_text("[1", encoding="utf-8")
    assert "is not a valid host.json" in run_host(app_dir).stderr
    app_dir.joinpath("host.json").unlink()
    assert "this folder is not a Functions app" in run_host(app_dir).stderr


@pytest.mark.usefixtures("both_ways")
def test_a_host_that_does_not_start_raises_with_its_whole_log(write_app: AppWriter) -> None:
    app_dir = write_app("print('so far so good')\nimport no_such_module\n")
    with pytest.raises(HostError, match=r"(?s)exit code 1.*so far so good.*no_such_module"), HostProcess(app_dir, {}):
        pass


@pytest.mark.usefixtures("both_ways")
def test_the_route_prefix_is_read_from_host_json(write_app: AppWriter) -> None:
    app_dir = write_app(ONE, {"version": "2.0", "extensions": {"http": {"routePrefix": "v1/hooks"}}})
    with HostProcess(app_dir, {}) as host:
        assert send(host, "GET", "/v1/hooks/folder").status == 200
        assert send(host, "GET", "/api/folder").status == 404


@pytest.mark.usefixtures("both_ways")
def test_the_app_gets_the_given_environment_and_no_proxy_of_the_caller(
    write_app: AppWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONTAINER_NAME", "WEBSITE_INSTANCE_ID", "https_proxy", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "of the caller")
    app_dir = write_app(ONE)
    with HostProcess(app_dir, {"HTTPS_PROXY": "http://127.0.0.1:9", "MY_SETTING": "x"}) as host:
        seen = json.loads(send(host, "GET", "/api/environment").body)
        assert Path(send(host, "GET", "/api/folder").body.decode()).samefile(app_dir)
    assert "of the caller" not in seen.values()
    assert (seen["HTTPS_PROXY"], seen["MY_SETTING"]) == ("http://127.0.0.1:9", "x")


@pytest.mark.usefixtures("both_ways")
def test_the_log_can_be_read_after_the_end_and_the_process_is_gone(write_app: AppWriter) -> None:
    with HostProcess(write_app(ONE), {}) as host:
        address = host.url.removeprefix("http://")
    assert f"ready {host.url}" in host.log()
    connection = http.client.HTTPConnection(address, timeout=5)
    with pytest.raises(ConnectionRefusedError):
        connection.connect()
    connection.close()


def test_settings_are_read_only_from_the_file_that_is_named(write_app: AppWriter, tmp_path: Path) -> None:
    app_dir = write_app("import os\nprint('SEEN', os.environ.get('FROM_FILE'), os.environ['PATH'])\n" + ONE)
    settings = tmp_path / "local.settings.json"
    settings.write_text(
        json.dumps({"IsEncrypted": False, "Values": {"FROM_FILE": "yes", "PATH": "of the file"}}), encoding="utf-8"
    )
    assert "SEEN None" in run_host(app_dir, "--list").stderr
    assert f"SEEN yes {os.environ['PATH']}" in run_host(app_dir, "--list", "--settings", str(settings)).stderr
    settings.write_text("{}", encoding="utf-8")
    assert "is not a local.settings.json" in run_host(app_dir, "--settings", str(settings)).stderr


@pytest.mark.usefixtures("both_ways")
def test_indexed_functions_are_what_the_worker_library_reports(write_app: AppWriter) -> None:
    functions = indexed_functions(write_app(ONE), {})
    assert [function.name for function in functions] == ["environment", "folder", "slow"]
    assert functions[0].bindings[0]["type"] == "httpTrigger"
    assert functions[0].bindings[0]["route"] == "environment"


def start(app_dir: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The command itself; gives the process and its whole first line of output."""
    process = subprocess.Popen(
        command(app_dir),
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    return process, process.stdout.readline().decode()


def test_the_command_prints_one_line_and_ends_when_its_input_does(write_app: AppWriter) -> None:
    process, line = start(write_app("print('at import')\n" + ONE))
    rest, _ = process.communicate(timeout=10)
    assert line.startswith("ready http://127.0.0.1:")
    assert (rest, process.returncode) == (b"", 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can answer")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_cleanly_on_a_signal(write_app: AppWriter, number: signal.Signals) -> None:
    process, _ = start(write_app(ONE))
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    process.communicate()


@pytest.mark.usefixtures("both_ways")
def test_a_function_that_still_runs_does_not_hold_the_host(write_app: AppWriter) -> None:
    with HostProcess(write_app(ONE), {}) as host:
        connection = http.client.HTTPConnection(host.url.removeprefix("http://"), timeout=30)
        connection.request("GET", "/api/slow")
        answers: list[int] = []

        def wait_for_answer() -> None:
            try:
                answers.append(connection.getresponse().status)
            except (http.client.HTTPException, OSError):
                answers.append(0)

        caller = threading.Thread(target=wait_for_answer)
        caller.start()
        wait_for(host.log, lambda log: "slow has begun" in log)
        began = time.monotonic()
    caller.join(10)
    connection.close()
    assert time.monotonic() - began < 30
    assert answers == [0]
