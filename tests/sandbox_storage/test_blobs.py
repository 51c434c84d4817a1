"""The blob endpoint by the unmodified azure-storage-blob; what holds here holds for Azurite, too."""

import base64
import json

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient, ContentSettings

from sandbox.storage.signature import KEY

NAMES = ["job 1/input.json", "job 1/å & <b>.json", "job/a", "job/a_b", "job/ab", "job/A", "q=1?x#y%20", "+"]

REFUSALS = ("AuthenticationFailed", "AuthorizationFailure")


def code(failure: pytest.ExceptionInfo[HttpResponseError]) -> str:
    """The client makes a member of an enumeration of the codes that it knows."""
    found = failure.value.error_code
    return str(getattr(found, "value", found))


def test_a_container_is_created_once(account: BlobServiceClient, container: ContainerClient) -> None:
    assert container.exists()
    with pytest.raises(ResourceExistsError) as failure:
        account.create_container(container.container_name)
    assert code(failure) == "ContainerAlreadyExists"
    container.delete_container()
    assert not account.get_container_client(container.container_name).exists()


def test_nothing_is_found_in_a_container_that_is_not_there(account: BlobServiceClient) -> None:
    blob = account.get_blob_client("no-such-container", "b")
    with pytest.raises(ResourceNotFoundError) as failure:
        blob.upload_blob(b"x")
    assert code(failure) == "ContainerNotFound"
    with pytest.raises(ResourceNotFoundError) as failure:
        list(account.get_container_client("no-such-container").list_blobs())
    assert code(failure) == "ContainerNotFound"
    assert not blob.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_blob_comes_back_as_it_was_put(container: ContainerClient, name: str) -> None:
    data = json.dumps({"name": name}).encode()
    settings = ContentSettings(content_type="application/json")
    put = container.upload_blob(name, data, metadata={"jobId": "7", "some_thing": "b"}, content_settings=settings)
    blob = container.get_blob_client(name)
    assert blob.download_blob().readall() == data
    found = blob.get_blob_properties()
    assert (found.size, found.content_settings.content_type) == (len(data), "application/json")
    assert {key.lower(): value for key, value in found.metadata.items()} == {"jobid": "7", "some_thing": "b"}
    assert found.etag == put.get_blob_properties().etag
    assert [item.name for item in container.list_blobs()] == [name]


