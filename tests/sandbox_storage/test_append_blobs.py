"""Append blobs by the unmodified azure-storage-blob; what holds here holds for Azurite, too."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobClient, ContainerClient

from sandbox.storage import service
from tests.sandbox_storage.test_blobs import code


@pytest.fixture
def blob(container: ContainerClient) -> BlobClient:
    made = container.get_blob_client("2026/a.jsonl")
    made.create_append_blob()
    return made


def test_blocks_stand_one_behind_the_other(container: ContainerClient, blob: BlobClient) -> None:
    found = [blob.append_block(data) for data in (b"one\n", b"two\n")]
    assert [block["blob_append_offset"] for block in found] == ["0", "4"]
    assert [block["blob_committed_block_count"] for block in found] == [1, 2]
    assert blob.download_blob().readall() == b"one\ntwo\n"
    assert blob.get_blob_properties().blob_type == "AppendBlob"
    assert [item.blob_type for item in container.list_blobs()] == ["AppendBlob"]


def test_what_is_not_there_is_not_appended_to(container: ContainerClient) -> None:
    with pytest.raises(ResourceNotFoundError) as failure:
        container.get_blob_client("b").append_block(b"x")
    assert code(failure) == "BlobNotFound"


def test_a_block_blob_is_not_appended_to(container: ContainerClient) -> None:
    blob = container.upload_blob("b", b"x")
    with pytest.raises(HttpResponseError) as failure:
        blob.append_block(b"y")
    assert (failure.value.status_code, code(failure)) == (409, "InvalidBlobType")
    assert blob.download_blob().readall() == b"x"


def test_one_that_is_there_is_not_made_again(blob: BlobClient) -> None:
    blob.append_block(b"x")
    with pytest.raises(ResourceExistsError):
        blob.create_append_blob(match_condition=MatchConditions.IfMissing)
    assert blob.download_blob().readall() == b"x"


def test_it_is_appended_to_only_as_it_was_seen(blob: BlobClient) -> None:
    seen = blob.get_blob_properties().etag
    blob.append_block(b"x", match_condition=MatchConditions.IfNotModified, etag=seen)
    with pytest.raises(ResourceModifiedError):
        blob.append_block(b"y", match_condition=MatchConditions.IfNotModified, etag=seen)
    assert blob.download_blob().readall() == b"x"


def test_what_is_appended_at_once_all_stands_there(blob: BlobClient) -> None:
    lines = [f"{number}\n".encode() for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(blob.append_block, lines))
    assert sorted(blob.download_blob().readall().splitlines(keepends=True)) == sorted(lines)


def test_the_blocks_of_a_blob_are_limited(
    blob: BlobClient, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if "azurite" in request.node.name:
        pytest.skip("50,000 blocks take too long")
    monkeypatch.setattr(service, "_MOST_BLOCKS", 2)
    append: Callable[[bytes], object] = blob.append_block
    append(b"1"), append(b"2")
    with pytest.raises(HttpResponseError) as failure:
        append(b"3")
    assert (failure.value.status_code, code(failure)) == (409, "BlockCountExceedsLimit")
