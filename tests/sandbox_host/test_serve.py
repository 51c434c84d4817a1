"""`python dev.py serve`: the calls that it prints, and the file of requests that it writes."""

import base64
import hmac
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.host import indexed_functions
from sandbox.playground import guide
from tests.sandbox_host.commands import CHECKOUT, requests_file, run_module, serve, start_module
from tests.sandbox_host.http_file import HttpFile, Request

pytestmark = pytest.mark.waits

# What `requests.http` says of a secret that is changed.
SECONDS = 5
SH, PWSH = shutil.which("sh"), shutil.which("pwsh")


@pytest.fixture
def http_file(tmp_path: Path) -> Iterator[HttpFile]:
    with serve(tmp_path):
        yield requests_file(tmp_path)


def pasted(printed: list[str]) -> str:
    """What a reader copies: the lines between the introduction and the last two."""
    start = printed.index("") + 1
    return "\n".join(printed[start:-3])


def json_values(text: str) -> list[Any]:
    """All JSON values that follow each other in a text."""
    decoder, found, place = json.JSONDecoder(), [], 0
    while text[place:].strip():
        place += len(text[place:]) - len(text[place:].lstrip())
        value, place = decoder.raw_decode(text, place)
        found.append(value)
    return found


def check_five_calls(plan: Any, result: Any, methods: Any) -> None:
    assert (plan["dryRun"], plan["counts"]["planned"]) == (True, 1)
    assert (result["dryRun"], result["counts"]["changed"]) == (False, 1)
    assert [method["phoneNumber"] for method in methods["value"]] == ["+46 *******06"]


@pytest.mark.parametrize("shell", ["sh", "powershell"])
def test_it_prints_one_screen_with_each_secret_once(shell: str) -> None:
    variables = {
        "url": "http://127.0.0.1:65535/api",
        "key": "local-key",
        "handshake": "sandbox-handshake-not-real",
        "explicit": "sandbox-explicit-handshake-not-real",
        "tenant": "http://127.0.0.1:65535/_sandbox",
    }
    text = guide(variables, shell)
    printed = text.splitlines()
    assert len(printed) <= 24
    assert max(map(len, printed)) <= 80
    assert [text.count(variables[name]) for name in ("url", "key", "handshake", "tenant")] == [1, 1, 1, 1]
    assert len(re.findall(r"^# \d\. ", text, re.MULTILINE)) == 5
    assert str(Path(".sandbox", "requests.http")) in text


@pytest.mark.skipif(not (SH and shutil.which("curl")), reason="needs a POSIX shell and curl")
def test_the_printed_calls_work_until_ctrl_c(tmp_path: Path) -> None:
    with serve(tmp_path, "--shell", "sh") as (process, printed):
        assert SH
        # Firms set a proxy for everything.
        environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
        done = subprocess.run(
            [SH, "-eu"], env=environment, input=pasted(printed), capture_output=True, encoding="utf-8", timeout=60
        )
        assert done.returncode == 0, done.stderr
        plan, result, methods, *controls = json_values(done.stdout)
        check_five_calls(plan, result, methods)
        assert controls == [{"done": True}, {"done": True}]
        process.send_signal(signal.SIGINT)
        log, complaint = process.communicate(timeout=30)
    assert (process.returncode, complaint) == (0, "")
    told = r": 200 POST /api/reconcile by webhook-handshake, \d+ ms, dry run, 1 planned\. \[correlationId "
    assert re.search(told, log)
    assert log.endswith("\nStopped.\n")


@pytest.mark.skipif(not PWSH, reason="needs PowerShell (pwsh)")
def test_the_printed_calls_work_in_powershell(tmp_path: Path) -> None:
    script = tmp_path / "calls.ps1"
    with serve(tmp_path, "--shell", "powershell") as (_, printed):
        assert PWSH
        script.write_text(pasted(printed), encoding="utf-8")
        done = subprocess.run(
            [PWSH, "-NoProfile", "-NonInteractive", "-File", str(script)],
            env={**os.environ, "NO_COLOR": "1", "HOME": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, "")
    answers, _, rest = done.stdout.rpartition("}\n")
    check_five_calls(*json_values(answers + "}"))
    assert rest.split() == ["done", "----", "True", "True"]


def test_the_file_has_a_working_request_for_every_route_and_variants_of_them(http_file: HttpFile) -> None:
    statuses = {}
    for request in http_file.requests:
        if request.url.startswith("{{url}}"):
            reply = http_file.send(request)
            statuses[request.title] = reply.status
            if request.title.startswith("Start a job"):
                http_file.variables["job"] = json.loads(reply.body)["jobId"]
            if request.title.startswith("Start a dry run"):
                http_file.variables["planned"] = json.loads(reply.body)["jobId"]
                wait_for_the_end(http_file, "planned")
            if request.title.startswith("Start a report"):
                http_file.variables["report"] = json.loads(reply.body)["jobId"]
            if request.title.startswith("Write what a dry run"):
                http_file.variables["job"] = json.loads(reply.body)["jobId"]
                assert wait_for_the_end(http_file, "job") == {"changed": 1, "skipped": 1}
    assert {title for title, status in statuses.items() if status not in (200, 201, 202, 204)} == set()
    assert uncovered_routes(http_file.requests) == set()


def test_what_is_broken_shows_in_the_check_after_both_requests(http_file: HttpFile) -> None:
    check = http_file.find("Check all that the app needs")
    assert json.loads(http_file.send(check).body)["status"] != "failure"
    for title in ("Break something", "Then refuse"):
        assert http_file.send(http_file.find(title)).status == 200
    for _ in range(2):
        lines = {line["name"]: line["result"] for line in json.loads(http_file.send(check).body)["checks"]}
    assert lines["permissions"] == "failure"


def wait_for_the_end(http_file: HttpFile, variable: str) -> dict[str, int]:
    """The counts of the job that the variable names."""
    request = http_file.find("Get the status of a job")
    while True:
        reply = http_file.send(replace(request, url=f"{{{{url}}}}/jobs/{{{{{variable}}}}}"))
        job = json.loads(reply.body)
        if job["status"] not in ("notStarted", "running"):
            return {status: count for status, count in job["counts"].items() if count and status != "users"}
        time.sleep(0.1)


def uncovered_routes(requests: list[Request]) -> set[str]:
    sent = [f"{request.method} {request.url.removeprefix('{{url}}/').partition('?')[0]}" for request in requests]
    routes = set()
    for function in indexed_functions(CHECKOUT, {}):
        for binding in function.bindings:
            if binding["type"] == "httpTrigger":
                routes |= {f"{method} {binding['route']}" for method in binding["methods"]}
    return {route for route in routes if not any(re.fullmatch(pattern_of(route), call) for call in sent)}


def pattern_of(route: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route))


