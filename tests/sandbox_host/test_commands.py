"""The demo and serve mode as a developer starts them, without dev.py's preparation."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.examples import PLAN, TABLE

CHECKOUT = Path(__file__).parents[2]


def test_the_demo_ends_with_nothing_left_to_do() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.demo"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "planned (update)" in done.stdout
    assert done.stdout.count("of this run: 0 writes") == 3
    assert "Nothing is left to do." in done.stdout
    assert (TABLE in done.stdout, PLAN in done.stdout) == (True, True)
    assert "planned (remove): The fido2 method" in done.stdout
    answers = done.stdout.replace(TABLE, "").replace(PLAN, "")
    assert not re.search(r"\d{6}", answers), "a number is not masked"
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_the_demo_of_a_job_ends_with_everybody_reported() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.demo", "--users", "600"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "202" in done.stdout
    assert "100 %" in done.stdout
    assert "\r" not in done.stdout, "a live line is for terminals"
    assert "600 users, every one reported once" in done.stdout
    assert not re.search(r"\+44 \d{5}", done.stdout), "a number is not masked"
    assert max(map(len, done.stdout.splitlines())) <= 120


@dataclass(frozen=True)
class Curl:
    address: str
    method: str
    path: str
    headers: dict[str, str]
    body: str


def calls_of_curl(guide: str, address: str) -> list[Curl]:
    """The calls of the function app that a guide prints."""
    pattern = rf"curl -X (\w+) \"http://{re.escape(address)}(/\S+)\"((?: -H \"[^\"]+\")*)(?: --data-\w+ '([^']*)')?"
    found = re.findall(pattern, guide)
    return [
        Curl(address, method, path, dict(re.findall(r'-H "([^:]+): ([^"]+)"', headers)), body)
        for method, path, headers, body in found
    ]


def send(call: Curl) -> tuple[int, str]:
    connection = http.client.HTTPConnection(call.address, timeout=30)
    connection.request(call.method, call.path, call.body.encode(), call.headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.mark.skipif(os.name == "nt", reason="a test cannot press Ctrl-C on Windows")
def test_serve_prints_calls_that_work_until_it_is_interrupted() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.serve", "--port", "0"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert process.stdout
    guide = ""
    for line in process.stdout:
        guide += line
        if line.startswith("Ctrl-C"):
            break
    call = re.search(
        r'curl -X POST "http://([\d.:]+)(/\S+)" -H "Message: (\S+)" -H "x-functions-key: (\S+)" .* \'(.+)\'', guide
    )
    assert call, guide
    assert "Invoke-WebRequest -Method Post -Uri $uri -Body $body -Headers $header" in guide
    connection = http.client.HTTPConnection(call[1], timeout=30)
    connection.request("POST", call[2], call[5].encode(), {"Message": call[3], "x-functions-key": call[4]})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    *others, begin, watch, result, stop = calls_of_curl(guide, call[1])[1:]
    statuses = [send(call)[0] for call in others]
    accepted, job = send(begin)
    job_calls = [replace(call, path=call.path.replace("JOB_ID", json.loads(job)["jobId"])) for call in (watch, stop)]
    watched = [send(call)[0] for call in job_calls]
    assert result.path == "/api/jobs/JOB_ID/result"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert (response.status, answer["dryRun"], answer["counts"]["planned"]) == (200, True, 2)
    assert statuses == [200, 200, 200, 200, 200, 201, 200, 200, 200, 204]
    assert (accepted, watched) == (202, [200, 200])
    assert rest.endswith("Stopped.\n")
    assert process.returncode == 0


def test_every_call_that_breaks_the_sandbox_is_understood_by_it() -> None:
    from sandbox.serve import breaking_calls
    from sandbox.tenant import SandboxTenant

    with SandboxTenant(seed="contoso") as box:
        calls = re.findall(r"curl -X (\w+) +http://(\S+?)(/\S+)(?: --data-raw '(.+)')?", breaking_calls(box))
        assert len(calls) > 5
        for method, address, path, body in calls:
            connection = http.client.HTTPConnection(address, timeout=10)
            connection.request(method, path, body.encode())
            response = connection.getresponse()
            assert (response.status, response.read() != b"") == (200, True), path
            connection.close()
