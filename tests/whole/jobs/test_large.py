"""Jobs of the size that they are made for, against a tenant in a process of its own. Minutes, so not in every run.

Costs are those of the host's process (user and system time): how busy the machine is otherwise does not count there.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.journal import written_twice
from bench.people import Person, people
from bench.process import usage
from bench.tenant import TenantProcess
from sandbox.host import HostProcess
from tests.whole.calls import call
from tests.whole.jobs.conftest import Machine
from tests.whole.jobs.watching import FINISHED, Job, Result, begin, names

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("new_interpreters")]

# There are a thousand numbers for all users.
SETTINGS = {"GRAPH_AUTH": "client_secret", "MAX_USERS_PER_NUMBER": "0"}
LARGE = 12_000
SMALLER, LARGEST = 10_000, 100_000
ACCEPTED_S, DONE_S, MEMORY_MB = 2, 120, 300
CODES = {"right": "unchanged", "missing": "added", "wrong": "updated", "empty": "sourceEmpty"}


@dataclass(frozen=True)
class Run:
    """What a finished job took. `seconds` is as the job itself says."""

    job: Job
    status: Result
    accepted_s: float
    seconds: float
    cpu_s: float
    peak_mb: float

    def __str__(self) -> str:
        return (
            f"accepted in {self.accepted_s:.1f} s, done in {self.seconds:.0f} s, {self.cpu_s:.1f} s of processor time, "
            f"{self.peak_mb:.0f} MB at most"
        )


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with ExitStack() as stack:
        yield Machine(tmp_path, stack)


def start(machine: Machine, tenant: TenantProcess) -> HostProcess:
    """A warm host: one user has been looked at, so libraries, secrets and token are there."""
    host = machine.start({**tenant.environment, **SETTINGS})
    assert call(host, names(people(1)), "dryRun=true").status == 200
    return host


def run(host: HostProcess, who: list[Person]) -> Run:
    before = usage(host.pid)
    body = names(who)
    answer = call(host, body)
    assert answer.status == 202, answer.text
    job = Job(host, answer.body["jobId"])
    ended = follow(job)
    after = usage(host.pid)
    if before is None or after is None:
        pytest.skip("needs Linux's /proc")
    seconds = len(who) / ended["progress"]["usersPerSecond"]
    return Run(job, ended, answer.seconds, seconds, after.cpu_seconds - before.cpu_seconds, after.peak_mb)


def follow(job: Job, until_percent: int = 100) -> Result:
    return job.wait(
        job.status,
        lambda seen: seen["status"] in FINISHED or until_percent <= seen["progress"]["percent"] < 100,
        seconds=3600,
        every_s=1.0,
    )


def expect_everybody(job: Job, who: list[Person]) -> None:
    results = job.results()
    assert [(result["userPrincipalName"], result["code"]) for result in results] == [
        (person.upn, CODES[person.kind]) for person in who
    ]


def expect_numbers(tenant: TenantProcess, who: list[Person]) -> None:
    users = tenant.users()
    numbers = [users[person.upn]["phoneMethods"].get("mobile", {}).get("phoneNumber") for person in who]
    assert numbers == [person.number for person in who]
    assert written_twice(tenant.graph_requests()) == 0


def test_12000_users(machine: Machine) -> None:
    who = people(LARGE)
    with TenantProcess(who) as tenant:
        done = run(start(machine, tenant), who)
        sys.stdout.write(f"\n{LARGE} users: {done}\n")
        assert done.status["status"] == "succeeded"
        assert done.status["counts"]["changed"] == sum(person.kind.needs_write for person in who)
        expect_everybody(done.job, who)
        expect_numbers(tenant, who)
        after_reading = usage(done.job.host.pid)
    assert done.accepted_s < ACCEPTED_S
    assert done.seconds < DONE_S
    assert done.peak_mb <= MEMORY_MB
    assert after_reading is not None
    assert after_reading.peak_mb <= MEMORY_MB


def test_12000_users_and_a_host_that_is_killed_twice(machine: Machine) -> None:
    who = people(LARGE)
    with TenantProcess(who) as tenant:
        host = start(machine, tenant)
        job = begin(host, names(who))
        # Half of the way is planning, so these are at 30 and 70 % of the writing.
        for percent in (65, 85):
            assert follow(job, percent)["status"] == "running"
            job.host.kill()
            job = job.on(machine.start({**tenant.environment, **SETTINGS}))
        ended = follow(job)
        assert (ended["status"], ended["counts"]["users"]) == ("succeeded", LARGE)
        expect_everybody(job, who)
        expect_numbers(tenant, who)


def test_the_cost_of_a_user_does_not_grow_with_the_list(machine: Machine) -> None:
    """100,000 users against 10,000: the engine replays histories from their beginning, but no history grows so long."""
    who = people(LARGEST)
    with TenantProcess(who) as tenant:
        host = start(machine, tenant)
        smaller = run(host, who[:SMALLER])
        assert smaller.status["status"] == "succeeded"
        tenant.restore(latency=False)
        largest = run(host, who)
        assert largest.status["status"] == "succeeded"
        assert Counter(result["code"] for result in largest.job.results())["updated"] == LARGEST * 3 // 20
        counters = host.durable_counters()
    sys.stdout.write(f"\n{SMALLER} users: {smaller}\n{LARGEST} users: {largest}\n{counters}\n")
    assert largest.cpu_s / LARGEST < 1.3 * smaller.cpu_s / SMALLER
    assert counters["entries_over_limit"] == 0
    assert counters["largest_entry"] < 16 * 1024
    history = (machine.history / "durable.sqlite").stat().st_size
    assert history < 100 * LARGEST, "the history holds more than counts"
    assert largest.peak_mb < 2 * MEMORY_MB
