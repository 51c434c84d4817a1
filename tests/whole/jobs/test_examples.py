"""examples/: each file does what it says against a running app, and shows a refusal."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.support import HANDSHAKE
from tests.waiting import wait_for
from tests.whole.calls import call
from tests.whole.conftest import CHECKOUT
from tests.whole.jobs.conftest import Jobs

pytestmark = pytest.mark.waits

EXAMPLES = CHECKOUT / "examples"
BJORN, CARLA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
SH, CURL, PWSH = (shutil.which(name) for name in ("sh", "curl", "pwsh"))
NEEDS_SH = pytest.mark.skipif(not (SH and CURL), reason="needs a POSIX shell and curl")
NEEDS_PWSH = pytest.mark.skipif(not PWSH, reason="needs PowerShell 7 (pwsh) on the PATH")
Example = Callable[..., subprocess.CompletedProcess[str]]


def run(host: HostProcess, folder: Path, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "FUNCTION_KEY": host.key, "HANDSHAKE": HANDSHAKE, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def in_python(host: HostProcess, folder: Path, *users: str, **environment: str) -> subprocess.CompletedProcess[str]:
    folder.joinpath("users.txt").write_text("\n".join(users), encoding="utf-8")
    script = str(EXAMPLES / "reconcile.py")
    return run(host, folder, [sys.executable, script, f"{host.url}/api", "users.txt"], **environment)


def in_sh(host: HostProcess, folder: Path, *users: str, **environment: str) -> subprocess.CompletedProcess[str]:
    folder.joinpath("users.json").write_text(json.dumps(users), encoding="utf-8")
    script = str(EXAMPLES / "reconcile.sh")
    return run(host, folder, [str(SH), script, f"{host.url}/api", "users.json"], **environment)


def in_powershell(host: HostProcess, folder: Path, *users: str, **environment: str) -> subprocess.CompletedProcess[str]:
    names = ", ".join(f"'{user}'" for user in users)
    text = f"& $env:SCRIPT '{host.url}/api' {names} | ConvertTo-Json -AsArray -Depth 9"
    command = [str(PWSH), "-NoProfile", "-NonInteractive", "-Command", f"$ErrorActionPreference = 'Stop'; {text}"]
    return run(host, folder, command, SCRIPT=str(EXAMPLES / "reconcile.ps1"), NO_COLOR="1", **environment)


def test_python_prints_a_line_for_each_user(host: HostProcess, tmp_path: Path, box: SandboxTenant) -> None:
    done = in_python(host, tmp_path, BJORN, "nobody@contoso.com")
    assert done.stdout.splitlines() == [
        f"changed\tupdated\t{BJORN}",
        "failed\tuserNotFound\tnobody@contoso.com",
    ], done.stderr
    assert len(box.tenant.writes()) == 1


def test_python_waits_for_a_job_and_reads_all_its_pages(host: HostProcess, tmp_path: Path) -> None:
    users = [BJORN, *(f"nobody-{number}@contoso.com" for number in range(600))]
    done = in_python(host, tmp_path, *users)
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == users, done.stderr


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"MAX_OVERWRITES": "0", "MAX_OVERWRITES_PERCENT": "0"}, "tooManyOverwrites"),
        ({"MAX_OVERWRITES_PER_DAY": "0"}, "dailyLimit"),
        ({"READ_ONLY": "true"}, "readOnly"),
    ],
)
def test_python_fails_with_the_reason_if_a_guard_stops_the_job(
    jobs: Jobs, tmp_path: Path, box: SandboxTenant, setting: dict[str, str], code: str
) -> None:
    done = in_python(jobs.host(INLINE_USERS="1", **setting), tmp_path, BJORN, CARLA)
    assert (done.returncode, done.stderr.partition(":")[0]) == (1, code), done.stdout
    assert "Nothing was written" in done.stderr
    assert box.tenant.writes() == []


def test_python_fails_if_the_job_is_cancelled(host: HostProcess, tmp_path: Path, box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault("delay", host="graph"))
    before = call(host, method="GET", path="/api/jobs").body["value"]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            in_python, host, tmp_path, BJORN, *(f"nobody-{number}@contoso.com" for number in range(30))
        )
        listed = wait_for(
            lambda: call(host, method="GET", path="/api/jobs").body["value"], lambda seen: seen[:1] != before[:1]
        )
        call(host, method="DELETE", path=f"/api/jobs/{listed[0]['jobId']}")
        box.tenant.faults.clear()
        done = running.result()
    assert (done.returncode, done.stderr.strip()) == (1, "The job was cancelled."), done.stdout
    assert done.stdout.splitlines()[0] == f"skipped\tnotAttempted\t{BJORN}"


@NEEDS_SH
def test_curl_prints_the_report(host: HostProcess, tmp_path: Path, box: SandboxTenant) -> None:
    done = in_sh(host, tmp_path, BJORN, QUERY="?dryRun=true")
    assert [result["status"] for result in json.loads(done.stdout)["results"]] == ["planned"], done.stderr
    assert box.tenant.writes() == []


@NEEDS_PWSH
def test_powershell_returns_an_object_for_each_user(host: HostProcess, tmp_path: Path, box: SandboxTenant) -> None:
    done = in_powershell(host, tmp_path, BJORN, CARLA)
    assert done.returncode == 0, done.stderr
    assert [result["userPrincipalName"] for result in json.loads(done.stdout)] == [BJORN, CARLA]
    assert box.tenant.writes()


@pytest.mark.parametrize(
    "example", [in_python, pytest.param(in_sh, marks=NEEDS_SH), pytest.param(in_powershell, marks=NEEDS_PWSH)]
)
def test_a_refusal_ends_them_with_what_the_webhook_says(host: HostProcess, tmp_path: Path, example: Example) -> None:
    done = example(host, tmp_path, BJORN, HANDSHAKE="wrong-handshake-not-real")
    assert done.returncode != 0
    assert "unauthorized" in done.stdout + done.stderr
    assert "wrong-handshake" not in done.stdout + done.stderr


@NEEDS_PWSH
@pytest.mark.parametrize("address", ["", "http://127.0.0.1:9"])
def test_a_scheduler_learns_from_powershell_that_nothing_was_done(
    host: HostProcess, tmp_path: Path, address: str
) -> None:
    script = str(EXAMPLES / "reconcile.ps1")
    command = [str(PWSH), "-NoProfile", "-NonInteractive", "-File", script, f"{address or host.url}/api", BJORN]
    done = run(host, tmp_path, command, HANDSHAKE="wrong-handshake-not-real", NO_COLOR="1")
    assert done.returncode == 1
    assert "null array" not in done.stderr


def test_rows_of_the_prefillinator_become_values_with_the_region_that_was_said(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "employeeNumber,userName,emailAddress,phoneNumber,homePhoneNumber\r\n"
        "4711,bjorn.berg,bjorn@example.com,070-174 06 06,\r\n"
        "4712,carla.diaz@contoso.com,carla@example.com,+1 206 555 0125,no phone\r\n",
        encoding="utf-8-sig",
    )
    script = str(EXAMPLES / "prefillinator.py")
    done = subprocess.run(
        [sys.executable, script, str(rows), "contoso.com", "SE"], capture_output=True, encoding="utf-8", timeout=60
    )
    assert list(csv.DictReader(io.StringIO(done.stdout))) == [
        {"UPN": BJORN, "Mobile": "+46701740606", "AlternateMobile": ""},
        {"UPN": CARLA, "Mobile": "+12065550125", "AlternateMobile": "no phone"},
    ], done.stderr
