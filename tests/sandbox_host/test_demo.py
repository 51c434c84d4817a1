"""`python dev.py demo`: what it prints, and how it ends."""

import os
import re
import signal
import unicodedata

import pytest

from sandbox.caller import send
from sandbox.demo_host import demo_host
from sandbox.examples import PLAN, TABLE
from sandbox.tenant import SandboxTenant
from tests.sandbox_host.commands import run_module, start_module

PART = re.compile(r"^\d\. ", re.MULTILINE)
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def demo(*arguments: str) -> str:
    """What the demo prints: it fits a terminal and shows no whole number of a user."""
    done = run_module("sandbox.demo", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(columns, done.stdout.splitlines())) <= 80
    answers = IDS.sub("", done.stdout.replace(TABLE, "").replace(PLAN, ""))
    assert not re.search(r"\+?\d{6}", answers), "a number is not masked"
    return done.stdout


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def test_the_demo_shows_each_list_once_in_fewer_than_120_lines() -> None:
    printed = demo()
    assert len(printed.splitlines()) < 120
    assert printed.count("User @contoso.com") == 3
    assert printed.count('"correlationId"') == 1
    assert re.search(r"^bjorn\.berg +\S+ \S+ +\+46 \S+ \S+ \S+ +update  updated$", printed, re.MULTILINE)
    assert re.search(r"^2 users +protectedUser +This user is an administrator", printed, re.MULTILINE)
    assert re.search(r"^ +fido2 +\S+ +remove  removed$", printed, re.MULTILINE)
    assert re.search(r"^harald\.hybrid +office +\+46 \S+ +- +officeSynced\n  \S", printed, re.MULTILINE)
    changes = [len(re.findall(r"  (?:added|updated|removed)$", part, re.MULTILINE)) for part in PART.split(printed)]
    assert changes[0] == 0
    rows = re.findall(r"^(\w+), ([a-z ]+?) +(\d+) +(\d+)  (\d+) (\w+)", printed, re.MULTILINE)
    assert [(path, run, int(writes)) for path, run, _, writes, _, _ in rows] == [
        *[("reconcile", "dry run", 0), ("reconcile", "real", changes[1]), ("reconcile", "again", 0)],
        *[("set", "dry run", 0), ("set", "real", changes[2]), ("set", "again", 0)],
        *[("provision", "dry run", 0), ("provision", "real", changes[3]), ("provision", "again", 0)],
    ]
    assert all(0 < int(calls) < 10 for _, _, calls, *_ in rows), "members of a batch are counted"
    assert rows[1][4:] == (str(changes[1]), "changed")


def test_verbose_shows_the_requests_and_every_user_with_the_reason() -> None:
    printed = demo("--verbose")
    assert (TABLE in printed, PLAN in printed) == (True, True)
    assert "POST /api/reconcile" in printed
    assert re.search(r"^anna\.andersson .* unchanged\n  \S", printed, re.MULTILINE)
    assert re.search(r"^filip\.missing .* sourceEmpty$", printed, re.MULTILINE), "a reason is repeated"


def test_the_demo_of_a_job_ends_with_every_user_reported() -> None:
    printed = demo("--users", "600")
    assert "POST /api/reconcile: 202 in" in printed
    assert "100 %" in printed
    assert "\r" not in printed, "a line is printed over where there is no terminal"
    assert re.search(r"^changed +210  ", printed, re.MULTILINE)
    assert "Every user has one result, and each of the 210 writes was made once." in printed


@pytest.mark.parametrize("users", ["0", "-5", "1", "many", "200001"])
def test_a_wrong_number_of_users_ends_with_one_sentence(users: str) -> None:
    done = run_module("sandbox.demo", "--users", users)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"python dev.py demo: argument --users: must be a whole number from 2 to 200,000, not '{users}'\n"
    )


@pytest.mark.parametrize("arguments", [(), ("--users", "600")])
def test_a_reader_that_leaves_ends_it_with_one_sentence(arguments: tuple[str, ...]) -> None:
    with start_module("sandbox.demo", *arguments) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == "Stopped: nobody reads the output any more.\n"
        assert process.wait(30) == 141


@pytest.mark.skipif(os.name == "nt", reason="a test cannot press Ctrl-C on Windows")
def test_ctrl_c_ends_it_with_one_word() -> None:
    with start_module("sandbox.demo") as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
        assert (process.returncode, complaint) == (130, "\nStopped.\n")


def test_a_demo_that_fails_ends_with_the_sentences_of_the_log(box: SandboxTenant) -> None:
    with pytest.raises(SystemExit) as ended, demo_host(box.environment()) as host:
        send(host, "GET", f"{host.url}/api/jobs?status=x", {"Message": "wrong"}, expected=418)
    told = str(ended.value)
    assert "GET /api/jobs?status=x was answered with 401: {" in told
    assert "401 GET /api/jobs by an unknown caller" in told
    assert '{"message"' not in told.partition("The demo failed")[0]


def test_the_demo_of_a_hire_shows_when_the_number_arrives_and_that_it_is_set() -> None:
    printed = demo("--hire")
    minutes = [float(line.split()[0]) for line in printed.splitlines() if line.strip()[:1].isdigit()]
    assert len(minutes) == 3
    assert minutes == sorted(minutes)
    assert 1 <= minutes[1] <= minutes[2] < 4
    assert "noor.nyberg@contoso.com  changed" in printed
    assert len(printed.splitlines()) < 25
