"""The nightly function that removes old histories."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from types import SimpleNamespace

from azure.durable_functions.models.utils import http_utils

import function_app
from sandbox.host import HostProcess
from sandbox.host.durable.api import PREFIX, client_binding
from sandbox.host.durable.store import FILE_NAME
from sandbox.tenant import SandboxTenant
from tests.whole.calls import runbook
from tests.whole.jobs.conftest import Jobs
from tests.whole.jobs.watching import Job, begin


def instances(jobs: Jobs) -> set[str]:
    with closing(sqlite3.connect(jobs.history / FILE_NAME)) as db:
        return {row[0] for row in db.execute("SELECT id FROM instances")}


def purge(host: HostProcess) -> None:
    """As the Functions host calls it, with the client binding of that host."""
    extension = next(line for line in host.log().splitlines() if line.startswith("durable http")).split()[1]
    binding = client_binding(host.url, extension.removesuffix(PREFIX), "MfaPhoneJobs", "key")

    async def call() -> None:
        context = SimpleNamespace(invocation_id="purge", thread_local_storage=threading.local())
        await function_app.purge_jobs(timer=None, client=binding, context=context)
        # The library leaves its session open.
        await http_utils._close_session()

    asyncio.run(call())


def test_old_histories_go_and_young_ones_stay(jobs: Jobs, box: SandboxTenant) -> None:
    host = jobs.host()
    old, young = (begin(host, runbook("bjorn.berg@contoso.com"), "async=true") for _ in range(2))
    for job in (old, young):
        job.finished()
    host.kill()
    with closing(sqlite3.connect(jobs.history / FILE_NAME)) as db, db:
        days = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-11 days')"
        db.execute(f"UPDATE instances SET created = {days} WHERE id = ?", (old.id,))  # noqa: S608
    host = jobs.host()
    before = instances(jobs)
    purge(host)
    assert before - instances(jobs) == {old.id}
    # The record of the job is a blob, which the storage account's own rule removes.
    assert Job(host, young.id).status()["status"] == "succeeded"
