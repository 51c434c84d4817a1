"""What the audit trail costs a job of 12,000 users: runs with it and without it take turns in one process.

28 November 2026, two cores with other work beside it, 80 ms a request. Seconds without it:
78.0, 45.5, 48.9; with it: 70.1, 48.5, 51.1. Ratio of the medians: 1.04. Processor time of the later runs: 8.0 s
without, 9.2 s with it. 60 appends for the 60 chunks that were applied, and 24 for the pages of the result.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from azure.storage.blob import ContainerClient

from bench.people import Person, people
from bench.tenant import TenantProcess
from bench.webhook import SETTINGS
from sandbox.storage import SandboxStorage
from shared.api.query import PAGE
from shared.core.report import Json
from shared.jobs.chunks import count_chunks
from shared.records.audit import AUDIT
from tests.scenarios.ways import as_job
from tests.support import Webhook

USERS, PAIRS = 12_000, 3
MOST = 1.1
_UNLIMITED = {"MAX_USERS_PER_NUMBER": "0", "MAX_OVERWRITES": "1000000", "MAX_REMOVALS_PER_DAY": ""}


class _NoTrail:
    def note(self, records: Sequence[Json]) -> None:
        """Keeps nothing."""

    def intend(self, records: Sequence[Json]) -> None:
        """Keeps nothing."""


@pytest.mark.long
def test_a_job_is_hardly_slower_and_appends_once_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    who = people(USERS)
    with TenantProcess(who) as tenant, SandboxStorage() as storage:
        for name, value in tenant.environment.items():
            monkeypatch.setenv(name, value)
        settings = {**tenant.environment, **SETTINGS, "AzureWebJobsStorage": storage.connection_string, **_UNLIMITED}
        audited, plain = Webhook(settings), Webhook(settings)
        plain.services = replace(plain.services, audit=_NoTrail())
        appends: list[int] = []
        times: dict[bool, list[float]] = {True: [], False: []}
        # The pace that one run has learnt is of use to the next one of the same webhook.
        for service in (plain, audited):
            tenant.restore()
            as_job(service, [person.upn for person in who[:1000]])
        for turn in range(PAIRS):
            for with_trail in (True, False) if turn % 2 else (False, True):
                tenant.restore()
                before = _blocks(storage)
                times[with_trail].append(_seconds(audited if with_trail else plain, who))
                if with_trail:
                    appends.append(_blocks(storage) - before)
        ratio = statistics.median(times[True]) / statistics.median(times[False])
        # One for each chunk that is applied, and one for each page of the result that is read.
        assert max(appends) <= count_chunks(USERS) + USERS / PAGE
        assert ratio <= MOST, f"with it {times[True]} s, without {times[False]} s; appends {appends}"


def _seconds(service: Webhook, who: Sequence[Person]) -> float:
    began = time.monotonic()
    told = as_job(service, [person.upn for person in who])
    assert (told.code, len(told.codes)) == (None, len(who))
    return time.monotonic() - began


def _blocks(storage: SandboxStorage) -> int:
    """So many appends there were."""
    with ContainerClient.from_connection_string(storage.connection_string, AUDIT) as container:
        if not container.exists():
            return 0
        found = [container.get_blob_client(name).get_blob_properties() for name in container.list_blob_names()]
    return sum(blob.append_blob_committed_block_count or 0 for blob in found)
