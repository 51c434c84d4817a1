"""records/app_key.py: one key for all instances, from the vault or from storage, and never a second one by mistake."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.storage.blob import ContainerClient, LinearRetry

from sandbox.storage import SandboxStorage
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, StorageUnavailable, VaultUnavailable
from shared.microsoft.identity import bounded_transport
from shared.records import app_key as app_key_module
from shared.records.app_key import AWAY_S, BLOB, LIMIT_S, AppKey
from tests.unit.clock import Clock
from tests.unit.keeping import is_kept
from tests.unit.wire import Line, serving

Connect = Callable[[], ContainerClient]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, app_key_module)


def no_secret(_deadline: Deadline) -> None:
    return None


def digest(key: AppKey, *parts: str) -> bytes:
    return key.digest(Deadline(10), *(parts or ("job", "a")))


def test_all_instances_have_the_key_that_the_first_one_made(connect: Connect) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: digest(AppKey(no_secret, connect)), range(16)))
    assert len(found) == 1
    assert len(connect().download_blob(BLOB).readall()) == 32


def test_another_container_has_another_key(connect: Connect, storage: SandboxStorage) -> None:
    with ContainerClient.from_connection_string(storage.connection_string, "others") as others:
        assert digest(AppKey(no_secret, connect)) != digest(AppKey(no_secret, lambda: others))


def test_the_secret_of_the_vault_takes_its_place(connect: Connect) -> None:
    def key(secret: str | None) -> AppKey:
        return AppKey(lambda _: secret, connect)

    assert digest(key("a-key-that-is-not-real")) == digest(key("a-key-that-is-not-real"))
    assert len({digest(key(secret)) for secret in ("a-key-that-is-not-real", "another-not-real", None)}) == 3


@pytest.mark.parametrize("secret", ["", "fifteen-letters"])
def test_a_secret_that_can_be_guessed_is_no_key(connect: Connect, secret: str) -> None:
    with pytest.raises(VaultUnavailable, match="audit-key has fewer than 16 characters"):
        digest(AppKey(lambda _: secret, connect))


@pytest.mark.parametrize("trouble", [VaultUnavailable("no answer"), ConfigurationError("disabled")])
def test_a_vault_that_does_not_tell_gives_no_other_key(connect: Connect, trouble: ServiceError) -> None:
    def secret(_deadline: Deadline) -> None:
        raise trouble

    with pytest.raises(VaultUnavailable):
        digest(AppKey(secret, connect))
    assert not connect().exists()


def test_storage_that_does_not_answer_gives_no_key_until_it_does(
    connect: Connect, storage: SandboxStorage, clock: Clock
) -> None:
    key = AppKey(no_secret, connect)
    storage.fail(3)
    with pytest.raises(StorageUnavailable):
        digest(key)
    storage.fail(0)
    clock.advance(AWAY_S)
    found = digest(key)
    storage.fail(100)
    assert digest(key) == found


def test_for_a_while_it_is_left_alone(connect: Connect, storage: SandboxStorage, clock: Clock) -> None:
    key = AppKey(no_secret, connect)
    storage.fail(1)
    with pytest.raises(StorageUnavailable):
        digest(key)
    clock.advance(AWAY_S)
    assert digest(key)


def test_the_request_that_found_it_away_is_not_kept(connect: Connect, storage: SandboxStorage) -> None:
    key = AppKey(no_secret, connect)
    storage.fail(1)
    assert not is_kept(lambda: digest(key))
    assert not is_kept(lambda: digest(key)), "storage is left alone for a while"


def test_a_request_whose_time_is_over_says_nothing_about_storage(storage: SandboxStorage) -> None:
    with bounded(storage.connection_string, retries=0) as container:
        key = AppKey(no_secret, lambda: container)
        with pytest.raises(StorageUnavailable):
            key.digest(Deadline(0), "job")
        assert digest(key)


def bounded(text: str, retries: int) -> ContainerClient:
    policy = LinearRetry(1, retries, random_jitter_range=1)
    transport = bounded_transport()
    return ContainerClient.from_connection_string(text, "bounded", transport=transport, retry_policy=policy)


def test_storage_that_hangs_is_asked_for_seconds() -> None:
    with serving(Line.hang) as address:
        text = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://{address}/a;"
        with bounded(text, retries=3) as container:
            key, began = AppKey(no_secret, lambda: container), time.monotonic()
            for _ in range(3):
                with pytest.raises(StorageUnavailable):
                    key.digest(Deadline(100), "job")
            # The pauses of the SDK come on top.
            assert time.monotonic() - began < LIMIT_S + 3 * 2 + 1


def test_a_blob_that_holds_something_else_is_no_key(connect: Connect) -> None:
    container = connect()
    container.create_container()
    container.upload_blob(BLOB, b"short")
    with pytest.raises(StorageUnavailable):
        digest(AppKey(no_secret, connect))


def test_without_storage_the_process_has_a_key_of_its_own() -> None:
    one, other = AppKey(no_secret, None), AppKey(no_secret, None)
    assert digest(one) == digest(one) != digest(other)


def test_parts_do_not_run_into_each_other(connect: Connect) -> None:
    key = AppKey(no_secret, connect)
    assert len({digest(key, *parts) for parts in [("job", "ab", "c"), ("job", "a", "bc"), ("tag", "ab", "c")]}) == 3
