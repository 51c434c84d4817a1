"""What only our own endpoint has: a folder that outlives it, faults, and refusals of what it does not know."""

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.storage import SandboxStorage
from sandbox.storage.folder import Folder, Properties

CHECKOUT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from azure.storage.blob import ContainerClient
from sandbox.storage import SandboxStorage
with SandboxStorage(Path(sys.argv[1])) as storage:
    client = ContainerClient.from_connection_string(storage.connection_string, "jobs")
    client.create_container()
    for number in range(1_000_000):
        client.upload_blob("b", bytes([number % 256]) * 1_000_000, overwrite=True)
        print(number, flush=True)
"""


def open_container(storage: SandboxStorage) -> ContainerClient:
    return ContainerClient.from_connection_string(storage.connection_string, "jobs", retry_total=0)


def test_the_blobs_of_a_folder_are_there_again(tmp_path: Path) -> None:
    with SandboxStorage(tmp_path) as storage, open_container(storage) as container:
        container.create_container()
        etag = container.upload_blob("a/b", b"x", metadata={"k": "v"}).get_blob_properties().etag
    with SandboxStorage(tmp_path) as storage, open_container(storage) as container:
        found = container.get_blob_client("a/b").get_blob_properties()
        assert (found.etag, found.metadata) == (etag, {"k": "v"})


def test_a_writer_that_is_killed_leaves_whole_blobs(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout
    for line in process.stdout:
        if int(line) >= 5:
            break
    process.kill()
    process.communicate()
    with SandboxStorage(tmp_path) as storage, open_container(storage) as container:
        data = container.download_blob("b").readall()
        assert data == data[:1] * 1_000_000
        assert [blob.name for blob in container.list_blobs()] == ["b"]


def test_a_blob_that_could_not_be_replaced_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)
    folder.create("jobs")
    folder.put("jobs", "b", b"first", "text/plain", {}, lambda _: None)

    def fail(*_: object) -> None:
        raise OSError("the process ends here")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="ends here"):
        folder.put("jobs", "b", b"second", "text/plain", {}, lambda _: None)
    found = folder.read("jobs", "b")
    assert found is not None
    assert found[1] == b"first"


def test_of_many_that_put_the_same_new_blob_one_wins(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.create("jobs")
    winners: list[bytes] = []
    begin = threading.Barrier(4)

    def check(found: Properties | None) -> None:
        time.sleep(0.05)  # long enough for the others to look, too, if they may
        if found:
            raise ValueError

    def put(data: bytes) -> None:
        begin.wait()
        with contextlib.suppress(ValueError):
            folder.put("jobs", "b", data, "text/plain", {}, check)
            winners.append(data)

    threads = [threading.Thread(target=put, args=(bytes([number]),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = folder.read("jobs", "b")
    assert found is not None
    assert [found[1]] == winners


def test_the_next_requests_fail_when_told_to() -> None:
    with SandboxStorage() as storage, open_container(storage) as container:
        container.create_container()
        storage.fail(2)
        for _ in range(2):
            with pytest.raises(HttpResponseError) as failure:
                container.upload_blob("b", b"x")
            assert (failure.value.status_code, failure.value.error_code) == (503, "ServerBusy")
        container.upload_blob("b", b"x")


def test_an_operation_that_is_not_simulated_says_so() -> None:
    with SandboxStorage() as storage, open_container(storage) as container:
        container.create_container()
        blob = container.upload_blob("b", b"x")
        with pytest.raises(HttpResponseError) as failure:
            blob.acquire_lease()
        assert failure.value.status_code == 501


def test_an_operation_on_the_account_is_not_simulated() -> None:
    with SandboxStorage() as storage, BlobServiceClient.from_connection_string(storage.connection_string) as client:
        for ask in (client.get_service_properties, lambda: list(client.list_containers())):
            with pytest.raises(HttpResponseError) as failure:
                ask()
            assert failure.value.status_code == 501


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"dry-run": "x"}, "InvalidMetadata"),
        ({"1a": "x"}, "InvalidMetadata"),
        ({"a": "x" * 8191}, ""),
        ({"a": "x" * 8192}, "MetadataTooLarge"),
        ({"a": "x" * 4096, "b": "x" * 4096}, "MetadataTooLarge"),
    ],
)
def test_metadata_is_refused_as_the_service_refuses_it(metadata: dict[str, str], code: str) -> None:
    with SandboxStorage() as storage, open_container(storage) as container:
        container.create_container()
        if not code:
            container.upload_blob("b", b"x", metadata=metadata)
            return
        with pytest.raises(HttpResponseError) as failure:
            container.upload_blob("b", b"x", metadata=metadata)
        assert (failure.value.status_code, failure.value.error_code) == (400, code)
        assert not container.get_blob_client("b").exists()


def test_an_account_without_its_own_folder_is_empty_and_leaves_nothing() -> None:
    with SandboxStorage() as storage, BlobServiceClient.from_connection_string(storage.connection_string) as client:
        folder = storage.folder
        client.create_container("jobs").upload_blob("b", b"x")
        assert any(folder.rglob("*.blob"))
    assert not folder.exists()