def test_its_callers_have_the_rights_that_it_names_and_one_of_them_signs(http_file: HttpFile) -> None:
    def codes(headers: dict[str, str], path: str, body: str) -> tuple[int, str | None]:
        everybody = {"x-functions-key": "{{key}}", "Content-Type": "application/json"}
        reply = http_file.send(Request("", "POST", f"{{{{url}}}}/{path}", everybody | headers, body))
        return reply.status, json.loads(reply.body).get("code")

    users = '[{"userPrincipalName": "bjorn.berg@contoso.com", "mobile": "+46 701740606"}]'
    assert codes({"Message": "{{helpdesk}}"}, "set", users) == (403, "rightMissing")
    body = json.dumps({"operation": "reconcile", "dryRun": True, "users": ["bjorn.berg@contoso.com"]})
    webhook_id, timestamp = secrets.token_hex(16), str(int(time.time()))
    key = base64.b64decode(http_file.variables["signing"].removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{webhook_id}.{timestamp}.{body}".encode(), "sha256")).decode()
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
    assert codes(headers | {"webhook-caller": "hr-system"}, "reconcile", body) == (200, None)
    assert codes({"Message": "hr-system.{{signing}}"}, "reconcile", "[]") == (401, "unauthorized")


def test_what_the_file_says_of_breaking_it_is_true(http_file: HttpFile) -> None:
    def call() -> Any:
        reply = http_file.send(http_file.find("Change it"))
        return json.loads(reply.body)

    def codes() -> list[str]:
        return [result["code"] for result in call()["results"]]

    def do(title: str) -> Any:
        reply = http_file.send(http_file.find(title))
        assert reply.status == 200, title
        return json.loads(reply.body)

    def happened() -> set[Any]:
        """The faults and statuses that the app met at Graph."""
        ask = Request("", "GET", "{{tenant}}/requests?host=graph", {}, "")
        records = json.loads(http_file.send(ask).body)
        return {record[name] for record in records for name in ("fault", "status")}

    def reset() -> None:
        do("Repair it: reset")

    do("Break it: Graph answers 503")
    assert set(codes()) <= {"updated", "added", "graphUnavailable"}
    assert 503 in happened()
    reset()

    do("Break it: Graph leaves the next request")
    began = time.monotonic()
    assert codes() == ["updated", "added"]
    assert time.monotonic() - began > 4.5
    assert "hang" in happened()
    reset()

    do("Break it: Graph makes the next update")
    assert codes() == ["updated", "added"]
    assert len(do("What Graph was asked to write")) == 2, "something was written twice"
    assert "lost" in happened()
    reset()

    do("Break it: Graph serves 2 requests per second")
    assert codes() == ["updated", "added"]
    assert 429 in happened()
    do("Repair it: no throttling")
    reset()

    do("Break it: each response takes")
    began = time.monotonic()
    assert codes() == ["updated", "added"]
    assert time.monotonic() - began > 0.5
    do("Repair it: no delay")
    reset()

    do("Break it: the service account")
    assert codes() == ["forbidden", "forbidden"]
    reset()

    do("Break it: rotate")
    http_file.variables["handshake"] = "sandbox-new-handshake"
    assert codes() == ["updated", "added"]
    reset()
    http_file.variables["handshake"] = "sandbox-handshake-not-real"
    give_up = time.monotonic() + SECONDS + 2
    while "results" not in call() and time.monotonic() < give_up:
        time.sleep(0.2)
    assert codes() == ["unchanged", "unchanged"]


def test_a_port_in_use_ends_it_with_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_module("sandbox.serve", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == f"Port {port} cannot be used. Choose another one, or --port 0 for a free one.\n"


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("demo", "--report")])
def test_a_folder_that_cannot_be_written_ends_it_with_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    tmp_path.joinpath(".sandbox").touch()
    module, *options = command
    with start_module(f"sandbox.{module}", *options, folder=tmp_path) as process:
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.fullmatch(r"\.sandbox\W\w+\.\w+ cannot be written: .+\.\n", complaint)