def test_metadata_with_names_in_any_order_is_signed(container: ContainerClient) -> None:
    metadata = {"a1": "x", "a_1": "y", "ab": "z", "B": "q"}
    blob = container.upload_blob("b", b"", metadata=metadata)
    found = blob.get_blob_properties().metadata
    assert {name.lower() for name in found} == {name.lower() for name in metadata}


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 34 * 1024 * 1024])
def test_blobs_of_any_size_pass(container: ContainerClient, size: int) -> None:
    """The client reads 32 MiB in its first request, the rest in ranges; an empty blob is a range that is not there."""
    data = bytes(range(256)) * (size // 256 + 1)
    container.upload_blob("b", data[:size])
    assert container.download_blob("b").readall() == data[:size]


def test_a_range_is_a_part_of_the_blob(container: ContainerClient) -> None:
    blob = container.upload_blob("b", b"0123456789")
    assert blob.download_blob(offset=3, length=4).readall() == b"3456"
    assert blob.download_blob(offset=8).readall() == b"89"
    with pytest.raises(HttpResponseError) as failure:
        blob.download_blob(offset=100, length=1)
    assert (failure.value.status_code, code(failure)) == (416, "InvalidRange")


def test_a_blob_is_not_overwritten_unless_that_is_wanted(container: ContainerClient) -> None:
    """How a job id is never started twice."""
    container.upload_blob("b", b"first")
    with pytest.raises(ResourceExistsError) as failure:
        container.upload_blob("b", b"second")
    assert (failure.value.status_code, code(failure)) == (409, "BlobAlreadyExists")
    assert container.download_blob("b").readall() == b"first"
    container.upload_blob("b", b"third", overwrite=True)
    assert container.download_blob("b").readall() == b"third"


def test_a_blob_is_changed_only_as_it_was_seen(container: ContainerClient) -> None:
    blob = container.upload_blob("b", b"first")
    seen = blob.get_blob_properties().etag
    unchanged = {"overwrite": True, "match_condition": MatchConditions.IfNotModified, "etag": seen}
    blob.upload_blob(b"second", **unchanged)
    with pytest.raises(ResourceModifiedError) as failure:
        blob.upload_blob(b"third", **unchanged)
    assert (failure.value.status_code, code(failure)) == (412, "ConditionNotMet")
    with pytest.raises(ResourceModifiedError):
        blob.delete_blob(match_condition=MatchConditions.IfNotModified, etag=seen)
    with pytest.raises(ResourceModifiedError):
        blob.download_blob(match_condition=MatchConditions.IfNotModified, etag=seen)
    assert blob.download_blob().readall() == b"second"
    now = blob.get_blob_properties().etag
    with pytest.raises(HttpResponseError) as unmodified:
        blob.download_blob(match_condition=MatchConditions.IfModified, etag=now)
    assert unmodified.value.status_code == 304


def test_what_is_not_there_is_not_found(container: ContainerClient) -> None:
    blob = container.get_blob_client("b")
    assert not blob.exists()
    for call in (blob.download_blob, blob.get_blob_properties, blob.delete_blob):
        with pytest.raises(ResourceNotFoundError) as failure:
            call()
        assert code(failure) == "BlobNotFound"


def test_a_deleted_blob_is_gone(container: ContainerClient) -> None:
    blob = container.upload_blob("b", b"x")
    blob.delete_blob()
    assert not blob.exists()
    assert list(container.list_blobs()) == []


def test_blobs_are_listed_by_prefix_in_pages_in_the_order_of_their_names(container: ContainerClient) -> None:
    names = [f"job/{number:03}" for number in range(25)]
    for name in reversed(names):
        container.upload_blob(name, name.encode(), metadata={"part": name[-3:]})
    container.upload_blob("jobs", b"")
    pages = container.list_blobs(name_starts_with="job/", include=["metadata"], results_per_page=10).by_page()
    found = [list(page) for page in pages]
    assert [len(page) for page in found] == [10, 10, 5]
    assert [item.name for page in found for item in page] == names
    assert [item.metadata["part"] for page in found for item in page] == [name[-3:] for name in names]
    assert found[0][0].size == 7
    assert list(container.list_blobs(name_starts_with="none")) == []


def test_with_a_delimiter_blobs_are_listed_by_folder(container: ContainerClient) -> None:
    for name in ("index/a/1", "index/a/2", "index/ab/1", "index/b", "index/b/x/y", "other/1"):
        container.upload_blob(name, b"x")
    found = container.walk_blobs(name_starts_with="index/", delimiter="/")
    # The client gives the folders of a page first.
    assert [item.name for item in found] == ["index/a/", "index/ab/", "index/b/", "index/b"]
    assert [item.name for item in container.walk_blobs(delimiter="/")] == ["index/", "other/"]
    assert [item.name for item in container.walk_blobs(name_starts_with="index/a", delimiter="/")] == [
        *("index/a/", "index/ab/"),
    ]
    pages = container.walk_blobs(name_starts_with="index/", delimiter="/", results_per_page=1).by_page()
    assert [[item.name for item in page] for page in pages] == [["index/a/"], ["index/ab/"], ["index/b"], ["index/b/"]]


def test_another_key_is_refused(connection_string: str) -> None:
    wrong = base64.b64encode(b"not the key").decode()
    client = BlobServiceClient.from_connection_string(connection_string.replace(KEY, wrong), retry_total=0)
    with client, pytest.raises(HttpResponseError) as failure:
        client.create_container("refused")
    # Azurite says AuthorizationFailure, the service says AuthenticationFailed (Learn, "Status and error codes").
    assert (failure.value.status_code, code(failure) in REFUSALS) == (403, True)
