"""records/blobs.py: the blobs of one container, with the real client against the sandbox's storage."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage, service
from shared.errors import ConfigurationError, JobsUnavailable, StorageUnavailable
from shared.microsoft.identity import READ_TIMEOUT_S, bounded_transport
from shared.records import blobs as blobs_module
from shared.records.blobs import Blobs, Connect
from tests.unit.keeping import is_kept
from tests.unit.wire import Line, serving

CALLS: list[Callable[[Blobs], object]] = [
    lambda blobs: blobs.read("a"),
    lambda blobs: blobs.put_new("a", b""),
    lambda blobs: blobs.replace("a", b"", '"0x1"'),
    lambda blobs: blobs.append("a", b"x"),
    lambda blobs: blobs.remove("a"),
    lambda blobs: blobs.read_range("a", 0, 1),
    lambda blobs: blobs.put("a", b""),
    lambda blobs: blobs.names(""),
    lambda blobs: blobs.folders(""),
    lambda blobs: blobs.listed(""),
]


def test_a_blob_is_read_as_it_was_written(connect: Connect) -> None:
    blobs = Blobs(connect)
    assert blobs.read("a") is None
    assert blobs.put_new("a", b"one")
    found = blobs.read("a")
    assert found is not None
    assert found.content == b"one"
    assert blobs.replace("a", b"two", found.version)
    assert (blobs.read("a") or found).content == b"two"
    blobs.remove("a")
    assert blobs.read("a") is None


@pytest.mark.parametrize("call", CALLS)
def test_no_request_is_kept(connect: Connect, storage: SandboxStorage, call: Callable[[Blobs], object]) -> None:
    blobs = Blobs(connect)
    assert not is_kept(lambda: call(blobs)), "no container"
    assert not is_kept(lambda: call(blobs)), "a container, and perhaps a blob"
    blobs.put("a", b"")
    assert not is_kept(lambda: call(blobs)), "a blob"
    storage.fail(1)
    assert not is_kept(lambda: call(blobs)), "storage fails"


def test_a_blob_that_is_there_is_not_new_and_another_version_is_not_replaced(connect: Connect) -> None:
    blobs = Blobs(connect)
    blobs.put_new("a", b"one")
    found = blobs.read("a")
    assert found is not None
    assert not blobs.put_new("a", b"other")
    assert blobs.replace("a", b"two", found.version)
    assert not blobs.replace("a", b"other", found.version)
    assert not blobs.replace("b", b"other", found.version)
    assert (blobs.read("a") or found).content == b"two"


def test_what_is_put_is_there_whatever_was_before(connect: Connect) -> None:
    blobs = Blobs(connect)
    for content in (b"one", b"other"):
        blobs.put("a", content)
        assert (found := blobs.read("a")) is not None
        assert found.content == content
    assert blobs.read_range("a", 1, 3) == b"the"


def test_facts_stand_beside_the_content_and_go_with_it(connect: Connect) -> None:
    blobs = Blobs(connect)
    blobs.put("a", b"", {"is": "put"})
    blobs.put_new("b", b"", {"is": "new"})
    blobs.put("c", b"")
    assert {blob.name: blob.facts for blob in blobs.listed("")} == {"a": {"is": "put"}, "b": {"is": "new"}, "c": {}}
    found = blobs.read("b")
    assert found is not None
    assert found.facts == {"is": "new"}
    assert blobs.replace("b", b"", found.version, {"is": "another"})
    assert [blob.facts for blob in blobs.listed("b")] == [{"is": "another"}]


def test_a_listing_begins_behind_a_name_and_ends_where_it_is_enough(connect: Connect) -> None:
    blobs = Blobs(connect)
    for name in ("a/1", "a/2", "a/3", "a/4", "ab/1", "b"):
        blobs.put(name, b"")
    assert [blob.name for blob in blobs.listed("a/")] == ["a/1", "a/2", "a/3", "a/4"]
    assert [blob.name for blob in blobs.listed("a/", most=2)] == ["a/1", "a/2"]
    assert [blob.name for blob in blobs.listed("a/", after="a/2", most=1)] == ["a/3"]
    assert blobs.names("a") == ["a/1", "a/2", "a/3", "a/4", "ab/1"]
    blobs.put("a/5/x", b"")
    assert blobs.folders("a/") == ["5"]


def test_where_the_container_is_missing_there_is_nothing(connect: Connect) -> None:
    blobs = Blobs(connect)
    blobs.remove("a")
    assert not blobs.replace("a", b"", '"0x1"')
    assert blobs.read("a") is None
    assert blobs.names("") == blobs.folders("") == blobs.listed("") == []
    assert not connect().exists()


@pytest.mark.parametrize("put", [Blobs.put_new, Blobs.put])
def test_a_container_that_was_deleted_is_made_again(
    connect: Connect, put: Callable[[Blobs, str, bytes], object]
) -> None:
    blobs = Blobs(connect)
    blobs.put_new("a", b"one")
    connect().delete_container()
    put(blobs, "a", b"one")
    assert blobs.names("") == ["a"]


@pytest.mark.parametrize("call", CALLS)
def test_storage_that_is_away(connect: Connect, storage: SandboxStorage, call: Callable[[Blobs], object]) -> None:
    storage.fail(1)
    with pytest.raises(StorageUnavailable, match=r"^blob storage failed: [A-Za-z]+$"):
        call(Blobs(connect))


def test_the_owner_says_what_is_raised(storage: SandboxStorage, connect: Connect) -> None:
    storage.fail(1)
    with pytest.raises(JobsUnavailable, match=r"^blob storage failed: "):
        Blobs(connect, JobsUnavailable).read("a")
    with pytest.raises(JobsUnavailable, match="no storage is configured"):
        Blobs(None, JobsUnavailable).read("a")


@pytest.mark.parametrize("call", CALLS)
def test_no_storage(call: Callable[[Blobs], object]) -> None:
    with pytest.raises(StorageUnavailable, match="no storage is configured"):
        call(Blobs(None))


def test_wrong_settings_are_told_as_such() -> None:
    def connect() -> ContainerClient:
        raise ConfigurationError("AzureWebJobsStorage is not a connection string")

    with pytest.raises(ConfigurationError):
        Blobs(connect).read("a")


@pytest.mark.parametrize("call", CALLS)
def test_storage_that_hangs(
    storage: SandboxStorage, monkeypatch: pytest.MonkeyPatch, call: Callable[[Blobs], object]
) -> None:
    def hang(line: Line) -> None:
        line.request()
        line.hang()

    monkeypatch.setattr(blobs_module, "LIMIT_S", 0.3)
    with serving(hang) as address:
        there = storage.connection_string.replace(storage.url.split("/")[2], address)
        bounded = {"transport": bounded_transport(), "retry_total": 0}
        with ContainerClient.from_connection_string(there, "records", **bounded) as client:
            began = time.monotonic()
            with pytest.raises(StorageUnavailable):
                call(Blobs(lambda: client))
            assert time.monotonic() - began < READ_TIMEOUT_S - 1


def test_one_exchange_lists_no_more_than_a_page(
    connect: Connect, storage: SandboxStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs_module, "PAGE", 2)
    names, asked = [f"a/{number}" for number in range(5)], []
    for name in names:
        Blobs(connect).put(name, b"", {"is": name})

    def note(answer: Any) -> None:
        asked.append(answer.http_request.url)

    name = connect().container_name
    with ContainerClient.from_connection_string(storage.connection_string, name, raw_response_hook=note) as client:
        assert [blob.name for blob in Blobs(lambda: client).listed("a/")] == names
    assert len(asked) == 3


def test_a_blob_is_in_no_repr(connect: Connect) -> None:
    blobs = Blobs(connect)
    blobs.put_new("a", b"not-real")
    assert "not-real" not in repr(blobs.read("a"))


def test_what_is_appended_stands_behind_the_rest_until_the_blob_is_full(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_MOST_BLOCKS", 2)
    blobs = Blobs(connect)
    assert [blobs.append("a", content) for content in (b"one", b"two", b"three")] == [True, True, False]
    found = blobs.read("a")
    assert found is not None
    assert found.content == b"onetwo"


def test_another_conflict_does_not_make_a_blob_full(connect: Connect) -> None:
    blobs = Blobs(connect)
    blobs.put("a", b"one")
    with pytest.raises(StorageUnavailable):
        blobs.append("a", b"two")
