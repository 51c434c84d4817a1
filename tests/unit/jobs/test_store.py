"""store.py and chunks.py: a job's blobs, with the real client against the sandbox's storage."""

import json
import threading
from collections.abc import Callable

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.storage import SandboxStorage
from shared.core.models import Target
from shared.core.report import Json
from shared.errors import ConfigurationError, JobsUnavailable
from shared.jobs.chunks import USERS_IN_A_CHUNK, count_chunks, pack
from shared.jobs.store import BlobJobStore
from shared.services import Job, Phase
from tests.unit.jobs.worlds import JOB

TAKEN = Job(JOB, "fingerprint", "2026-11-22T00:00:00.000+00:00", 201, 2, False)
RESULT: list[Json] = [{"userId": "anna", "status": "changed", "code": "updated", "changes": []}]


def test_a_job_is_found_as_it_was_claimed(store: BlobJobStore) -> None:
    assert store.find(JOB) is None
    assert store.claim(TAKEN) == TAKEN
    assert store.find(JOB) == TAKEN


def test_the_first_claim_of_an_id_stands(store: BlobJobStore) -> None:
    store.claim(TAKEN)
    assert store.claim(Job(JOB, "another", "2026-11-23T00:00:00.000+00:00", 1, 1, True)) == TAKEN
    assert store.find(JOB) == TAKEN


def test_of_many_claims_at_once_one_stands(store: BlobJobStore) -> None:
    start, found = threading.Barrier(8), list[Job]()

    def claim(number: int) -> None:
        start.wait()
        found.append(store.claim(Job(JOB, f"request {number}", "2026-11-22T00:00:00.000+00:00", 1, 1, False)))

    threads = [threading.Thread(target=claim, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("users", [1, USERS_IN_A_CHUNK, USERS_IN_A_CHUNK + 1, 3 * USERS_IN_A_CHUNK, 1001])
def test_each_chunk_of_a_list_is_read_without_the_others(store: BlobJobStore, users: int) -> None:
    targets = [
        Target(f"åsa.{index}@contoso.com") if index % 3 else Target(id=f"00000000-0000-4000-8000-{index:012d}")
        for index in range(users)
    ]
    store.put_list(JOB, pack(targets, {}))
    chunks = [list(store.users(JOB, chunk)) for chunk in range(count_chunks(users))]
    assert [target for chunk in chunks for target in chunk] == targets
    assert {len(chunk) for chunk in chunks[:-1]} <= {USERS_IN_A_CHUNK}
    assert chunks[-1]


def test_a_list_is_as_long_as_its_names() -> None:
    targets = [Target(f"firstname.lastname{index:06d}@contoso.com") for index in range(20_000)]
    assert len(pack(targets, {})) < 55 * 20_000


def test_results_lie_by_phase_and_chunk(store: BlobJobStore) -> None:
    assert store.results(JOB, Phase.PLAN, 0).bodies is None
    store.put_results(JOB, Phase.PLAN, 0, RESULT)
    store.put_results(JOB, Phase.PLAN, 4999, [])
    assert store.results(JOB, Phase.PLAN, 0).bodies == RESULT
    assert store.results(JOB, Phase.PLAN, 4999).bodies == []
    assert store.results(JOB, Phase.RESULT, 0).bodies is None
    assert (store.count_chunks(JOB, Phase.PLAN), store.count_chunks(JOB, Phase.RESULT)) == (2, 0)
    assert store.put_results(JOB, Phase.PLAN, 0, [], store.results(JOB, Phase.PLAN, 0).version)
    assert store.results(JOB, Phase.PLAN, 0).bodies == []


def test_another_job_is_another_job(store: BlobJobStore) -> None:
    store.put_results(JOB, Phase.PLAN, 0, RESULT)
    other = JOB.replace("1", "2")
    assert (store.count_chunks(other, Phase.PLAN), store.find(other)) == (0, None)


def test_a_cancelled_job(store: BlobJobStore) -> None:
    assert not store.is_cancelled(JOB)
    store.cancel(JOB)
    store.cancel(JOB)
    assert store.is_cancelled(JOB)


CALLS: list[Callable[[BlobJobStore], object]] = [
    lambda store: store.claim(TAKEN),
    lambda store: store.find(JOB),
    lambda store: store.put_list(JOB, b""),
    lambda store: store.users(JOB, 0),
    lambda store: store.put_results(JOB, Phase.PLAN, 0, []),
    lambda store: store.results(JOB, Phase.PLAN, 0),
    lambda store: store.count_chunks(JOB, Phase.PLAN),
    lambda store: store.cancel(JOB),
    lambda store: store.is_cancelled(JOB),
    lambda store: store.put_results(JOB, Phase.PLAN, 0, [], '"0x1"'),
    lambda store: store.tallies(JOB, Phase.PLAN),
    lambda store: store.verdicts(JOB),
    lambda store: store.listed(None, "", 10),
    lambda store: store.listed(("a",), "", 10),
    lambda store: store.close_job("a", JOB),
]


@pytest.mark.parametrize("call", CALLS)
def test_storage_that_is_away(
    store: BlobJobStore, storage: SandboxStorage, call: Callable[[BlobJobStore], object]
) -> None:
    store.find(JOB)
    storage.fail(100)
    with pytest.raises(JobsUnavailable, match=r"^blob storage failed: [A-Za-z]+$"):
        call(store)


def test_storage_that_was_away_when_it_was_first_needed(store: BlobJobStore, storage: SandboxStorage) -> None:
    storage.fail(1)
    with pytest.raises(JobsUnavailable):
        store.find(JOB)
    assert store.find(JOB) is None


def test_nobody_at_the_address(storage: SandboxStorage) -> None:
    closed = storage.connection_string.replace(storage.url, "http://127.0.0.1:9/devstoreaccount1")
    with BlobServiceClient.from_connection_string(closed, retry_total=0) as service:
        store = BlobJobStore(lambda: service.get_container_client("jobs"))
        with pytest.raises(JobsUnavailable):
            store.find(JOB)


def test_two_processes_make_the_container_at_once(connect: Callable[[], ContainerClient]) -> None:
    one, other = BlobJobStore(connect), BlobJobStore(connect)
    one.claim(TAKEN)
    assert other.find(JOB) == TAKEN


def test_settings_without_storage_are_told_as_such() -> None:
    def connect() -> ContainerClient:
        raise ConfigurationError("AzureWebJobsStorage is not set")

    with pytest.raises(ConfigurationError):
        BlobJobStore(connect).find(JOB)


def test_the_blobs_of_a_job(store: BlobJobStore, blobs: Callable[[], dict[str, bytes]]) -> None:
    store.claim(TAKEN)
    store.put_list(JOB, pack([Target("anna@contoso.com")], {}))
    store.put_results(JOB, Phase.PLAN, 0, RESULT)
    store.put_results(JOB, Phase.RESULT, 12, RESULT)
    store.cancel(JOB)
    found = blobs()
    names = {"job.json", "input", "plan/000000.json", "result/000012.json", "cancel"}
    assert set(found) == {f"{JOB}/{name}" for name in names}
    assert json.loads(found[f"{JOB}/job.json"])["users"] == 201
